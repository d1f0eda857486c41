from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

import atdata_nb as at
from atdata_nb.cli.app import run


@dataclass(frozen=True)
class Said:
    """What a command left behind."""

    status: int
    out: str
    err: str


class Command:
    """The command line over an index of its own."""

    def __init__(self, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.index = at.LocalIndex(home)
        self._home, self._capsys = home, capsys

    def __call__(self, *arguments: str) -> Said:
        self._capsys.readouterr()
        status = run(["--index", str(self._home), *arguments])
        return Said(status, *self._capsys.readouterr())


@pytest.fixture
def command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Command:
    return Command(tmp_path / "index", capsys)
