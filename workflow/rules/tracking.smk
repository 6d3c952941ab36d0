"""Outputs: which of them DVC keeps, and whether they can be written. Included last, when all rules are known."""

from blocktune.tracking.intact import remember_outputs
from blocktune.tracking.places import snakemake_at_work
from blocktune.tracking.tidy import write_outputs
from blocktune.tracking.writable import require_writable

if CALL.asks_for_results and not snakemake_at_work():
    write_outputs(
        [file.regex().pattern for rule in workflow.rules for file in rule.output],
        STUDY.sections,
    )


def check_places():
    """Refuse to start where the folders of what is to be made can't be written."""
    files = [
        file
        for job in workflow.dag.needrun_jobs()
        for file in [*job.output, *job.log, *([job.benchmark] if job.benchmark else [])]
    ]
    try:
        require_writable(files)
    except BlocktuneError as error:
        raise WorkflowError(str(error)) from None
