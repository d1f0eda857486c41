"""Pages of the documentation: their code is run as it stands, and prints what they say."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from atdata_nb import LocalIndex
from atdata_nb.demo import fill

pytestmark = pytest.mark.service  # some of them start a sandbox

DOCS = Path(__file__).parents[2] / "docs"
PAGES = [DOCS / "index.md", DOCS / "architecture.md", *sorted(DOCS.glob("how-to/*.md"))]
BLOCK = re.compile(r"```python\n(.*?)```(?:\n+```text\n(.*?)```)?", re.DOTALL)
MARK = "---8<---\n"


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the demo's datasets, made once: a page that fills its index finds them there."""
    home = tmp_path_factory.mktemp("filled") / "home"
    fill(LocalIndex(home))
    return home


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_code_of_the_page_prints_what_the_page_says(
    page: Path, filled: Path, tmp_path: Path
) -> None:
    shutil.copytree(filled, tmp_path / "home")
    blocks = BLOCK.findall(page.read_text("utf-8"))
    program = tmp_path / "page.py"
    program.write_text(f"\nprint({MARK!r}, end='')\n".join(code for code, _ in blocks), "utf-8")
    done = subprocess.run(
        [sys.executable, program],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env=os.environ | {"ATDATA_NB_HOME": str(tmp_path / "home")},
    )
    assert (done.returncode, done.stderr) == (0, "")
    printed = done.stdout.split(MARK)
    assert [(code, out) for (code, said), out in zip(blocks, printed, strict=True) if said] == [
        (code, said) for code, said in blocks if said
    ]
