"""Execution settings: how a study is run, never what comes out. They come from profiles or `--config`."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from .kinds import Number, Section


def _job_size(value: Any) -> Any:
    if value == "auto":
        return value
    if isinstance(value, (int, str)) and not isinstance(value, bool) and str(value).isdigit() and int(value) > 0:
        return int(value)
    raise ValueError("must be a whole number from 1, or auto")


class Execution(Section):
    """Keys of Snakemake's `config` that a profile may set beside the study's settings."""

    runs_per_job: Annotated[int | Literal["auto"], BeforeValidator(_job_size)] = Field(
        1,
        description="Trainings per job: 1 is one job per backbone and candidate; more share one start-up of Keras; "
        "`auto` fills each job until the start-up takes under a tenth of its time.",
    )
    memory_gb: Number = Field(
        2.0,
        gt=0,
        description="Memory for cached features in one training; where they need more, the cut moves to the input.",
    )
    store: str = Field("data/store", min_length=1, description="Folder of finished runs, shared by all studies.")
