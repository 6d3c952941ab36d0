"""Training one candidate: freezing, the frozen prefix, fitting, and proof that frozen stayed frozen."""
