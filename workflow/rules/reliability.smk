"""With `repeats` from 2 on: what stays the same when the study is done again with other seeds."""

from blocktune.analysis.figures.names import repeated_figures

REPEATED_FIGURES = repeated_figures(SETTINGS.search.strategies, SETTINGS.repeats)


rule reliability:
    """Spread over backbones and over repeats, paired differences, stable winners; Figures 9 to 11."""
    input:
        settings=f"{SECTIONS}/figures.json",
        code=f"{CODE}/report.json",
        study=rules.study.output.study,
        layers=of_all_backbones(rules.inspect.output.layers),
        search_scores=of_all_rows(rules.search_scores.output.scores),
        final_scores=of_all_rows(rules.final_scores.output.scores),
        plans=of_all_rows(rules.select.output.final),
        runs=jobs_of_all_backbones("final", keys=REPEATED),
        optimism=rules.optimism.output.comparison,
    output:
        comparison="results/tables/reliability.json",
        markdown=report(
            "results/tables/reliability.md",
            caption="../report/reliability.rst",
            category="Reliability",
        ),
        svg=[
            report(
                f"results/figures/{figure}.svg",
                caption="../report/reliability.rst",
                category="Reliability",
            )
            for figure in REPEATED_FIGURES
        ],
        png=[f"results/figures/{figure}.png" for figure in REPEATED_FIGURES],
    log:
        "results/logs/reliability.log",
    benchmark:
        "results/benchmarks/reliability.tsv"
    localrule: True
    conda:
        "../../envs/blocktune.yaml"
    params:
        folder=lambda wildcards, output: os.path.dirname(output.svg[0]),
    shell:
        "python -m blocktune reliability"
        " --settings {input.settings:q}"
        " --study {input.study:q}"
        " --layers {input.layers:q}"
        " --search-scores {input.search_scores:q}"
        " --final-scores {input.final_scores:q}"
        " --runs {input.runs:q}"
        " --optimism {input.optimism:q}"
        " --output {output.comparison:q}"
        " --markdown {output.markdown:q}"
        " --figure-folder {params.folder:q}"
        " > {log:q} 2>&1"
