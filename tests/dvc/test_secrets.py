"""Passwords and tokens stay where a user put them: not in logs, records, provenance, the report, or what is pushed."""

from canary import SECRET


def holding(folder, secret):
    """Files below a folder in whose content or name a secret is."""
    word = secret.encode()
    return {
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if word in str(path).encode() or (path.is_file() and not path.is_symlink() and word in path.read_bytes())
    }


def test_secrets_of_the_environment_and_of_remotes_are_written_nowhere(published):
    # The study was made with them in its environment, in a project with such remotes
    here = {name for name in holding(published.folder, SECRET) if not name.startswith(("tests/", ".dvc/cache/"))}
    assert here == {".git/config", ".dvc/config.local"}
    assert not holding(published.folder / ".dvc" / "cache", SECRET)
    assert not holding(published.folder.parent / "remote", SECRET)
    assert (published.folder / "results" / "report.html").is_file()
    assert (published.folder / "results" / "provenance.json").is_file()
    assert list((published.folder / "results" / "logs").rglob("*.log"))


def test_nor_are_they_printed(published):
    assert SECRET not in published.dvc("status", PASSWORD=SECRET)
    assert SECRET not in published.snakemake("-n", PASSWORD=SECRET)
