"""Clusters: what SLURM has, and whether a study's requests fit it."""
