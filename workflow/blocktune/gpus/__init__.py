"""GPUs of one machine: which there are, which may be used, and who uses which."""
