"""From images to Table I: which layers of a pre-trained network should be unfrozen?

Settings come from params.yaml and overlays (--configfile params.yaml presets/quick.yaml), execution from profiles/.
Read on in workflow/rules, one file a stage; all logic is in the package workflow/blocktune. Rules with `localrule: True` take
seconds, and some need the network: on a cluster they run where snakemake runs; only trainings are jobs.
"""

from snakemake.utils import min_version

min_version("9.0")


include: "workflow/rules/source.smk"


configfile: f"{SOURCE}/params.yaml"


report: "workflow/report/workflow.rst"


include: "workflow/rules/common.smk"
include: "workflow/rules/inputs.smk"
include: "workflow/rules/data.smk"
include: "workflow/rules/backbones.smk"
include: "workflow/rules/search.smk"
include: "workflow/rules/halving.smk"
include: "workflow/rules/rounds.smk"
include: "workflow/rules/final.smk"
include: "workflow/rules/report.smk"
include: "workflow/rules/optimism.smk"
include: "workflow/rules/reliability.smk"
include: "workflow/rules/page.smk"
include: "workflow/rules/audit.smk"
include: "workflow/rules/regret.smk"
include: "workflow/rules/arms.smk"
include: "workflow/rules/models.smk"
include: "workflow/rules/export.smk"
include: "workflow/rules/factor_inputs.smk"
include: "workflow/rules/factor_arms.smk"
include: "workflow/rules/factors.smk"
include: "workflow/rules/cluster.smk"
include: "workflow/rules/tracking.smk"


onstart:
    check_cluster()
    check_places()
    CARDS.start()


onsuccess:
    remember_outputs()
    CARDS.success()


onerror:
    remember_outputs()
    CARDS.error(log)


rule all:
    """The report, Table I, figures, headline numbers, what DVC compares, and with repeats how reliable it all is."""
    default_target: True
    input:
        rules.table.output,
        rules.figures.output,
        rules.metrics.output,
        rules.recommend.output,
        rules.page.output,
        rules.compare.output,
        rules.reliability.output if SETTINGS.repeats > 1 else [],
        expand(rules.export_runs.output, to=SETTINGS.export.to),
    localrule: True
