"""What is trained: the identity of a run, the plan of a stage, the store of finished runs."""
