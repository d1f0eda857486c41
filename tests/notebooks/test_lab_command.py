"""The command that opens JupyterLab, started for real, on a port and in folders of its own."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest
import urllib3

import atdata_nb as at
from atdata_nb.sandbox.ports import free_port

NOTEBOOKS = sorted(path.name for path in Path(__file__).parents[2].glob("notebooks/*.ipynb"))
ADDRESS = re.compile(r"(http://\S+?:(\d+))(/lab/?\S*)\?token=(\w+)")


@dataclass(frozen=True)
class Started:
    """A JupyterLab that says where it is."""

    process: subprocess.Popen[str]
    port: int
    page: str
    token: str
    home: Path

    def ask(self, method: str, path: str, **body: str) -> Any:
        """Return what its server answers."""
        answer = urllib3.request(
            method,
            f"http://127.0.0.1:{self.port}/api/{path}",
            headers={"Authorization": f"token {self.token}"},
            body=json.dumps(body) if body else None,
            # It tells its address a moment before it listens there.
            retries=urllib3.Retry(connect=10, backoff_factor=0.1),
        )
        assert answer.status < 300, answer.data
        return answer.json()


def environment(home: Path) -> dict[str, str]:
    """One's own, with folders that nothing was ever kept in."""
    names = ("CONFIG", "DATA", "RUNTIME")
    folders = {f"JUPYTER_{name}_DIR": str(home / name.lower()) for name in names}
    return os.environ | folders | {"HOME": str(home), "ATDATA_NB_HOME": str(home / "unused")}


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Started]:
    work = tmp_path / "work"
    work.mkdir()
    (work / "atdata-tour").mkdir()
    (work / "atdata-tour" / NOTEBOOKS[1]).write_text("mine")
    program = Path(sys.executable).with_name("atdata-nb")
    port = free_port()
    options = ["--index", tmp_path / "index", "lab", work, "--no-browser", f"--port={port}"]
    with subprocess.Popen(
        [program, *options],
        env=environment(tmp_path),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout is not None
        said = []
        for line in process.stdout:
            said.append(line)
            if found := ADDRESS.search(line):
                break
        else:
            pytest.fail("".join(said))
        yield Started(process, int(found[2]), found[3], found[4], tmp_path)
        process.kill()


def test_lab_opens_the_tour_over_a_filled_index_and_ctrl_c_ends_all_of_it(
    started: Started,
) -> None:
    page = f"/lab/tree/atdata-tour/{NOTEBOOKS[0]}"
    assert started.page == page
    assert started.ask("GET", f"contents/atdata-tour/{NOTEBOOKS[0]}")["type"] == "notebook"
    tour = started.home / "work" / "atdata-tour"
    assert sorted(path.name for path in tour.iterdir()) == NOTEBOOKS
    assert (tour / NOTEBOOKS[1]).read_text() == "mine"
    names = [entry.name for entry in at.LocalIndex(started.home / "index").datasets]
    assert {"digits", "photographs", "wine"} <= set(names)
    started.ask("POST", "kernels", name="python3")
    family = psutil.Process(started.process.pid).children(recursive=True)
    assert family
    # The index is the one that was named, for the notebooks too.
    assert family[0].environ()["ATDATA_NB_HOME"] == str(started.home / "index")

    started.process.send_signal(signal.SIGINT)
    said, _ = started.process.communicate()
    assert started.process.returncode == 0, said
    assert "Traceback" not in said
    assert psutil.wait_procs(family, timeout=10)[1] == []
