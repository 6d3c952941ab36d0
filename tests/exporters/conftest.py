import pytest
from made_runs import made_folder


@pytest.fixture(scope="session")
def study(tmp_path_factory):
    """A study's folder, in which nothing may be changed."""
    return made_folder(tmp_path_factory.mktemp("exporters") / "meine Studie")
