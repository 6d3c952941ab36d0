"""On a cluster: what the jobs ask SLURM for is checked before the first of them is submitted."""

from blocktune.cluster.slurm import Request, check_requests


def requests():
    """Return what each rule that goes to the cluster asks for, as far as it doesn't depend on the job."""
    found = []
    for step in workflow.rules:
        if not workflow.is_local(step):
            # Values from profiles are text that Snakemake evaluates later; functions of a job have no text
            texts = {
                name: resource.raw if resource.is_evaluable() else resource.value
                for name, resource in step.resources.items()
            }
            found.append(Request.from_resources(step.name, texts))
    return found


def check_cluster():
    """Refuse what SLURM would refuse, or leave waiting forever, if this run is on SLURM."""
    if workflow.is_main_process and workflow.executor_plugin.cli_prefix == "slurm":
        try:
            check_requests(requests(), workflow.executor_settings.status_command)
        except BlocktuneError as error:
            raise WorkflowError(str(error)) from None
