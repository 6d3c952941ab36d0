"""What decides whether fine-tuning works: the analysis of a study of factors, from tables that the workflow wrote."""
