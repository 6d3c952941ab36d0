"""The page that shows it all: results/report.html, one file for a browser."""


rule page:
    """The answer, Table I, depth maps, training curves, mistakes, cost, figures, provenance; works without a network."""
    input:
        code=f"{CODE}/report.json",
        settings=f"{SECTIONS}/report.json",
        study=rules.study.output.study,
        layers=of_all_backbones(rules.inspect.output.layers),
        search_scores=of_all_backbones(rules.search_scores.output.scores),
        final_scores=of_all_backbones(rules.final_scores.output.scores),
        plans=of_all_backbones(rules.select.output.final),
        rounds=search_plans,
        search_plans=plans_of_searches(),
        halved=halving_files("results/search/{backbone}/scores-halving.json"),
        by_rounds=found_by_rounds(),
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
        factors=factors_made,
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
        search_plans=lambda wildcards, input: optional(
            "--search-plans", input.search_plans
        ),
        halved=lambda wildcards, input: optional("--halved", input.halved),
        by_rounds=lambda wildcards, input: optional("--by-rounds", input.by_rounds),
        reliability=lambda wildcards, input: optional(
            "--reliability", input.reliability
        ),
        optimism=lambda wildcards, input: optional("--optimism", input.optimism),
        factors=lambda wildcards, input: optional("--factors", input.factors[:1]),
        factors_figures=lambda wildcards, input: optional(
            "--factors-figures", input.factors[1:]
        ),
        evaluations=lambda wildcards, input: optional(
            "--evaluations", input.evaluations
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
        " {params.search_plans}"
        " {params.halved}"
        " {params.by_rounds}"
        " --figures {input.figures:q}"
        " {params.reliability}"
        " {params.optimism}"
        " {params.factors}"
        " {params.factors_figures}"
        " {params.evaluations}"
        " --output {output.page:q}"
        " > {log:q} 2>&1"
