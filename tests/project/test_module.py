"""The workflow as a module: as snakedeploy deploys it from a repository, and in a workflow of somebody else's."""

import shutil
import subprocess
import sys
from pathlib import Path

import warm
import yaml

ROOT = Path(__file__).parents[2]
# What snakedeploy 0.17.1 takes from a repository, and what the rules need
TRACKED = ("Snakefile", "params.yaml", "workflow", "config", "profiles", "envs")
# What snakedeploy 0.17.1 writes into workflow/Snakefile
DEPLOYED = """
configfile: "config/config.yaml"


module blocktune:
    snakefile:
        github("owner/blocktune", path="workflow/Snakefile", tag="v1")
    config:
        config


use rule * from blocktune
"""
HANDLERS = """
onstart:
    blocktune.onstart()


onsuccess:
    blocktune.onsuccess()
"""


def snakemake(folder, *arguments, **environment):
    done = subprocess.run(
        [Path(sys.executable).with_name("snakemake"), "--cores", "2", *arguments],
        cwd=folder,
        env={"HOME": str(folder), "PATH": "/usr/bin:/bin", **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
    )
    return done.returncode, done.stdout


def git(folder, *words):
    author = ("-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *author, *words], cwd=folder, check=True, capture_output=True)


def repository(folder):
    """A repository with what is tracked here, whose package says when it is at work."""
    folder.mkdir()
    for name in TRACKED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, folder)
    with (folder / "workflow" / "blocktune" / "cli" / "main.py").open("a", encoding="utf-8") as stream:
        stream.write("\nimport sys\n\nprint('from the commit', file=sys.stderr)\n")
    for words in (("init", "--quiet"), ("add", "."), ("commit", "--quiet", "--message=all"), ("tag", "v1")):
        git(folder, *words)
    return folder


def test_snakedeploy_deploys_a_study_whose_jobs_run_the_package_of_the_tag(tmp_path):
    source, study = repository(tmp_path / "source"), tmp_path / "meine Prüfung"
    for name in ("config", "profiles"):
        shutil.copytree(source / name, study / name)
    (study / "workflow").mkdir()
    (study / "workflow" / "Snakefile").write_text(DEPLOYED + HANDLERS, encoding="utf-8")
    served = {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.{source}.insteadOf",
        "GIT_CONFIG_VALUE_0": "https://github.com/owner/blocktune",
    }
    code, output = snakemake(study, "results/plan/splits.csv", **served)
    assert code == 0, output
    assert (study / "results" / "plan" / "splits.csv").is_file()
    assert "from the commit" in (study / "results" / "logs" / "split.log").read_text(encoding="utf-8")
    assert "profile profiles/default" in output
    assert "== blocktune: demo =" in output and "== blocktune: demo: done after" in output


def test_the_deployed_settings_are_those_of_the_demo():
    files = (ROOT / name for name in ("config/config.yaml", "presets/demo.yaml"))
    deployed, demo = (yaml.safe_load(file.read_text(encoding="utf-8")) for file in files)
    assert deployed == demo


OTHERS = f"""
module blocktune:
    snakefile:
        "{ROOT}/Snakefile"
    config:
        config["blocktune"]


use rule * from blocktune


rule paper:
    default_target: True
    input:
        rules.table.output.markdown,
    output:
        "paper.md",
    shell:
        "cp {{input}} {{output}}"
"""
SETTINGS = """
title: A paper
blocktune:
  training: {epochs: 2}
"""


def test_a_workflow_of_somebody_else_takes_what_the_study_makes(tmp_path):
    (tmp_path / "Snakefile").write_text(OTHERS, encoding="utf-8")
    (tmp_path / "config.yaml").write_text(SETTINGS, encoding="utf-8")
    code, output = snakemake(tmp_path, "-n", "--quiet", "rules", "--configfile", "config.yaml", **warm.environment())
    assert code == 0, output
    jobs = dict(line.split() for line in output.splitlines() if line.split()[1:] in (["1"], ["5"]))
    assert jobs["paper"] == jobs["table"] == jobs["prepare"] == "1"
    # The settings lie over params.yaml, as an overlay does elsewhere
    assert jobs["inspect"] == jobs["candidates"] == "5"
    assert "all" not in jobs and "page" not in jobs
    planned = (tmp_path / "results" / "plan" / "settings" / "settings.json").read_text(encoding="utf-8")
    assert yaml.safe_load(planned)["training"]["epochs"] == 2


def test_a_prefix_is_refused_since_results_have_their_places(tmp_path):
    text = OTHERS.replace("    config:", '    prefix: "tuning"\n    config:')
    (tmp_path / "Snakefile").write_text(text, encoding="utf-8")
    (tmp_path / "config.yaml").write_text(SETTINGS, encoding="utf-8")
    code, output = snakemake(tmp_path, "-n", "--configfile", "config.yaml", **warm.environment())
    assert code != 0 and "Traceback" not in output
    assert "module: prefix and replace_prefix can't be used with blocktune" in output
    assert not (tmp_path / "results").exists() and not (tmp_path / "tuning").exists()
