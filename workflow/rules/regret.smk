"""On request (`snakemake regret`): what cheaper searches would have cost and lost, against the exhaustive search."""

from blocktune.analysis.claims import require_comparable

try:
    if "regret" in CALL.targets:
        require_comparable(SETTINGS)
except BlocktuneError as error:
    raise WorkflowError(str(error)) from None


rule regret:
    """Compare the cheaper searches with the exhaustive one: regret, rank correlation, cost."""
    input:
        settings=f"{SECTIONS}/settings.json",
        code=f"{CODE}/report.json",
        study=rules.study.output.study,
        plans=of_all_rows(rules.candidates.output.plan),
        runs=jobs_of_all_backbones("search", keys=REPEATED),
        proxies=expand(
            rules.proxy.output.scores,
            backbone=REPEATED,
            method=scorers(),
        ),
    output:
        comparison="results/regret.json",
        markdown="results/tables/regret.md",
        svg=report(
            "results/figures/figure_cost.svg",
            caption="../report/figure_cost.rst",
            category="Figures",
        ),
        png="results/figures/figure_cost.png",
    log:
        "results/logs/regret.log",
    benchmark:
        "results/benchmarks/regret.tsv"
    localrule: True
    conda:
        "../../envs/blocktune.yaml"
    params:
        folder=lambda wildcards, output: os.path.dirname(output.png),
    shell:
        "python -m blocktune regret"
        " --settings {input.settings:q}"
        " --study {input.study:q}"
        " --plans {input.plans:q}"
        " --runs {input.runs:q}"
        " --proxies {input.proxies:q}"
        " --output {output.comparison:q}"
        " --markdown {output.markdown:q}"
        " --figure-folder {params.folder:q}"
        " > {log:q} 2>&1"
