"""What a study shows: Table I, figures, headline numbers. No Keras here."""
