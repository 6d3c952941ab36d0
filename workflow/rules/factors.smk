"""On request (`snakemake factors`): what decides whether fine-tuning works; builds on the search's best block.

An arm is a pair of images and weights: the study's own, its images changed by degrees, further data sets, and
weights from fewer categories.
"""


rule factor_target:
    """Change the study's images by degrees, or prepare another data set with the same classes."""
    input:
        settings=f"{SECTIONS}/targets/{{target}}.json",
        split_settings=f"{SECTIONS}/split.json",
        code=f"{CODE}/data.json",
        images=rules.prepare.output.images,
        labels=rules.prepare.output.labels,
        manifest=rules.prepare.output.manifest,
        dataset=rules.prepare.output.dataset,
        splits=splits_file(1, "csv"),
    output:
        images=f"{TARGETS}~{{target}}/images.npy",
        labels=f"{TARGETS}~{{target}}/labels.npy",
        manifest=f"{TARGETS}~{{target}}/manifest.csv",
        dataset=f"{TARGETS}~{{target}}/dataset.json",
        splits=f"{FACTORS}/targets/{{target}}.csv",
    log:
        "results/logs/factors/targets/{target}.log",
    benchmark:
        "results/benchmarks/factors/targets/{target}.tsv"
    # What can't be had is said before anything trains
    priority: 100
    localrule: True
    conda:
        "../../envs/blocktune.yaml"
    params:
        folder=lambda wildcards, output: os.path.dirname(output.images),
    shell:
        "python -m blocktune factor-target"
        " --settings {input.settings:q}"
        " --split-settings {input.split_settings:q}"
        " --dataset {input.dataset:q}"
        " --splits {input.splits:q}"
        " --output {params.folder:q}"
        " --output-splits {output.splits:q}"
        " > {log:q} 2>&1"


rule factor_pretrain:
    """Pre-train a tiny backbone on some categories of a source, for the arms that say how many it needs."""
    input:
        settings=f"{SECTIONS}/planning.json",
        factors=f"{SECTIONS}/factors.json",
        code=f"{CODE}/backbones.json",
    output:
        weights="results/plan/pretrained/{backbone}/{arm}.weights.h5",
    log:
        "results/logs/factors/pretrain/{backbone}/{arm}.log",
    benchmark:
        "results/benchmarks/factors/pretrain/{backbone}/{arm}.tsv"
    priority: 100
    localrule: True
    conda:
        "../../envs/train-cpu.yaml"
    shell:
        "python -m blocktune factor-pretrain"
        " --settings {input.settings:q}"
        " --factors {input.factors:q}"
        " --backbone {wildcards.backbone:q}"
        " --arm {wildcards.arm:q}"
        " --output {output.weights:q}"
        " > {log:q} 2>&1"


rule factor_inspect:
    """Write down the layers of a backbone with an arm's weights."""
    input:
        settings=f"{SECTIONS}/backbones/{{backbone}}.json",
        code=f"{CODE}/backbones.json",
        weights=rules.factor_pretrain.output.weights,
    output:
        layers="results/plan/{backbone}/factors/layers/{arm}.json",
    log:
        "results/logs/factors/inspect/{backbone}/{arm}.log",
    benchmark:
        "results/benchmarks/factors/inspect/{backbone}/{arm}.tsv"
    priority: 100
    localrule: True
    conda:
        "../../envs/train-cpu.yaml"
    shell:
        "python -m blocktune inspect"
        " --settings {input.settings:q}"
        " --pretrained {input.weights:q}"
        " --output {output.layers:q}"
        " > {log:q} 2>&1"


checkpoint factor_plan:
    """List an arm's runs: levels of the factors, with each strategy and seed."""
    input:
        unpack(target_files),
        settings=f"{SECTIONS}/planning.json",
        factors=f"{SECTIONS}/factors.json",
        code=f"{CODE}/planning.json",
        layers=arm_layers,
        winners=rules.select.output.winners,
    output:
        plan="results/plan/{backbone}/factors/{arm}.json",
    log:
        "results/logs/factors/plan/{backbone}/{arm}.log",
    benchmark:
        "results/benchmarks/factors/plan/{backbone}/{arm}.tsv"
    localrule: True
    conda:
        "../../envs/train-cpu.yaml"
    params:
        runs_per_job=EXECUTION.runs_per_job,
    shell:
        "python -m blocktune factor-plan"
        " --settings {input.settings:q}"
        " --factors {input.factors:q}"
        " --layers {input.layers:q}"
        " --dataset {input.dataset:q}"
        " --splits {input.splits:q}"
        " --winners {input.winners:q}"
        " --backbone {wildcards.backbone:q}"
        " --arm {wildcards.arm:q}"
        " --runs-per-job {params.runs_per_job}"
        " --output {output.plan:q}"
        " > {log:q} 2>&1"


rule factor_design:
    """Say how many runs there are and how long they take, before any of them trains."""
    input:
        settings=f"{SECTIONS}/report.json",
        factors=f"{SECTIONS}/factors.json",
        code=f"{CODE}/planning.json",
        plans=arm_plans,
    output:
        design=f"{FACTORS}/design.json",
    log:
        "results/logs/factors/design.log",
    benchmark:
        "results/benchmarks/factors/design.tsv"
    localrule: True
    conda:
        "../../envs/train-cpu.yaml"
    params:
        store=STORE,
        cores=workflow.resource_settings.cores or 1,
    # Said on the terminal, too
    shell:
        "python -m blocktune factor-design"
        " --settings {input.settings:q}"
        " --factors {input.factors:q}"
        " --plans {input.plans:q}"
        " --cores {params.cores}"
        " --store {params.store:q}"
        " --output {output.design:q}"
        " 2>&1 | tee {log:q} >&2"


