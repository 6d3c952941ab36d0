"""The final runs: every strategy's winner trained anew on 70%. They are planned by `select` and trained by `train`."""


rule final_scores:
    """Collect a backbone's final scores, one row a strategy."""
    input:
        settings=f"{SECTIONS}/planning.json",
        code=f"{CODE}/planning.json",
        layers=layers_input,
        plans=[rules.select.output.final],
        runs=jobs_of("final"),
    output:
        scores="results/final/{backbone}/scores.csv",
    log:
        "results/logs/final_scores/{backbone}.log",
    benchmark:
        "results/benchmarks/final_scores/{backbone}.tsv"
    localrule: True
    conda:
        "../../envs/train-cpu.yaml"
    shell:
        "python -m blocktune scores"
        " --settings {input.settings:q}"
        " --layers {input.layers:q}"
        " --plans {input.plans:q}"
        " --runs {input.runs:q}"
        " --stage final"
        " --output {output.scores:q}"
        " > {log:q} 2>&1"
