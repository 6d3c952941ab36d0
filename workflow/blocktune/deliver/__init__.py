"""What a practitioner came for: the fine-tuned model, its card, predictions."""
