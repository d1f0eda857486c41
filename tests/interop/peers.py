"""Peers: the published packages, each in an environment of its own that the set-up made."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Self

HERE = Path(__file__).parent
ENVIRONMENTS = HERE.parent.parent / ".venv-interop"


class Peer:
    """A running interpreter with one published version, asked through ``other_side.py``."""

    def __init__(self, version: str, log: Path) -> None:
        python = ENVIRONMENTS / f"atdata-{version}" / "bin" / "python"
        assert python.exists(), f"{python} is missing: make setup"
        self.version, self.log = version, log
        with log.open("w") as complaints:
            self._process = subprocess.Popen(
                [python, HERE / "other_side.py"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=complaints,
                text=True,
            )

    def ask(self, command: str, *arguments: str | Path) -> str:
        """Return the other side's answer; fails with what it complains of."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        request = json.dumps([command, *map(str, arguments)])
        self._process.stdin.write(f"{request}\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        assert answer, self.log.read_text()
        return str(json.loads(answer))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()  # the end of its input is the end of its work
