"""Type checking as a user does it, without beginning from nothing each time."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def mypy(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., str]:
    """Check files of a folder, strictly; give what mypy says.

    It takes what ``make check`` has found out of NumPy and of the package: a copy, for several
    processes must not write into one cache. The options are the project's, for others would make
    the cache worthless.
    """
    cache = tmp_path_factory.mktemp("mypy") / "cache"
    if (PROJECT / ".mypy_cache").is_dir():
        shutil.copytree(PROJECT / ".mypy_cache", cache)

    def check(*files: str, cwd: Path) -> str:
        options = ["--config-file", str(PROJECT / "pyproject.toml"), "--cache-dir", str(cache)]
        command = [sys.executable, "-m", "mypy", *options, "--no-error-summary", *files]
        done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
        assert not done.stderr, done.stderr
        return done.stdout

    return check
