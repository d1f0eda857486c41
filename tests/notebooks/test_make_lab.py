"""What a newcomer does first: one command, then a notebook over an index that is filled."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import urllib3

import atdata_nb as at

ROOT = Path(__file__).parents[2]
ADDRESS = re.compile(r"http://127\.0\.0\.1:(\d+)/lab/tree/00-start-here\.ipynb\?token=(\w+)")


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[tuple[str, str, Path]]:
    """Address, token and index folder of a JupyterLab that ``make lab`` has started."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    home = tmp_path / "atdata_nb"
    # What an outer make hands down would change what this one does.
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    folders = {"ATDATA_NB_HOME": str(home), "JUPYTER_RUNTIME_DIR": str(tmp_path / "runtime")}
    with subprocess.Popen(
        ["make", "lab", f"LAB_ARGS=--no-browser --ip=127.0.0.1 --port={port}"],
        cwd=ROOT,
        env=inherited | folders,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        said = []
        for line in process.stdout:
            said.append(line)
            if found := ADDRESS.search(line):
                break
        else:
            pytest.fail("".join(said))
        yield f"http://127.0.0.1:{found[1]}", found[2], home
        os.killpg(process.pid, signal.SIGTERM)
        process.communicate()


def test_make_lab_serves_the_notebook_over_a_filled_index(lab: tuple[str, str, Path]) -> None:
    address, token, home = lab
    # It tells its address a moment before it listens there.
    answer = urllib3.request(
        "GET",
        f"{address}/api/contents/01-explore.ipynb",
        headers={"Authorization": f"token {token}"},
        retries=urllib3.Retry(connect=10, backoff_factor=0.1),
    )
    assert answer.json()["type"] == "notebook"
    names = [entry.name for entry in at.LocalIndex(home).datasets]
    assert names == ["digits", "photographs", "sounds", "wine"]
