"""From settings to plans, from finished runs to rankings and winners."""
