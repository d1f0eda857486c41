from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.service

README = Path(__file__).parents[2] / "README.md"


def test_the_networks_example_in_the_readme_prints_what_the_readme_says(tmp_path: Path) -> None:
    text = README.read_text(encoding="utf-8")
    first, second = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    outputs = re.findall(r"```text\n(.*?)```", text, re.DOTALL)
    # The sandbox's programs stay where they are installed; only the index is a new one.
    program = f"{first}\n{second}".replace("at.LocalIndex()", f"at.LocalIndex({str(tmp_path)!r})")
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=False,
        env=dict(os.environ),
    )
    assert done.stdout == "".join(outputs), done.stderr