rule train_factors:
    """Train a job's runs of the factor study, and measure what fine-tuning changed."""
    input:
        unpack(arm_weights),
        unpack(undated_target_files),
        code=f"{CODE}/measures.json",
        plan=undated(rules.factor_plan.output.plan),
        layers=undated_arm_layers,
        design=ancient(rules.factor_design.output.design),
    output:
        runs=f"{RUNS}/{{backbone}}/factors/{{arm}}/{{job}}.json",
    log:
        "results/logs/train/{backbone}/factors/{arm}/{job}.log",
    benchmark:
        "results/benchmarks/train/{backbone}/factors/{arm}/{job}.tsv"
    conda:
        TRAINING_ENV
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
        store=STORE,
        memory_gb=EXECUTION.memory_gb,
        compare=SETTINGS.factors.compared_images,
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
        " --compare {params.compare}"
        " --output {output.runs:q}"
        " > {log:q} 2>&1"


rule factor_distances:
    """How far each target lies from what a backbone was pre-trained on, by its frozen features."""
    input:
        unpack(pretrained_input),
        settings=f"{SECTIONS}/planning.json",
        factors=f"{SECTIONS}/factors.json",
        source=f"{SECTIONS}/source_pictures.json",
        code=f"{CODE}/distances.json",
        layers=layers_input,
        datasets=target_datasets,
        arrays=target_arrays,
        splits=[
            splits_file(1, "csv"),
            *expand(f"{FACTORS}/targets/{{target}}.csv", target=target_keys()),
        ],
    output:
        distances="results/factors/{backbone}/distances.json",
    log:
        "results/logs/factors/distances/{backbone}.log",
    benchmark:
        "results/benchmarks/factors/distances/{backbone}.tsv"
    conda:
        TRAINING_ENV
    threads: 1
    resources:
        gpu=1,
        mem_mb=lambda wildcards, attempt: attempt * 4000,
    params:
        pretrained=lambda wildcards, input: optional(
            "--pretrained", input.get("pretrained")
        ),
    shell:
        "python -m blocktune factor-distances"
        " --settings {input.settings:q}"
        " --factors {input.factors:q}"
        " --backbone {wildcards.backbone:q}"
        " --layers {input.layers:q}"
        " {params.pretrained}"
        " --datasets {input.datasets:q}"
        " --splits {input.splits:q}"
        " --output {output.distances:q}"
        " > {log:q} 2>&1"


rule factor_results:
    """Effects of each factor, with tables and figures."""
    input:
        settings=f"{SECTIONS}/report.json",
        factors=f"{SECTIONS}/factors.json",
        figures=f"{SECTIONS}/figures.json",
        code=f"{CODE}/report.json",
        study=rules.study.output.study,
        design=rules.factor_design.output.design,
        layers=of_all_backbones(rules.inspect.output.layers),
        plans=arm_plans,
        runs=arm_jobs,
        final_plans=of_all_rows(rules.select.output.final),
        final_runs=jobs_of_all_backbones("final", rows=REPEATED),
        distances=of_all_backbones(rules.factor_distances.output.distances),
        search_scores=of_all_backbones(rules.search_scores.output.scores),
    output:
        responses="results/tables/factors/responses.csv",
        layers="results/tables/factors/layers.csv",
        distances="results/tables/factors/distances.csv",
        effects="results/tables/factors/effects.json",
        markdown=report(
            "results/tables/factors.md",
            caption="../report/factors.rst",
            category="Factors",
        ),
        latex="results/tables/factors.tex",
        svg=[
            report(
                f"results/figures/{figure}.svg",
                caption="../report/factors.rst",
                category="Factors",
            )
            for figure in FACTOR_FIGURES
        ],
        png=[f"results/figures/{figure}.png" for figure in FACTOR_FIGURES],
    log:
        "results/logs/factors/results.log",
    benchmark:
        "results/benchmarks/factors/results.tsv"
    localrule: True
    conda:
        "../../envs/blocktune.yaml"
    params:
        folder=lambda wildcards, output: os.path.dirname(output.responses),
        figures=lambda wildcards, output: os.path.dirname(output.png[0]),
    shell:
        "python -m blocktune factor-results"
        " --settings {input.settings:q}"
        " --factors {input.factors:q}"
        " --figures {input.figures:q}"
        " --study {input.study:q}"
        " --design {input.design:q}"
        " --layers {input.layers:q}"
        " --plans {input.plans:q}"
        " --runs {input.runs:q}"
        " --final-plans {input.final_plans:q}"
        " --final-runs {input.final_runs:q}"
        " --distances {input.distances:q}"
        " --search-scores {input.search_scores:q}"
        " --folder {params.folder:q}"
        " --output {output.effects:q}"
        " --markdown {output.markdown:q}"
        " --latex {output.latex:q}"
        " --figure-folder {params.figures:q}"
        " > {log:q} 2>&1"


rule factors:
    """The factor study, and the report with it."""
    input:
        rules.factor_results.output,
        rules.page.output,
    localrule: True
