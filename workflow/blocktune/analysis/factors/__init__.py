"""What decides whether fine-tuning works: factors of a study, and how far source and target lie apart."""
