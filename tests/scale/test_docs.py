"""The chapter on scale: its code is run, in order, on a cluster here and on a real Slurm."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.service

CHAPTER = Path(__file__).parents[2] / "docs" / "scale.md"


def test_the_code_in_the_chapter_is_right(slurm: Path, tmp_path: Path) -> None:
    blocks = re.findall(r"```python\n(.*?)```", CHAPTER.read_text("utf-8"), re.DOTALL)
    assert len(blocks) == 7
    code = "\n".join(blocks).replace('"ib0"', '"lo"')
    # Read, as a notebook's cells are: no worker can import it, nor begins by running it again.
    done = subprocess.run(
        [sys.executable, "-c", "import sys; exec(sys.stdin.read())"],
        input=code,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    assert done.returncode == 0, done.stderr[-3000:]
