"""Wrong turns of a newcomer: each is one sentence that says what to do, and an exit status."""

from __future__ import annotations

import socket
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from atdata_nb.cli.app import run


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
    assert line.endswith("name a folder that you may write to")


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
