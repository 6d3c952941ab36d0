"""Images: download or read, decode, resize, split. Makes data/prepared/ and results/plan/splits.csv."""


rule prepare:
    """Decode and resize every image once, into one array that is read through a memory map.

    Folders and archives are no inputs: checksums of all their files are, in the settings.
    """
    input:
        settings=f"{SECTIONS}/data.json",
        code=f"{CODE}/data.json",
    output:
        images=f"{PREPARED}/images.npy",
        labels=f"{PREPARED}/labels.npy",
        manifest=f"{PREPARED}/manifest.csv",
        dataset=f"{PREPARED}/dataset.json",
    log:
        "results/logs/prepare.log",
    benchmark:
        "results/benchmarks/prepare.tsv"
    localrule: True
    conda:
        "../../envs/blocktune.yaml"
    shell:
        "python -m blocktune prepare"
        " --settings {input.settings:q}"
        " --images {output.images:q}"
        " --labels {output.labels:q}"
        " --manifest {output.manifest:q}"
        " --dataset {output.dataset:q}"
        " > {log:q} 2>&1"


rule split:
    """Draw the parts: search (10%) inside final (70%), validation (30%) apart from both; again for a repeat, if so set."""
    input:
        settings=f"{SECTIONS}/split.json",
        code=f"{CODE}/data.json",
        manifest=rules.prepare.output.manifest,
        dataset=rules.prepare.output.dataset,
    output:
        splits="results/plan/splits{draw}.csv",
        summary="results/plan/splits{draw}.json",
    log:
        "results/logs/split{draw}.log",
    benchmark:
        "results/benchmarks/split{draw}.tsv"
    localrule: True
    conda:
        "../../envs/blocktune.yaml"
    params:
        repeat=lambda wildcards: wildcards.draw.removeprefix("~") or 1,
    shell:
        "python -m blocktune split"
        " --settings {input.settings:q}"
        " --repeat {params.repeat}"
        " --manifest {input.manifest:q}"
        " --dataset {input.dataset:q}"
        " --splits {output.splits:q}"
        " --summary {output.summary:q}"
        " > {log:q} 2>&1"
