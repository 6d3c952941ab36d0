import time
from functools import cache

import pytest

from blocktune.cli.main import main, parser

# Of one core, within which a user is told; by the clock it depends on what else the machine does
SECONDS = 5
PARSER = cache(parser)


@pytest.fixture(autouse=True)
def one_parser(monkeypatch):
    """As in a process, which has one command."""
    monkeypatch.setattr("blocktune.cli.main.parser", PARSER)


@pytest.fixture
def refused(capfd):
    """`refused(arguments, said)`: the command ends with status 2 and one clear error in time; returns its text."""

    def check(arguments, said):
        capfd.readouterr()
        begun = time.process_time()
        status = main([str(argument) for argument in arguments])
        took = time.process_time() - begun
        out, err = capfd.readouterr()
        assert status == 2, out + err
        assert "Traceback" not in out + err
        told = err[err.index("error: ") :]
        assert [part for part in said if part not in told] == [], told
        assert len(told) < 3000, told
        assert took < SECONDS, f"{took:.1f} s"
        return told

    return check
