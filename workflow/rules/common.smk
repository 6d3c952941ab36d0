"""Settings, paths and the questions that rules ask about them."""

import os
import re
import shlex
import sys
from pathlib import Path

# The package lies beside the rules; jobs find it too, also inside a conda environment
PACKAGE = f"{workflow.basedir}/workflow"
sys.path.insert(0, PACKAGE)

from blocktune.analysis.claims import require_comparable
from blocktune.analysis.factors.names import figure_names
from blocktune.analysis.figures.names import repeated_figures, study_figures
from blocktune.backbones.saved import check_all_saved
from blocktune.errors import BlocktuneError
from blocktune.factors.design import varied_factors
from blocktune.fetch.needs import require_offline
from blocktune.gpus.choose import choose_gpus
from blocktune.runs.plan import job_names
from blocktune.search.halving import rungs
from blocktune.settings.load import load_config
from blocktune.settings.own import ALLOW_CODE, require_allowed
from blocktune.settings.sections import check_files, dataset_key, write_sections
from blocktune.settings.yaml_file import refuse_keys_given_twice
from blocktune.tracking.call import Call, read_call
from blocktune.tracking.dates import pull_back_dates
from blocktune.tracking.intact import put_damaged_aside, remember_outputs
from blocktune.tracking.places import snakemake_at_work
from blocktune.tracking.restore import bring_back, refuse_links, restore
from blocktune.utf8 import require_utf8
from blocktune.watch.abandoned import free_abandoned_folder
from blocktune.watch.card import Cards
from snakemake.exceptions import WorkflowError
from snakemake.logging import logger

SECTIONS = "results/plan/settings"
CODE = f"{SECTIONS}/code"


def say(message):
    """Tell the user something before Snakemake itself says anything."""
    print(message, file=sys.stderr)


# Where jobs are sent to a cluster, its nodes have the GPUs
GPUS = None


def fetch_command():
    """Return the command that downloads what these settings need."""
    files = [shlex.quote(str(file)) for file in workflow.config_settings.configfiles]
    return "blocktune fetch" + (f" --configfile {' '.join(files)}" if files else "")


# A job's own Snakemake reads this file too; it must neither refuse nor change anything
CALL = Call()

try:
    if workflow.is_main_process:
        CALL = read_call(sys.argv[1:], workflow.output_settings.dryrun)
    SETTINGS, EXECUTION = load_config(config)
    PREPARED = f"data/prepared/{dataset_key(SETTINGS)}"
    if CALL.asks_for_results:
        refuse_keys_given_twice(workflow.config_settings.configfiles)
        weights = [backbone.weights for backbone in SETTINGS.backbones]
        require_utf8(os.getcwd(), EXECUTION.store, SETTINGS.data.path, *weights)
        if CALL.runs_jobs:
            free_abandoned_folder(Path(), say)
        if not snakemake_at_work():
            refuse_links()
            bring_back(dataset_key(SETTINGS))
            for message in [
                *restore(Path(EXECUTION.store)),
                *put_damaged_aside(only_say=not CALL.runs_jobs),
                *pull_back_dates(only_say=not CALL.runs_jobs),
            ]:
                say(message)
        prepared = os.path.exists(f"{PREPARED}/dataset.json")
        check_files(SETTINGS, prepared, Path("results/plan"))
        require_allowed(
            [backbone.name for backbone in SETTINGS.backbones], EXECUTION.allow_code
        )
        check_all_saved(SETTINGS.backbones)
        if EXECUTION.offline:
            require_offline(SETTINGS, prepared, fetch_command())
        if workflow.resource_settings.nodes is None:
            GPUS = choose_gpus(EXECUTION.gpus)
        SECTION_FILES = write_sections(
            SETTINGS, Path(SECTIONS), in_use=snakemake_at_work()
        )
except BlocktuneError as error:
    raise WorkflowError(str(error)) from None

HALVING_ROUNDS = len(
    rungs(
        SETTINGS.training.epochs,
        candidates=1,
        factor=SETTINGS.search.halving.factor,
        first_epochs=SETTINGS.search.halving.first_epochs,
    )
)

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
# In files' names {backbone} is a row: a backbone, from the second repeat on with ~ and the repeat's number, and with @ and
# the range where the range audit feeds it another one
ROWS = {row.key: row for row in [*SETTINGS.rows, *SETTINGS.audit_rows]}
BACKBONES = [backbone.key for backbone in SETTINGS.backbones]
REPEATED = [row.key for row in SETTINGS.rows]
AUDITED = [row.key for row in SETTINGS.audit_rows]


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


def undated(file):
    """Return a rule's output as an input whose date does not matter; a copy, since ancient() marks what it is given."""
    return ancient(str(file))


def store_folder(wildcards):
    """Return the folder of finished runs; from a function, since braces in a text would be wildcards."""
    return STORE


def made_weights(wildcards):
    """Return the weights that the workflow itself makes for a backbone, if it does.

    A user's own files are no inputs: their checksums are, in the settings' sections, and their dates mean nothing.
    """
    backbone = ROWS[wildcards.backbone].backbone
    if backbone.weights_kind == "digits":
        return {"pretrained": f"results/plan/pretrained/{backbone.name}.weights.h5"}
    return {}


def pretrained_input(wildcards):
    """Return the weights that the workflow itself makes as an input whose date does not matter."""
    return {name: undated(file) for name, file in made_weights(wildcards).items()}


def layers_input(wildcards):
    """Return the layer table of a row's backbone: all repeats have the same."""
    return f"results/plan/{ROWS[wildcards.backbone].backbone.key}/layers.json"


