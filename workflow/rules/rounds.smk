"""A search by rounds (`search.method: race`): a few whole trainings at a time, which its method asks for."""


checkpoint ask:
    """Plan a round: what the method asks for after all rounds before; an empty plan ends the search."""
    input:
        settings=f"{SECTIONS}/planning.json",
        code=f"{CODE}/planning.json",
        layers=layers_input,
        dataset=rules.prepare.output.dataset,
        splits=splits_input,
        plan=rules.candidates.output.plan,
        rounds=plans_before("round"),
        runs=runs_before("round", "search"),
    output:
        plan="results/plan/{backbone}/round{round}.json",
    log:
        "results/logs/ask/{backbone}/{round}.log",
    benchmark:
        "results/benchmarks/ask/{backbone}/{round}.tsv"
    localrule: True
    conda:
        "../../envs/train-cpu.yaml"
    params:
        planning=planning_flags,
        rounds=flags_of("rounds"),
    shell:
        "python -m blocktune ask"
        " --settings {input.settings:q}"
        " --layers {input.layers:q}"
        " --dataset {input.dataset:q}"
        " --splits {input.splits:q}"
        " {params.planning}"
        " --plan {input.plan:q}"
        " {params.rounds}"
        " --runs {input.runs:q}"
        " --round {wildcards.round}"
        " --output {output.plan:q}"
        " > {log:q} 2>&1"


rule answer:
    """Say what all rounds found: the winner of each strategy, and how sure that is."""
    input:
        settings=f"{SECTIONS}/planning.json",
        code=f"{CODE}/planning.json",
        layers=layers_input,
        plan=rules.candidates.output.plan,
        rounds=all_rounds,
        runs=runs_of_all_rounds,
    output:
        scores="results/search/{backbone}/scores-{asker}.json",
    log:
        "results/logs/answer/{backbone}/{asker}.log",
    benchmark:
        "results/benchmarks/answer/{backbone}/{asker}.tsv"
    localrule: True
    conda:
        "../../envs/train-cpu.yaml"
    shell:
        "python -m blocktune answer"
        " --settings {input.settings:q}"
        " --layers {input.layers:q}"
        " --plan {input.plan:q}"
        " --rounds {input.rounds:q}"
        " --runs {input.runs:q}"
        " --output {output.scores:q}"
        " > {log:q} 2>&1"
