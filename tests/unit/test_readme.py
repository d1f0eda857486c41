from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

README = Path(__file__).parents[2] / "README.md"


def test_the_example_in_the_readme_prints_what_the_readme_says(tmp_path: Path) -> None:
    text = README.read_text(encoding="utf-8")
    code, *_ = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    output, *_ = re.findall(r"```text\n(.*?)```", text, re.DOTALL)
    # A home of its own: the example writes to the default index.
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        env={"ATDATA_NB_HOME": str(tmp_path)},
    )
    assert done.stdout == output, done.stderr
    assert len([line for line in code.splitlines() if line]) == 10
