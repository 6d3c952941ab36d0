"""What a call of Snakemake asks for: every spelling of a dry run, of other looks, of targets; flags given twice."""

import pytest
from snakemake.cli import get_argument_parser

from blocktune.errors import BlocktuneError
from blocktune.tracking.call import WITHOUT_JOBS, read_call


@pytest.mark.parametrize(
    "words",
    ["", "--cores 2", "-c2 -p", "-pk --cores 2 -- models", "-c 1 factors", "--touch", "-p --config note=-n", "-d -n.d"],
)
def test_a_call_that_runs_jobs(words):
    call = read_call(words.split())
    assert call.runs_jobs
    assert call.asks_for_results


@pytest.mark.parametrize(
    "words",
    [
        *("-n", "-np", "-pn", "-nq", "-npq", "-c2 -nF", "--dry-run", "--dryrun", "--dry-r", "-e dryrun"),
        *("--executor=dryrun", "--summary", "-D", "-S", "--dag", "--rulegraph", "--filegraph mermaid-js", "--d3dag"),
        *("--list-changes code", "--list-untracked", "--report", "--report page.zip", "--archive a.tar.gz"),
        *("--delete-all-output", "--list-conda-envs", "--containerize", "--generate-unit-tests", "-c2 -n factors"),
    ],
)
def test_a_call_that_only_looks(words):
    call = read_call(words.split())
    assert not call.runs_jobs
    assert call.asks_for_results


@pytest.mark.parametrize(
    "words",
    ["--unlock", "--lint", "--lint json", "--list-rules", "-l", "--lt", "--print-compilation", "--cleanup-shadow"],
)
def test_a_call_that_asks_nothing_about_results(words):
    call = read_call(words.split())
    assert not call.runs_jobs
    assert not call.asks_for_results


def test_a_report_after_the_run_is_a_run():
    assert read_call(["--cores", "1", "--report", "--report-after-run"]).runs_jobs


def test_a_profile_may_ask_for_a_dry_run():
    assert not read_call(["--cores", "1"], dry_run=True).runs_jobs


def test_snakemake_has_all_these_flags():
    known = vars(get_argument_parser().parse_args([]))
    assert set(WITHOUT_JOBS) <= set(known)


@pytest.mark.parametrize(
    ("words", "targets"),
    [
        ("--directory factors", set()),
        ("-d factors --config a=factors", set()),
        ("--cores 2 factors", {"factors"}),
        ("factors models -n", {"factors", "models"}),
        ("--configfile factors -- audit", {"audit"}),
        ("", set()),
    ],
)
def test_targets(words, targets):
    assert read_call(words.split()).targets == targets


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("--configfile a.yaml --configfile b.yaml", "--configfile is given 2 times.*: --configfile a.yaml b.yaml$"),
        ("--configfile=a.yaml -n --configfiles b.yaml c.yaml", "--configfile a.yaml b.yaml c.yaml$"),
        ("--config seed=1 --cores 2 -C repeats=3", "--config is given 2 times.*: --config seed=1 repeats=3$"),
        ("--config a=1 --config b={c:2}", "--config a=1 'b={c:2}'$"),
        ("--resources gpu=1 --resources mem_mb=9", "--resources is given 2 times"),
        ("--set-resources train:gpu=0 --set-resources train:runtime=9", "--set-resources is given 2 times"),
        ("--forcerun table --forcerun figures -- all", "--forcerun is given 2 times"),
    ],
)
def test_a_flag_whose_first_values_would_be_dropped(words, said):
    with pytest.raises(BlocktuneError, match=said):
        read_call(words.split())


@pytest.mark.parametrize(
    "words", ["--configfile a.yaml b.yaml", "--configfile a --configfile a b", "--cores 1 --cores 2"]
)
def test_flags_that_lose_nothing(words):
    assert read_call(words.split()).runs_jobs


def test_what_snakemake_cannot_read_is_not_its_own(capsys):
    """Where it is used as a library, the command line is another program's."""
    assert read_call(["-x", "tests", "--bogus"]).runs_jobs
    assert capsys.readouterr().err == ""
