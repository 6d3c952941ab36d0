"""What a study shows: Table I, Figures 2 to 8, headline numbers. No Keras here."""
