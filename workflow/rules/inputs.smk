"""What rules read: files of a backbone in a repeat, records of jobs, and what is there only for some settings."""

from blocktune.files.plan import job_names
from blocktune.search.rounds import Rules

HALVING_ROUNDS = len(Rules.of(SETTINGS).ends)


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


def undated_layers(wildcards):
    """Return the layer table of a repeat's backbone as an input whose date does not matter."""
    return ancient(layers_input(wildcards))


def repeat_of(wildcards):
    """Return which repeat it is."""
    return REPEATS[wildcards.backbone].repeat


def pixels_of(wildcards):
    """Return the flag that says what the networks of the range audit are fed."""
    pixels = REPEATS[wildcards.backbone].pixels
    return f"--pixels {pixels}" if pixels else ""


def splits_file(repeat, kind):
    """Return the file of a repeat's parts, csv (the parts) or json (their sizes)."""
    draw = SETTINGS.splits_of(repeat)
    return f"results/plan/splits{f'~{draw}' if draw > 1 else ''}.{kind}"


def splits_input(wildcards):
    """Return the parts that a repeat's runs have."""
    return splits_file(REPEATS[wildcards.backbone].repeat, "csv")


def undated_splits(wildcards):
    """Return the parts that a repeat's runs have as an input whose date does not matter."""
    return ancient(splits_input(wildcards))


def split_summary_input(wildcards):
    """Return the sizes of a repeat's parts."""
    return splits_file(REPEATS[wildcards.backbone].repeat, "json")


def undated_split_summary(wildcards):
    """Return the sizes of a repeat's parts as an input whose date does not matter."""
    return ancient(split_summary_input(wildcards))


def optional(flag, files):
    """Return a flag with its file or files for the shell, or nothing without a file."""
    named = [files] if isinstance(files, str) else files or []
    return shlex.join([flag, *map(str, named)]) if named else ""


def pretrained_flag(wildcards, input):
    """Return the flag with the weights that the workflow itself makes for a backbone, if it does."""
    return optional("--pretrained", input.get("pretrained"))


def training_memory(wildcards, attempt):
    """Return the megabytes that a job with trainings asks for: more whenever it was ended for want of them."""
    return int(attempt * (2000 + 1.5 * 1000 * EXECUTION.memory_gb))


def job_files(backbone, stages):
    """Return the jobs' records of the given stages of a backbone; Snakemake waits for the plans that name them."""
    files = []
    for stage in stages:
        if stage == "search":
            plan = checkpoints.candidates.get(backbone=backbone).output.plan
        elif stage.startswith("rung"):
            number = stage.removeprefix("rung")
            plan = checkpoints.promote.get(backbone=backbone, round=number).output.plan
        elif stage.startswith("round"):
            number = stage.removeprefix("round")
            plan = checkpoints.ask.get(backbone=backbone, round=number).output.plan
        elif stage == "unseen":
            plan = checkpoints.unseen.get(backbone=backbone).output.plan
        elif stage == "arms/all":
            plan = checkpoints.plan_arms.get(backbone=backbone).output.plan
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


def asked_plans(backbone, count):
    """Return the plans of the first rounds of a search by rounds."""
    rounds = range(1, count + 1)
    return [f"results/plan/{backbone}/round{number}.json" for number in rounds]


def asked_before(wildcards):
    """Return the plans of all rounds of a search by rounds before this one."""
    return asked_plans(wildcards.backbone, int(wildcards.round) - 1)


def asked_runs(backbone, count):
    """Return the job records of a search by rounds: of its plan, and of its first rounds."""
    rounds = range(1, count + 1)
    return job_files(backbone, ["search", *(f"round{number}" for number in rounds)])


def runs_asked_before(wildcards):
    """Return the job records that a round of a search by rounds follows from."""
    return asked_runs(wildcards.backbone, int(wildcards.round) - 1)


def rounds_of(backbone):
    """Return how many rounds a search by rounds has, the empty one that ends it among them."""
    number = 1
    while job_files(backbone, [f"round{number}"]):
        number += 1
    return number


def all_rounds(wildcards):
    """Return the plans of all rounds of a search by rounds, once it has ended."""
    return asked_plans(wildcards.backbone, rounds_of(wildcards.backbone))


def runs_of_all_rounds(wildcards):
    """Return the job records of a search by rounds, once it has ended."""
    return asked_runs(wildcards.backbone, rounds_of(wildcards.backbone))


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


def proxy_of_the_search(wildcards):
    """Return the scores that stand for trained candidates, if the search's method is not to train them all."""
    method = SETTINGS.search.method
    if method == "exhaustive":
        return []
    return f"results/search/{wildcards.backbone}/scores-{method}.json"


def jobs_of_all_backbones(*stages, keys=BACKBONES):
    """Return the input function that lists the job records of the given stages of every backbone (or repeat)."""
    return lambda wildcards: [file for key in keys for file in job_files(key, stages)]


def search_stages(backbone):
    """Return the stages whose runs the search of a backbone trains by the settings' method."""
    rounds = []
    if SETTINGS.search.method == "halving":
        rounds = [f"rung{number}" for number in range(1, HALVING_ROUNDS + 1)]
    elif SETTINGS.search.by_rounds:
        rounds = [f"round{number}" for number in range(1, rounds_of(backbone) + 1)]
    return ["search", *rounds, "dependent"]


def search_plans(wildcards):
    """Return the plans of rounds that the search of every backbone trains: inputs of what reads their runs."""
    return [
        f"results/plan/{backbone}/{stage}.json"
        for backbone in BACKBONES
        for stage in search_stages(backbone)
        if stage.startswith(("rung", "round"))
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
    return [
        f"results/plan/{key}/{stage}.json"
        for key in REPEATED
        for stage in exported_stages(key)
    ]


def exported_runs(wildcards):
    """Return the job records of all runs that are exported."""
    return [file for key in REPEATED for file in job_files(key, exported_stages(key))]


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


def found_by_rounds():
    """Return what a search by rounds found of every backbone, nothing for other searches."""
    method = SETTINGS.search.method
    pattern = f"results/search/{{backbone}}/scores-{method}.json"
    return of_all_backbones(pattern) if SETTINGS.search.by_rounds else []


def plans_of_searches():
    """Return the search's plan of every backbone, for searches of which more is shown than the winners."""
    shown = SETTINGS.search.method == "halving" or SETTINGS.search.by_rounds
    return of_all_backbones("results/plan/{backbone}/search.json") if shown else []


def of_all_rows(pattern):
    """Return a file of every backbone in every repeat, repeat after repeat."""
    return expand(pattern, backbone=REPEATED)


def caption_of(figure):
    """Return what Snakemake's own report says of a figure; those that the paper has not share a text."""
    own = f"{PACKAGE}/report/{figure}.rst"
    return f"../report/{figure if os.path.isfile(own) else 'candidates'}.rst"
