"""Successive halving (`search.method: halving`): rounds of training, each with fewer candidates and more epochs."""


checkpoint promote:
    """Plan a round: the best of the round before go on from where they paused."""
    input:
        settings=f"{SECTIONS}/planning.json",
        code=f"{CODE}/planning.json",
        layers=layers_input,
        dataset=rules.prepare.output.dataset,
        splits=splits_input,
        plan=rules.candidates.output.plan,
        plans=plans_before("rung"),
        runs=runs_before("rung"),
    output:
        plan="results/plan/{backbone}/rung{round}.json",
    log:
        "results/logs/promote/{backbone}/{round}.log",
    benchmark:
        "results/benchmarks/promote/{backbone}/{round}.tsv"
    localrule: True
    conda:
        "../../envs/train-cpu.yaml"
    params:
        planning=planning_flags,
        runs=flags_of("runs"),
        store=store_folder,
    shell:
        "python -m blocktune promote"
        " --settings {input.settings:q}"
        " --layers {input.layers:q}"
        " --dataset {input.dataset:q}"
        " --splits {input.splits:q}"
        " {params.planning}"
        " --plan {input.plan:q}"
        " {params.runs}"
        " --round {wildcards.round}"
        " --store {params.store:q}"
        " --output {output.plan:q}"
        " > {log:q} 2>&1"


rule halve:
    """Score every candidate by how far it came."""
    input:
        settings=f"{SECTIONS}/planning.json",
        code=f"{CODE}/planning.json",
        plan=rules.candidates.output.plan,
        plans=plan_files("{backbone}", HALVING_ROUNDS),
        runs=jobs_of(*HALVING_ROUNDS),
    output:
        scores="results/search/{backbone}/scores-halving.json",
    log:
        "results/logs/halve/{backbone}.log",
    benchmark:
        "results/benchmarks/halve/{backbone}.tsv"
    localrule: True
    conda:
        "../../envs/train-cpu.yaml"
    shell:
        "python -m blocktune halve"
        " --settings {input.settings:q}"
        " --plan {input.plan:q}"
        " --runs {input.runs:q}"
        " --output {output.scores:q}"
        " > {log:q} 2>&1"
