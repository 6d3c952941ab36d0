"""The study's settings as typed, documented, closed models."""
