"""Where the workflow's own files lie: beside these rules, or in a copy if they come from a Git repository as a module."""

import os
import tarfile
import tempfile
from pathlib import Path

from snakemake.exceptions import WorkflowError
from snakemake.sourcecache import HostingProviderFile, LocalSourceFile


def source_folder(rules):
    """Return the folder of params.yaml and workflow/, given that of the rules.

    Of a hosted repository Snakemake keeps a bare clone, and Python can't import from that.
    """
    if isinstance(rules, LocalSourceFile):
        return str(Path(rules.path).parents[1])
    if not isinstance(rules, HostingProviderFile):
        raise WorkflowError(
            f"module: blocktune's package can't be imported from {rules}; name the Snakefile of a clone by its path, or "
            "that of a repository by github(...) or gitlab(...)"
        )
    repository = rules.hosted_repo.repo
    commit = repository.commit(rules.ref).hexsha
    # Beside Snakemake's own copies of the rules; a commit never changes
    folder = Path(workflow.sourcecache.cache_path, "blocktune", commit)
    if not folder.is_dir():
        check_out(repository, commit, folder)
    return str(folder)


def check_out(repository, commit, folder):
    """Write a commit's package and settings into a folder that is there only when it is whole."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryFile() as packed,
        tempfile.TemporaryDirectory(dir=folder.parent) as place,
    ):
        repository.archive(packed, commit, path=["params.yaml", "workflow"])
        packed.seek(0)
        with tarfile.open(fileobj=packed) as archive:
            archive.extractall(f"{place}/whole", filter="data")
        try:
            os.rename(f"{place}/whole", folder)
        except OSError:
            # Another process was faster
            if not folder.is_dir():
                raise


if workflow.modifier.path_modifier.replace_prefix("results") != "results":
    raise WorkflowError(
        "module: prefix and replace_prefix can't be used with blocktune, whose files keep their places below the working "
        "directory; for a folder of its own use --directory, or workdir: in your Snakefile"
    )

SOURCE = source_folder(workflow.current_basedir)
