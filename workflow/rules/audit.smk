"""On request (`snakemake audit`): Baseline I and blocks once more, with the pixel range that the study does not feed."""


rule audit:
    """What the pixel range does to each backbone, and to the variance over backbones."""
    input:
        code=f"{CODE}/report.json",
        study=rules.study.output.study,
        layers=of_all_backbones(rules.inspect.output.layers),
        final_scores=of_all_rows(rules.final_scores.output.scores),
        other_scores=expand(rules.final_scores.output.scores, backbone=AUDITED),
        plans=expand(rules.select.output.final, backbone=[*REPEATED, *AUDITED]),
        runs=jobs_of_all_backbones("final", keys=[*REPEATED, *AUDITED]),
    output:
        comparison="results/tables/audit.json",
        markdown=report(
            "results/tables/audit.md",
            caption="../report/audit.rst",
            category="Reliability",
        ),
    log:
        "results/logs/audit.log",
    benchmark:
        "results/benchmarks/audit.tsv"
    localrule: True
    conda:
        "../../envs/blocktune.yaml"
    shell:
        "python -m blocktune audit"
        " --study {input.study:q}"
        " --layers {input.layers:q}"
        " --final-scores {input.final_scores:q}"
        " --other-scores {input.other_scores:q}"
        " --runs {input.runs:q}"
        " --output {output.comparison:q}"
        " --markdown {output.markdown:q}"
        " > {log:q} 2>&1"
