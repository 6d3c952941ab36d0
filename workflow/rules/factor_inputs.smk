"""What the rules of the factor study read: arms, their images, weights and jobs."""

from blocktune.factors.names import figure_names
from blocktune.factors.arms import arms
from blocktune.factors.design import varied_factors

FACTORS = "results/plan/factors"
# Beside the prepared images: those are kept by DVC, these are made from them in seconds
TARGETS = f"data/targets/{STUDY.prepared.name}"


FACTORS_ASKED = {"factors", "factor_design", "factor_results"} & CALL.targets

try:
    FACTOR_FIGURES = figure_names(varied_factors(SETTINGS))
except BlocktuneError as error:
    # A study whose factors nobody asks for may have fewer classes than their levels
    if FACTORS_ASKED:
        raise WorkflowError(str(error)) from None
    FACTOR_FIGURES = []


def target_key(arm):
    """Return the key of an arm's images, nothing for the study's own."""
    return "" if arm == "own" or arm.startswith("source-") else arm


def target_files(wildcards):
    """Return an arm's images and parts."""
    key = target_key(wildcards.arm)
    folder = f"{TARGETS}~{key}" if key else PREPARED
    splits = f"{FACTORS}/targets/{key}.csv" if key else splits_file(1, "csv")
    return {
        "dataset": f"{folder}/dataset.json",
        "images": f"{folder}/images.npy",
        "labels": f"{folder}/labels.npy",
        "splits": splits,
    }


def undated_target_files(wildcards):
    """Return an arm's images and parts as inputs whose dates do not matter."""
    return {name: undated(file) for name, file in target_files(wildcards).items()}


def arm_weights(wildcards):
    """Return the weights that the workflow makes for an arm's backbone, if it does."""
    if wildcards.arm.startswith("source-"):
        made = (
            f"results/plan/pretrained/{wildcards.backbone}/{wildcards.arm}.weights.h5"
        )
        return {"pretrained": undated(made)}
    return pretrained_input(wildcards)


def arm_layers(wildcards):
    """Return the layer table of an arm's backbone."""
    if wildcards.arm.startswith("source-"):
        return f"results/plan/{wildcards.backbone}/factors/layers/{wildcards.arm}.json"
    return layers_input(wildcards)


def arm_plans(wildcards):
    """Return the plans of all arms of all backbones."""
    return [
        f"results/plan/{backbone.key}/factors/{arm.key}.json"
        for backbone in SETTINGS.backbones
        for arm in arms(SETTINGS, backbone)
    ]


def arm_jobs(wildcards):
    """Return the jobs' records of all arms of all backbones."""
    files = []
    for backbone in SETTINGS.backbones:
        # What the arms' plans are made from (`plan_of`)
        plan_of(backbone.key, "final")
        for arm in arms(SETTINGS, backbone):
            found = checkpoints.factor_plan.get(backbone=backbone.key, arm=arm.key)
            for job in job_names(Path(found.output.plan)):
                files.append(f"{RUNS}/{backbone.key}/factors/{arm.key}/{job}.json")
    return files


def target_folders():
    """Return the folders of every arm's images, the study's own first."""
    return [PREPARED, *(f"{TARGETS}~{key}" for key in target_keys())]


def target_datasets(wildcards):
    """Return the facts on every arm's images, the study's own first."""
    return [f"{folder}/dataset.json" for folder in target_folders()]


def target_arrays(wildcards):
    """Return every arm's images and labels."""
    names = ("images.npy", "labels.npy")
    return [f"{folder}/{name}" for folder in target_folders() for name in names]


def target_keys():
    """Return the keys of the targets beside the study's own."""
    targets = SETTINGS.factors.targets
    return [*targets.shifted, *(target.key for target in targets.also)]
