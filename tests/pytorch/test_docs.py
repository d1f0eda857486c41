from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

TRAINING = Path(__file__).parents[2] / "docs" / "training.md"


def test_the_chapter_on_training_runs_as_it_is_written(tmp_path: Path) -> None:
    parts = re.findall(r"```python\n(.*?)```", TRAINING.read_text(encoding="utf-8"), re.DOTALL)
    assert len(parts) == 2
    # A home of its own: the example writes to the default index.
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(parts)],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"ATDATA_NB_HOME": str(tmp_path)},
    )
    assert done.returncode == 0, done.stderr
