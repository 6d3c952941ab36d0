"""On request (`snakemake arms`): a table of all arms with every seed, on which searches are replayed (`blocktune replay`)."""

from blocktune.search.schedule import require_one_split

try:
    if "arms" in CALL.targets:
        require_one_split(SETTINGS)
except BlocktuneError as error:
    raise WorkflowError(str(error)) from None


checkpoint plan_arms:
    """List a backbone's arms with one seed, once those before it are trained: backbone after backbone, seed after seed."""
    input:
        settings=f"{SECTIONS}/planning.json",
        code=f"{CODE}/planning.json",
        layers=layers_input,
        dataset=rules.prepare.output.dataset,
        splits=splits_input,
        summary=split_summary_input,
        before=arms_before,
    output:
        plan="results/plan/{backbone}/arms/all.json",
    log:
        "results/logs/arms/plan/{backbone}.log",
    benchmark:
        "results/benchmarks/arms/plan/{backbone}.tsv"
    localrule: True
    conda:
        "../../envs/train-cpu.yaml"
    params:
        planning=planning_flags,
    shell:
        "python -m blocktune plan-arms"
        " --settings {input.settings:q}"
        " --layers {input.layers:q}"
        " --dataset {input.dataset:q}"
        " --splits {input.splits:q}"
        " --split-summary {input.summary:q}"
        " {params.planning}"
        " --output {output.plan:q}"
        " > {log:q} 2>&1"


rule cell_arms:
    """Collect what all arms of a backbone came to, with every seed, and what each method scores them."""
    input:
        settings=f"{SECTIONS}/planning.json",
        code=f"{CODE}/arms.json",
        layers=layers_input,
        dataset=rules.prepare.output.dataset,
        summary=split_summary_input,
        plans=lambda wildcards: expand(
            rules.plan_arms.output.plan, backbone=repeats_of(wildcards)
        ),
        runs=arms_of_cell,
        proxies=lambda wildcards: expand(
            rules.proxy.output.scores,
            backbone=repeats_of(wildcards),
            method=scorers(),
        ),
    output:
        table="results/arms/cells/{backbone}.npz",
    log:
        "results/logs/arms/cells/{backbone}.log",
    benchmark:
        "results/benchmarks/arms/cells/{backbone}.tsv"
    localrule: True
    conda:
        "../../envs/blocktune.yaml"
    params:
        licence=lambda wildcards, input: optional("--licence", EXECUTION.licence),
    shell:
        "python -m blocktune cell-arms"
        " --settings {input.settings:q}"
        " --layers {input.layers:q}"
        " --dataset {input.dataset:q}"
        " --split-summary {input.summary:q}"
        " --plans {input.plans:q}"
        " --runs {input.runs:q}"
        " --proxies {input.proxies:q}"
        " {params.licence}"
        " --output {output.table:q}"
        " > {log:q} 2>&1"


rule arms:
    """The table of arms of all backbones as one file, with its data sheet and its Croissant metadata."""
    input:
        code=f"{CODE}/arms.json",
        tables=of_all_backbones(rules.cell_arms.output.table),
    output:
        table="results/arms/arms.npz",
        sheet="results/arms/arms.md",
        croissant="results/arms/arms.croissant.json",
    log:
        "results/logs/arms/arms.log",
    benchmark:
        "results/benchmarks/arms/arms.tsv"
    localrule: True
    conda:
        "../../envs/blocktune.yaml"
    shell:
        "python -m blocktune arms"
        " --tables {input.tables:q}"
        " --output {output.table:q}"
        " --sheet {output.sheet:q}"
        " --croissant {output.croissant:q}"
        " > {log:q} 2>&1"
