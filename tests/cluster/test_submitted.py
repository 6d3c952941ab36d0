"""Kubernetes and AWS Batch: what their profiles' scripts ask for, say and end; kubectl and aws have stand-ins."""

import json
import os
import re
import shlex
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

PROFILES = Path(__file__).parents[2] / "profiles"
CLIENTS = {"kubernetes": "kubectl", "aws-batch": "aws"}
BOTH = pytest.mark.parametrize("profile", CLIENTS)


@dataclass(frozen=True)
class Cloud:
    """A folder on the volume, with a profile whose scripts call a stand-in."""

    folder: Path
    profile: str

    def client(self, prints="", status=0):
        """Put the stand-in there: it notes its words and input, says something, and exits."""
        file = self.folder.parent / "bin" / CLIENTS[self.profile]
        file.parent.mkdir(exist_ok=True)
        place = shlex.quote(str(self.folder.parent))
        file.write_text(
            f"#!/bin/sh\nfor word; do printf '%s\\0' \"$word\"; done >> {place}/words\n"
            f'case "$*" in create*) cat > {place}/input ;; esac\n'
            f"printf '%s\\n' {shlex.quote(prints)}\nexit {status}\n"
        )
        file.chmod(0o755)

    def run(self, *words, **environment):
        """Run a script of the profile as Snakemake does, in the study's folder."""
        return subprocess.run(
            words,
            cwd=self.folder,
            env={"PATH": f"{self.folder.parent / 'bin'}:/usr/bin:/bin", **environment},
            capture_output=True,
            text=True,
        )

    def script(self, name, *words):
        return self.run(f"profiles/{self.profile}/{name}", *words)

    def submit(self, gpu=1, mount=None, **environment):
        """Submit a job with the profile's own command, filled in as Snakemake does it."""
        profile = yaml.safe_load((PROFILES / self.profile / "config.yaml").read_text(encoding="utf-8"))
        command = profile["cluster-generic-submit-cmd"].format(
            threads=1, resources=SimpleNamespace(mem_mb=5000, gpu=gpu, runtime=240)
        )
        words = [str(mount or self.folder.parent) if word == "/study" else word for word in shlex.split(command)]
        return self.run(*words, str(self.job), **environment)

    @property
    def job(self):
        return self.folder / ".snakemake" / "tmp.1" / "snakejob.train.1.sh"

    def words(self):
        return (self.folder.parent / "words").read_text().split("\0")[:-1]


@pytest.fixture
def cloud(tmp_path, profile):
    folder = tmp_path / "meine Prüfung"
    folder.mkdir()
    shutil.copytree(PROFILES, folder / "profiles")
    return Cloud(folder, profile)


def container(cloud):
    manifest = yaml.safe_load((cloud.folder.parent / "input").read_text(encoding="utf-8"))
    pod = manifest["spec"]["template"]["spec"]
    return manifest, pod, *pod["containers"]


@pytest.mark.parametrize("profile", ["kubernetes"])
def test_a_kubernetes_job_has_the_volume_the_memory_and_the_gpu(cloud):
    cloud.client("job.batch/blocktune-x7f")
    done = cloud.submit(KERAS_HOME="/study/keras", KAGGLEHUB_CACHE="/study/hub")
    assert (done.returncode, done.stdout) == (0, "job.batch/blocktune-x7f\n"), done.stderr
    manifest, pod, job = container(cloud)
    assert (manifest["kind"], manifest["spec"]["backoffLimit"]) == ("Job", 0)
    assert (pod["restartPolicy"], pod["activeDeadlineSeconds"]) == ("Never", 240 * 60)
    assert pod["securityContext"] == {"runAsUser": os.getuid(), "runAsGroup": os.getgid()}
    assert (job["image"], job["command"]) == ("blocktune:cuda", ["sh", str(cloud.job)])
    assert {"name": "KERAS_HOME", "value": "/study/keras"} in job["env"]
    assert {"name": "KAGGLEHUB_CACHE", "value": "/study/hub"} in job["env"]
    assert job["resources"] == {
        "requests": {"cpu": "1", "memory": "5000M"},
        "limits": {"memory": "5000M", "nvidia.com/gpu": 1},
    }
    (mount,), (volume,) = job["volumeMounts"], pod["volumes"]
    assert mount == {"name": volume["name"], "mountPath": str(cloud.folder.parent)}
    assert volume["persistentVolumeClaim"] == {"claimName": "study"}


