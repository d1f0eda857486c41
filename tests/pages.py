"""Pages: the code in a Markdown file is run as it stands, and prints what the page says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
_BLOCK = re.compile(r"```python\n(.*?)```(?:\n+```text\n(.*?)```)?", re.DOTALL)
_MARK = "---8<---\n"


def blocks_of(page: Path) -> list[tuple[str, str]]:
    """Code of a page, and what it prints where the page says so, block by block."""
    return _BLOCK.findall(page.read_text("utf-8"))


def check(page: Path, folder: Path, *, blocks: int | None = None, **environment: str) -> None:
    """Run a page's code as one program in a folder, and compare what it prints.

    Args:
        page: the Markdown file.
        folder: where it is run; ``home`` in it is the index.
        blocks: how many blocks of code it has to have, where a regular expression that finds none
            should not pass.
        environment: variables for it.
    """
    found = blocks_of(page)
    assert blocks in {None, len(found)}
    program = folder / "page.py"
    program.write_text(f"\nprint({_MARK!r}, end='')\n".join(code for code, _ in found), "utf-8")
    done = subprocess.run(
        [sys.executable, program],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env=os.environ | {"ATDATA_NB_HOME": str(folder / "home")} | environment,
    )
    assert (done.returncode, done.stderr) == (0, "")
    printed = done.stdout.split(_MARK)
    assert [(code, out) for (code, said), out in zip(found, printed, strict=True) if said] == [
        (code, said) for code, said in found if said
    ]
