"""Where runs are looked at: a finished study for other programs (`export.to`)."""

from blocktune.exporters import require_packages

try:
    # With --use-conda the rule's environment has them
    if CALL.asks_for_results and not workflow.deployment_settings.deployment_method:
        require_packages(SETTINGS.export.to)
except BlocktuneError as error:
    raise WorkflowError(f"settings: export.to: {error}") from None


rule export_runs:
    """Write curves, settings and scores of all runs for another program."""
    input:
        code=f"{CODE}/export.json",
        settings=f"{SECTIONS}/report.json",
        plans=exported_plans,
        # The store is read, which has them once they are recorded
        runs=exported_runs,
    output:
        record="results/export/{to}.json",
    log:
        "results/logs/export_runs/{to}.log",
    benchmark:
        "results/benchmarks/export_runs/{to}.tsv"
    localrule: True
    conda:
        "../../envs/export.yaml"
    params:
        store=store_folder,
        folder=lambda wildcards, output: os.path.splitext(output.record)[0],
    shell:
        "python -m blocktune export-runs"
        " --to {wildcards.to:q}"
        " --settings {input.settings:q}"
        " --plans {input.plans:q}"
        " --store {params.store:q}"
        " --folder {params.folder:q}"
        " --output {output.record:q}"
        " > {log:q} 2>&1"