@pytest.mark.parametrize("profile", ["aws-batch"])
def test_an_aws_job_names_queue_and_definition_and_what_it_needs(cloud):
    cloud.client("0a1b-2c3d")
    done = cloud.submit(KERAS_HOME="/study/keras", KAGGLEHUB_CACHE="/study/hub")
    assert (done.returncode, done.stdout) == (0, "0a1b-2c3d\n"), done.stderr
    verb, options = cloud.words()[:2], cloud.words()[2:]
    given = dict(zip(options[::2], options[1::2], strict=True))
    assert verb == ["batch", "submit-job"]
    assert (given["--job-queue"], given["--job-definition"]) == ("blocktune", "blocktune")
    assert given["--timeout"] == "attemptDurationSeconds=14400"
    overrides = json.loads(given["--container-overrides"])
    assert overrides["command"] == ["sh", str(cloud.job)]
    assert {"name": "KERAS_HOME", "value": "/study/keras"} in overrides["environment"]
    assert {"name": "KAGGLEHUB_CACHE", "value": "/study/hub"} in overrides["environment"]
    needs = {need["type"]: need["value"] for need in overrides["resourceRequirements"]}
    assert needs == {"VCPU": "1", "MEMORY": "5000", "GPU": "1"}


@BOTH
def test_without_gpus_none_is_asked_for(cloud):
    cloud.client("id")
    assert cloud.submit(gpu=0).returncode == 0
    if cloud.profile == "kubernetes":
        assert container(cloud)[2]["resources"]["limits"] == {"memory": "5000M"}
    else:
        assert "GPU" not in cloud.words()[-1]


@BOTH
def test_a_folder_that_the_jobs_do_not_see_is_refused_before_anything_is_submitted(cloud):
    cloud.client("id")
    done = cloud.submit(mount="/study")
    assert done.returncode == 2
    assert re.fullmatch(rf"submit: {re.escape(str(cloud.folder))} is not on the .* at /study: .*\n", done.stderr)
    assert not (cloud.folder.parent / "words").exists()


@pytest.mark.parametrize(
    ("profile", "seen", "status", "said"),
    [
        ("kubernetes", "/", 0, "running"),
        ("kubernetes", "1/SuccessCriteriaMet Complete", 0, "success"),
        ("kubernetes", "/FailureTarget Failed", 0, "failed"),
        ("kubernetes", 'Error from server (NotFound): jobs.batch "blocktune-x7f" not found', 1, "failed"),
        ("kubernetes", "Unable to connect to the server", 1, "running"),
        *(("aws-batch", state, 0, "running") for state in ("SUBMITTED", "PENDING", "RUNNABLE", "STARTING", "RUNNING")),
        ("aws-batch", "SUCCEEDED", 0, "success"),
        ("aws-batch", "FAILED", 0, "failed"),
        ("aws-batch", "None", 0, "failed"),
        ("aws-batch", "Could not connect to the endpoint URL", 255, "running"),
    ],
)
def test_a_state_is_one_of_the_three_words_that_snakemake_takes(cloud, seen, status, said):
    cloud.client(seen, status)
    done = cloud.script("status", "job.batch/blocktune-x7f")
    assert (done.returncode, done.stdout) == (0, f"{said}\n"), done.stderr
    assert "job.batch/blocktune-x7f" in cloud.words()


@BOTH
def test_every_job_is_ended(cloud):
    cloud.client()
    assert cloud.script("cancel", "first", "second").returncode == 0
    assert {"first", "second"} <= set(cloud.words())
