"""Watching a study while it runs: what is done, what runs, what failed, how long it will take. Reads only."""
