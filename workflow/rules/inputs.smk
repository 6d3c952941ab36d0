"""What rules read: files of a backbone in a repeat, records of jobs, and what is there only for some settings."""

from blocktune.files.plan import job_names
from blocktune.search.rounds import Rules

BY_HALVING, BY_ROUNDS = SETTINGS.search.method == "halving", SETTINGS.search.by_rounds
IN_ROUNDS = BY_HALVING or BY_ROUNDS
# What a search finds that does not train every candidate
FOUND = f"results/search/{{backbone}}/scores-{SETTINGS.search.method}.json"


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
    backbone = REPEATS[wildcards.backbone].backbone
    if backbone.weights_kind == "digits":
        return {"pretrained": f"results/plan/pretrained/{backbone.name}.weights.h5"}
    return {}


def pretrained_input(wildcards):
    """Return the weights that the workflow itself makes as an input whose date does not matter."""
    return {name: undated(file) for name, file in made_weights(wildcards).items()}


def layers_input(wildcards):
    """Return the layer table of a repeat's backbone: all repeats have the same."""
    return f"results/plan/{REPEATS[wildcards.backbone].backbone.key}/layers.json"


def planning_flags(wildcards):
    """Return which repeat is planned, what the range audit feeds its networks, and how many runs share a job."""
    one = REPEATS[wildcards.backbone]
    pixels = f" --pixels {one.pixels}" if one.pixels else ""
    return f"--repeat {one.repeat}{pixels} --runs-per-job {EXECUTION.runs_per_job}"


def splits_file(repeat, kind):
    """Return the file of a repeat's parts, csv (the parts) or json (their sizes)."""
    draw = SETTINGS.splits_of(repeat)
    return f"results/plan/splits{f'~{draw}' if draw > 1 else ''}.{kind}"


def splits_input(wildcards):
    """Return the parts that a repeat's runs have."""
    return splits_file(REPEATS[wildcards.backbone].repeat, "csv")


def split_summary_input(wildcards):
    """Return the sizes of a repeat's parts."""
    return splits_file(REPEATS[wildcards.backbone].repeat, "json")


def optional(flag, files):
    """Return a flag with its file or files for the shell, or nothing without a file."""
    named = [files] if isinstance(files, str) else files or []
    return shlex.join([flag, *map(str, named)]) if named else ""


def flags_of(*names):
    """Return the function of a rule's params that gives these inputs as flags; one without files is left out."""

    def flags(wildcards, input):
        files = {f"--{name.replace('_', '-')}": input.get(name) for name in names}
        return " ".join(filter(None, map(optional, files, files.values())))

    return flags


def training_memory(wildcards, attempt):
    """Return the megabytes that a job with trainings asks for: more whenever it was ended for want of them."""
    return int(attempt * (2000 + 1.5 * 1000 * EXECUTION.memory_gb))


def plan_of(backbone, stage):
    """Return the plan of a stage of a backbone, once it is made.

    The plans that it is made from are asked for first: that a plan need not be made anew after all, Snakemake tells
    only those rules that did not wait for it before.
    """
    if stage == "search":
        return checkpoints.candidates.get(backbone=backbone).output.plan
    if stage == "arms/all":
        return checkpoints.plan_arms.get(backbone=backbone).output.plan
    if found := re.fullmatch(r"(rung|round)(\d+)", stage):
        kind, number = found[1], int(found[2])
        plan_of(backbone, f"{kind}{number - 1}" if number > 1 else "search")
        planned = checkpoints.promote if kind == "rung" else checkpoints.ask
        return planned.get(backbone=backbone, round=number).output.plan
    if stage == "unseen":
        plan_of(backbone, "final")
        return checkpoints.unseen.get(backbone=backbone).output.plan
    for earlier in ["search", *rounds_of_search(backbone)]:
        plan_of(backbone, earlier)
    return checkpoints.select.get(backbone=backbone).output[stage]


def job_files(backbone, stages):
    """Return the jobs' records of the given stages of a backbone; Snakemake waits for the plans that name them."""
    return [
        f"{RUNS}/{backbone}/{stage}/{job}.json"
        for stage in stages
        for job in job_names(Path(plan_of(backbone, stage)))
    ]


def jobs_of(*stages):
    """Return the input function that lists a backbone's job records of the given stages."""
    return lambda wildcards: job_files(wildcards.backbone, stages)


def plan_files(backbone, stages):
    """Return the plans of the given stages; those whose runs a rule reads are inputs themselves."""
    return [f"results/plan/{backbone}/{stage}.json" for stage in stages]


def rounds(kind, count):
    """Return the stages of the first rounds: rung1 and so on of halving, round1 and so on of a search by rounds."""
    return [f"{kind}{number}" for number in range(1, count + 1)]


