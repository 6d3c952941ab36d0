"""The page that shows it all: results/report.html, one file for a browser."""


rule page:
    """The answer, Table I, depth maps, training curves, mistakes, cost, figures, provenance; works without a network."""
    input:
        unpack(factors_made),
        code=f"{CODE}/report.json",
        settings=f"{SECTIONS}/report.json",
        study=rules.study.output.study,
        layers=of_all_backbones(rules.inspect.output.layers),
        search_scores=of_all_backbones(rules.search_scores.output.scores),
        final_scores=of_all_backbones(rules.final_scores.output.scores),
        plans=of_all_backbones(rules.select.output.final),
        rounds=plans_of_rounds,
        search_plans=of_all_backbones(rules.candidates.output.plan) if IN_ROUNDS else [],
        halved=of_all_backbones(FOUND) if BY_HALVING else [],
        by_rounds=of_all_backbones(FOUND) if BY_ROUNDS else [],
        search_runs=search_runs,
        final_runs=jobs_of_all_backbones("final"),
        answer=rules.recommend.output.answer,
        dataset=undated(rules.prepare.output.dataset),
        images=undated(rules.prepare.output.images),
        summary=splits_file(1, "json"),
        figures=[
            *rules.figures.output.svg,
            *(rules.reliability.output.svg if SETTINGS.repeats > 1 else []),
        ],
        reliability=rules.reliability.output.comparison if SETTINGS.repeats > 1 else [],
        optimism=rules.optimism.output.comparison if SETTINGS.repeats > 1 else [],
        evaluations=evaluations_made,
    output:
        page=report(
            "results/report.html",
            caption="../report/page.rst",
            category="The answer",
        ),
    log:
        "results/logs/page.log",
    benchmark:
        "results/benchmarks/page.tsv"
    localrule: True
    conda:
        "../../envs/blocktune.yaml"
    params:
        search=flags_of("search_plans", "halved", "by_rounds"),
        also=flags_of(
            *("reliability", "optimism", "factors", "factors_figures", "evaluations")
        ),
    shell:
        "python -m blocktune report"
        " --settings {input.settings:q}"
        " --study {input.study:q}"
        " --layers {input.layers:q}"
        " --search-scores {input.search_scores:q}"
        " --final-scores {input.final_scores:q}"
        " --search-runs {input.search_runs:q}"
        " --final-runs {input.final_runs:q}"
        " --answer {input.answer:q}"
        " --dataset {input.dataset:q}"
        " --split-summary {input.summary:q}"
        " {params.search}"
        " --figures {input.figures:q}"
        " {params.also}"
        " --output {output.page:q}"
        " > {log:q} 2>&1"
