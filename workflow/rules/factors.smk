"""On request (`snakemake factors`): what decides whether fine-tuning works; builds on the search's best block."""


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
        layers=ancient(arm_layers),
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
        mem_mb=training_memory,
    params:
        pretrained=flags_of("pretrained"),
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
        final_runs=jobs_of_all_backbones("final", keys=REPEATED),
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
