"""The search: plan every candidate, train each on 10% (or score it for less), rank, choose the winners."""


checkpoint candidates:
    """List a backbone's candidates: baselines, layers, blocks, windows, tails, spans, random ones; same weights, same run."""
    input:
        settings=f"{SECTIONS}/planning.json",
        code=f"{CODE}/planning.json",
        layers=layers_input,
        dataset=rules.prepare.output.dataset,
        splits=splits_input,
        summary=split_summary_input,
    output:
        plan="results/plan/{backbone}/search.json",
    log:
        "results/logs/candidates/{backbone}.log",
    benchmark:
        "results/benchmarks/candidates/{backbone}.tsv"
    localrule: True
    conda:
        "../../envs/train-cpu.yaml"
    params:
        planning=planning_flags,
    shell:
        "python -m blocktune candidates"
        " --settings {input.settings:q}"
        " --layers {input.layers:q}"
        " --dataset {input.dataset:q}"
        " --splits {input.splits:q}"
        " --split-summary {input.summary:q}"
        " {params.planning}"
        " --output {output.plan:q}"
        " > {log:q} 2>&1"


rule train:
    """Train a job's runs, for every stage. The job's name stands for all that can change its numbers, so dates don't count."""
    input:
        unpack(pretrained_input),
        plan=undated("results/plan/{backbone}/{stage}.json"),
        layers=ancient(layers_input),
        dataset=undated(rules.prepare.output.dataset),
        images=undated(rules.prepare.output.images),
        labels=undated(rules.prepare.output.labels),
        splits=ancient(splits_input),
    output:
        runs=f"{RUNS}/{{backbone}}/{{stage}}/{{job}}.json",
    log:
        "results/logs/train/{backbone}/{stage}/{job}.log",
    benchmark:
        "results/benchmarks/train/{backbone}/{stage}/{job}.tsv"
    conda:
        TRAINING_ENV
    threads: 1
    resources:
        gpu=1,
        mem_mb=training_memory,
    params:
        pretrained=flags_of("pretrained"),
        store=store_folder,
        memory_gb=EXECUTION.memory_gb,
    shell:
        "python -m blocktune train"
        " --plan {input.plan:q}"
        " --job {wildcards.job}"
        " --layers {input.layers:q}"
        " --dataset {input.dataset:q}"
        " --splits {input.splits:q}"
        " {params.pretrained}"
        " --store {params.store:q}"
        " --memory-gb {params.memory_gb}"
        " --output {output.runs:q}"
        " > {log:q} 2>&1"


rule proxy:
    """Score all candidates of a backbone without training each, for a search.method that is not exhaustive."""
    input:
        unpack(pretrained_input),
        code=f"{CODE}/proxy.json",
        plan=rules.candidates.output.plan,
        layers=ancient(layers_input),
        dataset=undated(rules.prepare.output.dataset),
        images=undated(rules.prepare.output.images),
        labels=undated(rules.prepare.output.labels),
        splits=ancient(splits_input),
    output:
        scores="results/search/{backbone}/scores-{method}.json",
    log:
        "results/logs/proxy/{backbone}/{method}.log",
    benchmark:
        "results/benchmarks/proxy/{backbone}/{method}.tsv"
    # Beside trainings (`snakemake arms`) they fill cores that wait
    priority: -1
    conda:
        TRAINING_ENV
    threads: 1
    resources:
        gpu=1,
        mem_mb=training_memory,
    params:
        pretrained=flags_of("pretrained"),
        memory_gb=EXECUTION.memory_gb,
    shell:
        "python -m blocktune proxy"
        " --method {wildcards.method}"
        " --plan {input.plan:q}"
        " --layers {input.layers:q}"
        " --dataset {input.dataset:q}"
        " --splits {input.splits:q}"
        " {params.pretrained}"
        " --memory-gb {params.memory_gb}"
        " --output {output.scores:q}"
        " > {log:q} 2>&1"


checkpoint select:
    """Rank a backbone's candidates, choose the best of each strategy, plan what builds on them."""
    input:
        settings=f"{SECTIONS}/planning.json",
        code=f"{CODE}/planning.json",
        layers=layers_input,
        dataset=rules.prepare.output.dataset,
        splits=splits_input,
        plan=rules.candidates.output.plan,
        runs=jobs_of("search"),
        proxy=[] if SETTINGS.search.method == "exhaustive" else FOUND,
    output:
        winners="results/search/{backbone}/winners.json",
        dependent="results/plan/{backbone}/dependent.json",
        final="results/plan/{backbone}/final.json",
    log:
        "results/logs/select/{backbone}.log",
    benchmark:
        "results/benchmarks/select/{backbone}.tsv"
    localrule: True
    conda:
        "../../envs/train-cpu.yaml"
    params:
        planning=planning_flags,
        proxy=flags_of("proxy"),
    shell:
        "python -m blocktune select"
        " --settings {input.settings:q}"
        " --layers {input.layers:q}"
        " --dataset {input.dataset:q}"
        " --splits {input.splits:q}"
        " {params.planning}"
        " --plan {input.plan:q}"
        " --runs {input.runs:q}"
        " {params.proxy}"
        " --winners {output.winners:q}"
        " --dependent {output.dependent:q}"
        " --final {output.final:q}"
        " > {log:q} 2>&1"


rule search_scores:
    """Collect a backbone's search scores, the ranked sets among them, in one table."""
    input:
        settings=f"{SECTIONS}/planning.json",
        code=f"{CODE}/planning.json",
        layers=layers_input,
        plans=[rules.candidates.output.plan, rules.select.output.dependent],
        runs=jobs_of("search", "dependent"),
    output:
        scores="results/search/{backbone}/scores.csv",
    log:
        "results/logs/search_scores/{backbone}.log",
    benchmark:
        "results/benchmarks/search_scores/{backbone}.tsv"
    localrule: True
    conda:
        "../../envs/train-cpu.yaml"
    shell:
        "python -m blocktune scores"
        " --settings {input.settings:q}"
        " --layers {input.layers:q}"
        " --plans {input.plans:q}"
        " --runs {input.runs:q}"
        " --stage search"
        " --output {output.scores:q}"
        " > {log:q} 2>&1"


rule searched:
    """On request (`snakemake searched`): the search's trainings of all backbones, and nothing that follows from them."""
    input:
        jobs_of_all_backbones("search", keys=REPEATED),
    localrule: True
