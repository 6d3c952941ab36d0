"""Pre-trained networks: constructors, pixel ranges, weights, and their layer tables."""
