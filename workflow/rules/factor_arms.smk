"""Arms of the factor study: pairs of images and weights.

Images are the study's own, these changed by degrees, and further data sets; weights also come from fewer categories.
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
        pretrained=flags_of("pretrained"),
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
