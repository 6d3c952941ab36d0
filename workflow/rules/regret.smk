"""On request (`snakemake regret`): what cheaper searches would have cost and lost, against the exhaustive search."""


rule proxy:
    """Score all candidates of a backbone from one training: relative gradients, or grafted weights."""
    input:
        unpack(pretrained_input),
        plan=undated(rules.candidates.output.plan),
        layers=undated(rules.inspect.output.layers),
        dataset=undated(rules.prepare.output.dataset),
        images=undated(rules.prepare.output.images),
        labels=undated(rules.prepare.output.labels),
        splits=undated(rules.split.output.splits),
    output:
        scores="results/search/{backbone}/proxy-{method}.json",
    log:
        "results/logs/proxy/{backbone}/{method}.log",
    benchmark:
        "results/benchmarks/proxy/{backbone}/{method}.tsv"
    conda:
        "../../envs/train-cpu.yaml"
    threads: 1
    resources:
        gpu=1,
        mem_mb=lambda wildcards, attempt: int(
            attempt * (2000 + 1.5 * 1000 * EXECUTION.memory_gb)
        ),
    params:
        pretrained=lambda wildcards, input: optional(
            "--pretrained", input.get("pretrained")
        ),
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


rule regret:
    """Compare the cheaper searches with the exhaustive one: regret, rank correlation, cost."""
    input:
        settings=f"{SECTIONS}/settings.json",
        study=rules.study.output.study,
        layers=of_all_backbones(rules.inspect.output.layers),
        plans=of_all_backbones(rules.candidates.output.plan),
        runs=search_jobs_of_all_backbones,
        proxies=expand(
            rules.proxy.output.scores, backbone=BACKBONES, method=["gradient", "graft"]
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
    conda:
        "../../envs/blocktune.yaml"
    params:
        folder=lambda wildcards, output: os.path.dirname(output.png),
    shell:
        "python -m blocktune regret"
        " --settings {input.settings:q}"
        " --study {input.study:q}"
        " --layers {input.layers:q}"
        " --plans {input.plans:q}"
        " --runs {input.runs:q}"
        " --proxies {input.proxies:q}"
        " --output {output.comparison:q}"
        " --markdown {output.markdown:q}"
        " --figure-folder {params.folder:q}"
        " > {log:q} 2>&1"
