"""What a practitioner came for: the tuned model, its card, predictions."""
