"""Settings, paths and the questions that rules ask about them."""

import os
import re
import shlex
import sys
from pathlib import Path

# The package lies beside the rules; jobs find it too, also inside a conda environment
PACKAGE = f"{SOURCE}/workflow"
sys.path.insert(0, PACKAGE)

from blocktune.errors import BlocktuneError
from blocktune.opening import open_study
from blocktune.settings.own import ALLOW_CODE
from blocktune.settings.members import askers, exporters, scorers
from blocktune.tracking.call import Call, read_call
from blocktune.watch.card import Cards
from snakemake.common.configfile import load_configfile
from snakemake.exceptions import WorkflowError
from snakemake.logging import logger
from snakemake.utils import update_config

SECTIONS = "results/plan/settings"
CODE = f"{SECTIONS}/code"


def say(message):
    """Tell the user something before Snakemake itself says anything."""
    print(message, file=sys.stderr)


# A job's own Snakemake reads this file too; it must neither refuse nor change anything
CALL = Call()

GIVEN = config
if workflow.modifier.skip_configfile:
    # A module's settings are an overlay like any other, but Snakemake does not read params.yaml for it
    GIVEN = load_configfile(f"{SOURCE}/params.yaml")
    update_config(GIVEN, config)

try:
    if workflow.is_main_process:
        CALL = read_call(sys.argv[1:], workflow.output_settings.dryrun)
    STUDY = open_study(
        CALL,
        GIVEN,
        workflow.config_settings.configfiles,
        on_cluster=workflow.resource_settings.nodes is not None,
        say=say,
    )
except BlocktuneError as error:
    raise WorkflowError(str(error)) from None

SETTINGS, EXECUTION, GPUS = STUDY.settings, STUDY.execution, STUDY.devices
PREPARED = STUDY.prepared.as_posix()

if GPUS and "gpu" not in workflow.global_resources:
    # As many trainings at once as there are slots, unless --resources says otherwise; more would wait in their jobs
    workflow.register_resource("gpu", len(GPUS) * EXECUTION.runs_per_gpu)

CARDS = Cards(SETTINGS, EXECUTION, GPUS, logger.info, Path())

if workflow.is_main_process and workflow.output_settings.dryrun:
    CARDS.expect(workflow.resource_settings.cores)

# Dry jobs only sleep; nothing of theirs may lie where results do
RUNS = "results/runs" if EXECUTION.dry_seconds is None else "results/dry/runs"
STORE = EXECUTION.store if EXECUTION.dry_seconds is None else "results/dry/store"
TRAINING_ENV = f"../../envs/train-{EXECUTION.training_env}.yaml"
# In files' names {backbone} is a backbone in a repeat: its key, from the second repeat on with ~ and the repeat's
# number, and with @ and the range where the range audit feeds it another one
REPEATS = {
    one.key: one for one in [*SETTINGS.backbone_repeats, *SETTINGS.audit_repeats]
}
BACKBONES = [backbone.key for backbone in SETTINGS.backbones]
REPEATED = [one.key for one in SETTINGS.backbone_repeats]
AUDITED = [one.key for one in SETTINGS.audit_repeats]
# All repeats of a backbone, then those of the next one: what is whole first is worth most
CELL_BY_CELL = [
    one.key
    for backbone in SETTINGS.backbones
    for one in SETTINGS.backbone_repeats
    if one.backbone.key == backbone.key
]


def job_environment():
    """Return what every job's shell starts with: our package, GPUs, and our Python where no environment brings one."""
    prefix = f"export PYTHONUTF8=1 PYTHONPATH={shlex.quote(PACKAGE)}${{{{PYTHONPATH:+:$PYTHONPATH}}}}; "
    for variable, value in EXECUTION.job_environment().items():
        prefix += f"export {variable}={shlex.quote(value)}; "
    if EXECUTION.allow_code:
        prefix += f"export {ALLOW_CODE}=1; "
    # Not a param of the rule: a new one would make Snakemake run finished jobs again
    if EXECUTION.dry_seconds is not None:
        prefix += f"export BLOCKTUNE_DRY_SECONDS={EXECUTION.dry_seconds}; "
    if not workflow.deployment_settings.deployment_method:
        prefix += f"export PATH={shlex.quote(os.path.dirname(sys.executable))}:$PATH; "
    return prefix


shell.prefix(job_environment())


if EXECUTION.container is not None:

    container: EXECUTION.container


wildcard_constraints:
    backbone="|".join(map(re.escape, REPEATS)),
    stage="search|dependent|final|unseen|rung[0-9]+|round[0-9]+|arms/all",
    draw="|~[0-9]+",
    round="[0-9]+",
    method="|".join(scorers()),
    asker="|".join(askers()),
    arm="own|(source|data|rotate|invert|blur|noise)-[A-Za-z0-9_.]+(-[0-9]+)?",
    target="[A-Za-z0-9_.-]+",
    strategy="[a-z0-9]+",
    to="|".join(exporters()),
    name="[A-Za-z0-9]+",
    job="[0-9a-fx]+",
