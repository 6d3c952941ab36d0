"""Nothing listens on a port, and nothing is asked for over the network but what was asked for."""

import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from made_runs import made_folder

from blocktune.settings.members import exporters

# Put in front of every Python process below: writes down each address that it binds, connects to or looks up
SPY = """
import os, sys
def spy(event, args):
    if event in ("socket.bind", "socket.connect", "socket.getaddrinfo"):
        address = args[1] if event != "socket.getaddrinfo" else args[:2]
        if event == "socket.getaddrinfo" or isinstance(address, tuple):
            with open(os.environ["SPIED"], "a") as out:
                out.write(f"{os.getpid()} {event} {address}\\n")
sys.addaudithook(spy)
"""

# urllib3 finds out in this way whether there is IPv6; nothing listens there, and the socket is closed at once
HARMLESS = {"socket.bind ('::1', 0)"}


@pytest.fixture
def watched(tmp_path):
    """`watched(command)`: run it; return its exit status and what it or its children did with the network."""
    (tmp_path / "spy").mkdir()
    (tmp_path / "spy" / "sitecustomize.py").write_text(SPY)
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "spy"), "SPIED": str(tmp_path / "spied")}

    def run(*command):
        open_ports = set()
        with subprocess.Popen([sys.executable, *map(str, command)], env=environment, cwd=tmp_path) as process:
            while process.poll() is None:
                open_ports |= _listening(process.pid)
                time.sleep(0.05)
        spied = tmp_path / "spied"
        lines = spied.read_text().splitlines() if spied.exists() else []
        return process.returncode, open_ports, [line for line in lines if line.split(" ", 1)[1] not in HARMLESS]

    return run


def _listening(pid):
    """Ports on which a process or a child of it listens, also where a library in C opened them."""
    found = set()
    try:
        parent = psutil.Process(pid)
        for process in [parent, *parent.children(recursive=True)]:
            found |= {
                (process.name(), *connection.laddr)
                for connection in process.net_connections("inet")
                if connection.status == psutil.CONN_LISTEN or connection.type.name == "SOCK_DGRAM"
            }
    except psutil.Error:
        pass
    return found


def test_the_watch_sees_a_port(watched, tmp_path):
    (tmp_path / "open.py").write_text(
        "import socket, time\nwith socket.create_server(('127.0.0.1', 0)):\n    time.sleep(1)\n"
    )
    status, ports, spied = watched(tmp_path / "open.py")
    assert status == 0 and len(ports) == 1
    assert any("socket.bind ('127.0.0.1', 0)" in line for line in spied)


def test_planning_a_network_opens_nothing(watched):
    """With Keras and TensorFlow, which could."""
    status, ports, spied = watched("-m", "blocktune", "plan", "TinyPlain", "--image-size", "16", "--json")
    assert (status, ports, spied) == (0, set(), [])


@pytest.mark.parametrize("name", exporters())
def test_an_export_tells_nobody(watched, tmp_path, name):
    """MLflow would tell its makers that it is in use."""
    study = made_folder(tmp_path / "study")
    status, ports, spied = watched("-m", "blocktune", "export", "--to", name, "--directory", study)
    assert (status, ports, spied) == (0, set(), [])


@pytest.mark.long
def test_a_whole_study_opens_nothing(watched, tmp_path):
    root = Path(__file__).parents[2]
    (tmp_path / "tiny.yaml").write_text(
        "data: {image_size: 8}\nbackbones: [{name: TinyPlain, weights: digits}]\nhead: {units: [8, 8]}\n"
        "training: {epochs: 2, batch_size: 32}\npretraining: {epochs: 2}\n"
    )
    files = [root / "params.yaml", root / "presets" / "demo.yaml", tmp_path / "tiny.yaml"]
    where = ["--snakefile", root / "Snakefile", "--directory", tmp_path, "--cores", "2", "--configfile", *files]
    status, ports, spied = watched("-m", "snakemake", *where)
    assert status == 0 and (tmp_path / "results" / "report.html").is_file()
    assert (ports, spied) == (set(), [])