def undated_layers(wildcards):
    """Return the layer table of a row's backbone as an input whose date does not matter."""
    return ancient(layers_input(wildcards))


def repeat_of(wildcards):
    """Return which repeat a row belongs to."""
    return ROWS[wildcards.backbone].repeat


def pixels_of(wildcards):
    """Return the flag that says what a row is fed, for a row of the range audit."""
    pixels = ROWS[wildcards.backbone].pixels
    return f"--pixels {pixels}" if pixels else ""


def splits_file(repeat, kind):
    """Return the file of a repeat's parts, csv (the parts) or json (their sizes)."""
    draw = SETTINGS.splits_of(repeat)
    return f"results/plan/splits{f'~{draw}' if draw > 1 else ''}.{kind}"


def splits_input(wildcards):
    """Return the parts that a row's runs have."""
    return splits_file(ROWS[wildcards.backbone].repeat, "csv")


def undated_splits(wildcards):
    """Return the parts that a row's runs have as an input whose date does not matter."""
    return ancient(splits_input(wildcards))


def split_summary_input(wildcards):
    """Return the sizes of a row's parts."""
    return splits_file(ROWS[wildcards.backbone].repeat, "json")


def undated_split_summary(wildcards):
    """Return the sizes of a row's parts as an input whose date does not matter."""
    return ancient(split_summary_input(wildcards))


def optional(flag, files):
    """Return a flag with its file or files for the shell, or nothing without a file."""
    named = [files] if isinstance(files, str) else files or []
    return shlex.join([flag, *map(str, named)]) if named else ""


def job_files(backbone, stages):
    """Return the jobs' records of the given stages of a backbone; Snakemake waits for the plans that name them."""
    files = []
    for stage in stages:
        if stage == "search":
            plan = checkpoints.candidates.get(backbone=backbone).output.plan
        elif stage.startswith("rung"):
            number = stage.removeprefix("rung")
            plan = checkpoints.promote.get(backbone=backbone, round=number).output.plan
        elif stage == "unseen":
            plan = checkpoints.unseen.get(backbone=backbone).output.plan
        else:
            plan = checkpoints.select.get(backbone=backbone).output[stage]
        jobs = job_names(Path(plan))
        files += [f"{RUNS}/{backbone}/{stage}/{job}.json" for job in jobs]
    return files


def jobs_of(*stages):
    """Return the input function that lists a backbone's job records of the given stages."""
    return lambda wildcards: job_files(wildcards.backbone, stages)


def round_plans(rounds):
    """Return the patterns of the plans of rounds; like every plan whose runs a rule reads, they are inputs themselves."""
    return [f"results/plan/{{backbone}}/rung{number}.json" for number in rounds]


def earlier_plans(wildcards):
    """Return the plans of all rounds before this one."""
    rounds = range(1, int(wildcards.round))
    return expand(round_plans(rounds), backbone=wildcards.backbone)


def earlier_runs(wildcards):
    """Return the job records of all rounds before this one."""
    rounds = range(1, int(wildcards.round))
    return job_files(wildcards.backbone, [f"rung{number}" for number in rounds])


def proxy_of_the_search(wildcards):
    """Return the scores that stand for trained candidates, if the search's method is not to train them all."""
    method = SETTINGS.search.method
    if method == "exhaustive":
        return []
    return f"results/search/{wildcards.backbone}/scores-{method}.json"


def jobs_of_all_backbones(*stages, rows=BACKBONES):
    """Return the input function that lists the job records of the given stages of every backbone (or row)."""
    return lambda wildcards: [file for row in rows for file in job_files(row, stages)]


def search_stages():
    """Return the stages whose runs the search trains by the settings' method."""
    rounds = range(1, HALVING_ROUNDS + 1) if SETTINGS.search.method == "halving" else []
    return ["search", *(f"rung{number}" for number in rounds), "dependent"]


def evaluations_made(wildcards):
    """Return the evaluations of models that `snakemake models` made; the report shows what there is."""
    files = expand("results/models/{key}/best/evaluation.json", key=BACKBONES)
    return [file for file in files if os.path.exists(file)]


def factors_made(wildcards):
    """Return what the factor study found and its figures, if it was asked for or is there."""
    files = [
        "results/tables/factors/effects.json",
        *expand("results/figures/{figure}.svg", figure=FACTOR_FIGURES),
    ]
    return files if FACTORS_ASKED or all(map(os.path.exists, files)) else []


def of_all_backbones(pattern):
    """Return a file of every backbone, in the order of the settings: that of the first repeat."""
    return expand(pattern, backbone=BACKBONES)


def halving_files(pattern):
    """Return a file of every backbone that only a search by halving makes or needs, nothing for other searches."""
    return of_all_backbones(pattern) if SETTINGS.search.method == "halving" else []


def of_all_rows(pattern):
    """Return a file of every backbone in every repeat, repeat after repeat."""
    return expand(pattern, backbone=REPEATED)


shell.prefix(job_environment())


if EXECUTION.container is not None:

    container: EXECUTION.container


wildcard_constraints:
    backbone="|".join(map(re.escape, ROWS)),
    stage="search|dependent|final|unseen|rung[0-9]+",
    draw="|~[0-9]+",
    round="[0-9]+",
    method="gradient|graft|prior",
    arm="own|(source|data|rotate|invert|blur|noise)-[A-Za-z0-9_.]+(-[0-9]+)?",
    target="[A-Za-z0-9_.-]+",
    strategy="[a-z0-9]+",
    name="[A-Za-z0-9]+",
    job="[0-9a-fx]+",