HALVING_ROUNDS = rounds("rung", len(Rules.of(SETTINGS).ends))


def plans_before(kind):
    """Return the input function that lists the plans of all rounds before this one."""
    return lambda wildcards: plan_files(
        wildcards.backbone, rounds(kind, int(wildcards.round) - 1)
    )


def runs_before(kind, *stages):
    """Return the input function that lists the job records of some stages and of all rounds before this one."""
    return lambda wildcards: job_files(
        wildcards.backbone, [*stages, *rounds(kind, int(wildcards.round) - 1)]
    )


def rounds_asked(backbone):
    """Return the stages of all rounds of a search by rounds, the empty one that ends it among them."""
    number = 1
    while job_files(backbone, [f"round{number}"]):
        number += 1
    return rounds("round", number)


def all_rounds(wildcards):
    """Return the plans of all rounds of a search by rounds, once it has ended."""
    return plan_files(wildcards.backbone, rounds_asked(wildcards.backbone))


def runs_of_all_rounds(wildcards):
    """Return the job records of a search by rounds, once it has ended."""
    backbone = wildcards.backbone
    return job_files(backbone, ["search", *rounds_asked(backbone)])


def arms_before(wildcards):
    """Return the job records of the arms that are trained before a repeat's own, so that whole cells come first."""
    place = CELL_BY_CELL.index(wildcards.backbone)
    before = CELL_BY_CELL[place - 1 : place] if place else []
    return [undated(file) for key in before for file in job_files(key, ["arms/all"])]


def repeats_of(wildcards):
    """Return a backbone's repeats."""
    return [key for key in REPEATED if REPEATS[key].backbone.key == wildcards.backbone]


def arms_of_cell(wildcards):
    """Return the job records of all arms of a backbone, with every seed."""
    return [
        file for key in repeats_of(wildcards) for file in job_files(key, ["arms/all"])
    ]


def jobs_of_all_backbones(*stages, keys=BACKBONES):
    """Return the input function that lists the job records of the given stages of every backbone (or repeat)."""
    return lambda wildcards: [file for key in keys for file in job_files(key, stages)]


def rounds_of_search(backbone):
    """Return the stages that are the rounds of a backbone's search, if the settings' method has any."""
    if BY_ROUNDS:
        return rounds_asked(backbone)
    return HALVING_ROUNDS if BY_HALVING else []


def search_stages(backbone):
    """Return the stages whose runs the search of a backbone trains by the settings' method."""
    return ["search", *rounds_of_search(backbone), "dependent"]


def plans_of_rounds(wildcards):
    """Return the plans of rounds that the search of every backbone trains: inputs of what reads their runs."""
    return [
        plan
        for backbone in BACKBONES
        for plan in plan_files(backbone, rounds_of_search(backbone))
    ]


def search_runs(wildcards):
    """Return the job records of the search of every backbone."""
    return [
        file
        for backbone in BACKBONES
        for file in job_files(backbone, search_stages(backbone))
    ]


def exported_stages(key):
    """Return the stages whose runs are exported."""
    unseen = ["unseen"] if SETTINGS.repeats > 1 else []
    return [*search_stages(key), "final", *unseen]


def exported_plans(wildcards):
    """Return the plans of all runs that are exported."""
    return [plan for key in REPEATED for plan in plan_files(key, exported_stages(key))]


def exported_runs(wildcards):
    """Return the job records of all runs that are exported."""
    return [file for key in REPEATED for file in job_files(key, exported_stages(key))]


def evaluations_made(wildcards):
    """Return the evaluations of models that `snakemake models` made; the report shows what there is."""
    files = expand("results/models/{key}/best/evaluation.json", key=BACKBONES)
    return [file for file in files if os.path.exists(file)]


def factors_made(wildcards):
    """Return what the factor study found and its figures, if it was asked for or is there."""
    effects = "results/tables/factors/effects.json"
    figures = expand("results/figures/{figure}.svg", figure=FACTOR_FIGURES)
    if FACTORS_ASKED or all(map(os.path.exists, [effects, *figures])):
        return {"factors": effects, "factors_figures": figures}
    return {}


def of_all_backbones(pattern):
    """Return a file of every backbone, in the order of the settings: that of the first repeat."""
    return expand(pattern, backbone=BACKBONES)


def of_all_rows(pattern):
    """Return a file of every backbone in every repeat, repeat after repeat."""
    return expand(pattern, backbone=REPEATED)


def caption_of(figure):
    """Return what Snakemake's own report says of a figure; those that the paper has not share a text."""
    own = f"{PACKAGE}/report/{figure}.rst"
    return f"../report/{figure if os.path.isfile(own) else 'candidates'}.rst"
