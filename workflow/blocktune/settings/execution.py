"""Execution settings: how a study is run, never what comes out. They come from profiles or `--config`."""

from pydantic import Field

from .kinds import Count, Number, Section


class Execution(Section):
    """Keys of Snakemake's `config` that a profile may set beside the study's settings."""

    runs_per_job: Count = Field(
        1, description="Trainings per job: 1 is one job per backbone and candidate; more share one start-up of Keras."
    )
    memory_gb: Number = Field(
        2.0,
        gt=0,
        description="Memory for cached features in one training; where they need more, the cut moves to the input.",
    )
    store: str = Field("data/store", min_length=1, description="Folder of finished runs, shared by all studies.")
