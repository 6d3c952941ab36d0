"""Backbones: the demo's pre-training, and the layer table that planning reads."""


rule pretrain:
    """Train a tiny backbone on the source digits: the demo's stand-in for ImageNet weights."""
    input:
        settings=f"{SECTIONS}/pretraining.json",
        code=f"{CODE}/backbones.json",
    output:
        weights="results/plan/pretrained/{name}.weights.h5",
    log:
        "results/logs/pretrain/{name}.log",
    benchmark:
        "results/benchmarks/pretrain/{name}.tsv"
    localrule: True
    conda:
        "../../envs/train-cpu.yaml"
    shell:
        "python -m blocktune pretrain"
        " --settings {input.settings:q}"
        " --name {wildcards.name}"
        " --output {output.weights:q}"
        " > {log:q} 2>&1"


rule inspect:
    """Build a backbone with its weights and write down its layers; Keras downloads ImageNet weights here, once."""
    input:
        unpack(made_weights),
        settings=f"{SECTIONS}/backbones/{{backbone}}.json",
        code=f"{CODE}/backbones.json",
    output:
        layers="results/plan/{backbone}/layers.json",
    log:
        "results/logs/inspect/{backbone}.log",
    benchmark:
        "results/benchmarks/inspect/{backbone}.tsv"
    localrule: True
    conda:
        "../../envs/train-cpu.yaml"
    params:
        pretrained=flags_of("pretrained"),
    shell:
        "python -m blocktune inspect"
        " --settings {input.settings:q}"
        " {params.pretrained}"
        " --output {output.layers:q}"
        " > {log:q} 2>&1"
