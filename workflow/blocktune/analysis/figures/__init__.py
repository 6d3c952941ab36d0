"""Figures 1 to 10 of the paper and further ones, drawn from the scores of a study."""
