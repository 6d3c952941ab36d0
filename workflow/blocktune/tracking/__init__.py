"""What makes a study one that DVC can keep: packs of finished runs, Snakemake's records, checks before and after."""
