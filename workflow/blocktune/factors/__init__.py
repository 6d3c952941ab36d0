"""The factor study: its levels, the runs they need, and what these found: numbers, tables, figures and words."""
