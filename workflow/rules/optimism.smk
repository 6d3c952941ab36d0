"""Selection optimism: with repeats, or on request (`snakemake optimism`)."""


checkpoint unseen:
    """Plan the search's winners once more with another seed, to be scored on images that the search has not seen."""
    input:
        settings=f"{SECTIONS}/planning.json",
        code=f"{CODE}/planning.json",
        layers=layers_input,
        dataset=rules.prepare.output.dataset,
        splits=splits_input,
        winners=rules.select.output.winners,
    output:
        plan="results/plan/{backbone}/unseen.json",
    log:
        "results/logs/unseen/{backbone}.log",
    benchmark:
        "results/benchmarks/unseen/{backbone}.tsv"
    localrule: True
    conda:
        "../../envs/train-cpu.yaml"
    params:
        planning=planning_flags,
    shell:
        "python -m blocktune unseen"
        " --settings {input.settings:q}"
        " --layers {input.layers:q}"
        " --dataset {input.dataset:q}"
        " --splits {input.splits:q}"
        " {params.planning}"
        " --winners {input.winners:q}"
        " --output {output.plan:q}"
        " > {log:q} 2>&1"


rule optimism:
    """How much of the winners' scores in the search is gone with another seed and other images."""
    input:
        code=f"{CODE}/report.json",
        study=rules.study.output.study,
        layers=of_all_backbones(rules.inspect.output.layers),
        search_scores=of_all_rows(rules.search_scores.output.scores),
        plans=of_all_rows(rules.unseen.output.plan),
        runs=jobs_of_all_backbones("unseen", keys=REPEATED),
    output:
        comparison="results/tables/optimism.json",
        markdown=report(
            "results/tables/optimism.md",
            caption="../report/optimism.rst",
            category="Reliability",
        ),
    log:
        "results/logs/optimism.log",
    benchmark:
        "results/benchmarks/optimism.tsv"
    localrule: True
    conda:
        "../../envs/blocktune.yaml"
    shell:
        "python -m blocktune optimism"
        " --study {input.study:q}"
        " --layers {input.layers:q}"
        " --search-scores {input.search_scores:q}"
        " --plans {input.plans:q}"
        " --runs {input.runs:q}"
        " --output {output.comparison:q}"
        " --markdown {output.markdown:q}"
        " > {log:q} 2>&1"
