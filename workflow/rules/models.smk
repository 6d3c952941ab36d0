"""On request (`snakemake models`): the fine-tuned model of each backbone's best strategy, with its card."""


rule export:
    """Train a final run once more, number for number, and keep its model."""
    input:
        unpack(pretrained_input),
        plan=rules.select.output.final,
        runs=jobs_of("final"),
        layers=ancient(layers_input),
        dataset=undated(rules.prepare.output.dataset),
        images=undated(rules.prepare.output.images),
        labels=undated(rules.prepare.output.labels),
        manifest=undated(rules.prepare.output.manifest),
        splits=ancient(splits_input),
        summary=ancient(split_summary_input),
        study=rules.study.output.study,
        # The recommendation says which strategy is meant by `best`
        answer=lambda wildcards: (
            rules.recommend.output.answer if wildcards.strategy == "best" else []
        ),
    output:
        model="results/models/{backbone}/{strategy}/model.keras",
        labels="results/models/{backbone}/{strategy}/labels.json",
        known="results/models/{backbone}/{strategy}/images.json",
        card="results/models/{backbone}/{strategy}/README.md",
        evaluation="results/models/{backbone}/{strategy}/evaluation.json",
    log:
        "results/logs/export/{backbone}/{strategy}.log",
    benchmark:
        "results/benchmarks/export/{backbone}/{strategy}.tsv"
    conda:
        TRAINING_ENV
    threads: 1
    resources:
        gpu=1,
        mem_mb=training_memory,
    params:
        pretrained=flags_of("pretrained"),
        answer=flags_of("answer"),
        licence=lambda wildcards, input: optional("--licence", EXECUTION.licence),
        store=store_folder,
        memory_gb=EXECUTION.memory_gb,
    shell:
        "python -m blocktune export-model"
        " --plan {input.plan:q}"
        " --runs {input.runs:q}"
        " --strategy {wildcards.strategy}"
        " {params.answer}"
        " {params.licence}"
        " --layers {input.layers:q}"
        " --dataset {input.dataset:q}"
        " --splits {input.splits:q}"
        " --split-summary {input.summary:q}"
        " --study {input.study:q}"
        " {params.pretrained}"
        " --store {params.store:q}"
        " --memory-gb {params.memory_gb}"
        " --model {output.model:q}"
        " --labels {output.labels:q}"
        " --images {output.known:q}"
        " --card {output.card:q}"
        " --evaluation {output.evaluation:q}"
        " > {log:q} 2>&1"


rule models:
    """On request: the model of each backbone's best strategy."""
    input:
        expand(rules.export.output.model, backbone=BACKBONES, strategy="best"),
    localrule: True
