"""What a study shows: Table I, Figures 1 to 8, headline numbers. No Keras here."""
