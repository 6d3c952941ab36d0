"""The factors of fine-tuning: which levels there are, which runs they need, what these runs found."""
