"""Searches replayed on a table of arms, and the making of such tables."""
