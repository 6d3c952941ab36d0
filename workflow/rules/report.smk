"""What people look at: Table I, figures, headline numbers."""

from blocktune.analysis.figures.names import study_figures

FIGURES = study_figures(
    SETTINGS.search.strategies, SETTINGS.repeats, SETTINGS.search.method
)


rule study:
    """Write down what tables and figures say of the study: data, sizes of the parts, protocol."""
    input:
        settings=f"{SECTIONS}/report.json",
        code=f"{CODE}/report.json",
        dataset=rules.prepare.output.dataset,
        summary=splits_file(1, "json"),
    output:
        study="results/plan/study.json",
    log:
        "results/logs/study.log",
    benchmark:
        "results/benchmarks/study.tsv"
    localrule: True
    conda:
        "../../envs/blocktune.yaml"
    shell:
        "python -m blocktune study"
        " --settings {input.settings:q}"
        " --dataset {input.dataset:q}"
        " --split-summary {input.summary:q}"
        " --output {output.study:q}"
        " > {log:q} 2>&1"


rule table:
    """Table I in the paper's form, and the difference to the paper's own values."""
    input:
        code=f"{CODE}/report.json",
        study=rules.study.output.study,
        layers=of_all_backbones(rules.inspect.output.layers),
        scores=of_all_backbones(rules.final_scores.output.scores),
    output:
        csv=report(
            "results/tables/table1.csv",
            caption="../report/table1.rst",
            category="Table I",
        ),
        markdown="results/tables/table1.md",
        latex="results/tables/table1.tex",
        versus_paper="results/tables/table1_vs_paper.csv",
    log:
        "results/logs/table.log",
    benchmark:
        "results/benchmarks/table.tsv"
    localrule: True
    conda:
        "../../envs/blocktune.yaml"
    shell:
        "python -m blocktune table"
        " --study {input.study:q}"
        " --layers {input.layers:q}"
        " --scores {input.scores:q}"
        " --csv {output.csv:q}"
        " --markdown {output.markdown:q}"
        " --latex {output.latex:q}"
        " --versus-paper {output.versus_paper:q}"
        " > {log:q} 2>&1"


rule figures:
    """Those of Figures 1 to 8 of the paper that have something to show, Figures 11 (tails) and 12 (spans); SVG and PNG."""
    input:
        settings=f"{SECTIONS}/figures.json",
        code=f"{CODE}/report.json",
        study=rules.study.output.study,
        layers=of_all_backbones(rules.inspect.output.layers),
        search_scores=of_all_backbones(rules.search_scores.output.scores),
        final_scores=of_all_backbones(rules.final_scores.output.scores),
        search_plans=of_all_backbones(rules.candidates.output.plan) if IN_ROUNDS else [],
        halved=of_all_backbones(FOUND) if BY_HALVING else [],
        by_rounds=of_all_backbones(FOUND) if BY_ROUNDS else [],
    output:
        svg=[
            report(
                f"results/figures/{figure}.svg",
                caption=caption_of(figure),
                category="Figures",
            )
            for figure in FIGURES
        ],
        png=[f"results/figures/{figure}.png" for figure in FIGURES],
    log:
        "results/logs/figures.log",
    benchmark:
        "results/benchmarks/figures.tsv"
    localrule: True
    conda:
        "../../envs/blocktune.yaml"
    params:
        folder=lambda wildcards, output: os.path.dirname(output.svg[0]),
        search=flags_of("search_plans", "halved", "by_rounds"),
    shell:
        "python -m blocktune figures"
        " --settings {input.settings:q}"
        " --study {input.study:q}"
        " --layers {input.layers:q}"
        " --search-scores {input.search_scores:q}"
        " --final-scores {input.final_scores:q}"
        " {params.search}"
        " --output-folder {params.folder:q}"
        " > {log:q} 2>&1"


rule recommend:
    """The answer first: which layers to unfreeze, how good that is and how sure, with code that does it."""
    input:
        code=f"{CODE}/report.json",
        settings=f"{SECTIONS}/report.json",
        study=rules.study.output.study,
        layers=of_all_backbones(rules.inspect.output.layers),
        plans=of_all_rows(rules.select.output.final),
        runs=jobs_of_all_backbones("final", keys=REPEATED),
        by_rounds=of_all_backbones(FOUND) if BY_ROUNDS else [],
    output:
        answer="results/tables/recommendation.json",
        markdown=report(
            "results/tables/recommendation.md",
            caption="../report/recommendation.rst",
            category="The answer",
        ),
    log:
        "results/logs/recommend.log",
    benchmark:
        "results/benchmarks/recommend.tsv"
    localrule: True
    conda:
        "../../envs/blocktune.yaml"
    shell:
        "python -m blocktune recommend"
        " --output {output.answer:q}"
        " --markdown {output.markdown:q}"
        " > {log:q} 2>&1"


rule metrics:
    """The study's headline numbers as JSON."""
    input:
        code=f"{CODE}/report.json",
        study=rules.study.output.study,
        layers=of_all_backbones(rules.inspect.output.layers),
        search_scores=of_all_backbones(rules.search_scores.output.scores),
        final_scores=of_all_backbones(rules.final_scores.output.scores),
    output:
        metrics="results/metrics.json",
    log:
        "results/logs/metrics.log",
    benchmark:
        "results/benchmarks/metrics.tsv"
    localrule: True
    conda:
        "../../envs/blocktune.yaml"
    shell:
        "python -m blocktune metrics"
        " --study {input.study:q}"
        " --layers {input.layers:q}"
        " --search-scores {input.search_scores:q}"
        " --final-scores {input.final_scores:q}"
        " --output {output.metrics:q}"
        " > {log:q} 2>&1"


rule compare:
    """What `dvc metrics` and `dvc plots` compare between versions: Table I by key, rankings, histories."""
    input:
        code=f"{CODE}/report.json",
        study=rules.study.output.study,
        layers=of_all_backbones(rules.inspect.output.layers),
        search_scores=of_all_backbones(rules.search_scores.output.scores),
        final_scores=of_all_backbones(rules.final_scores.output.scores),
        # Named, so that Snakemake looks at the jobs again when a plan is made anew
        plans=of_all_backbones(rules.select.output.final),
        runs=jobs_of_all_backbones("final"),
    output:
        table="results/compare/table1.json",
        table_rows="results/compare/table1.csv",
        ranking="results/compare/ranking.csv",
        histories="results/compare/histories.csv",
    log:
        "results/logs/compare.log",
    benchmark:
        "results/benchmarks/compare.tsv"
    localrule: True
    conda:
        "../../envs/blocktune.yaml"
    shell:
        "python -m blocktune compare"
        " --study {input.study:q}"
        " --layers {input.layers:q}"
        " --search-scores {input.search_scores:q}"
        " --final-scores {input.final_scores:q}"
        " --runs {input.runs:q}"
        " --table {output.table:q}"
        " --table-rows {output.table_rows:q}"
        " --ranking {output.ranking:q}"
        " --histories {output.histories:q}"
        " > {log:q} 2>&1"
