"""Figures 1 to 8 of the paper, drawn from the scores of a study."""
