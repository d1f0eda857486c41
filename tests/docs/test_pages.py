"""Pages of the documentation: their code is run as it stands, and prints what they say."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from pages import ROOT, blocks_of, check

from atdata_nb import LocalIndex
from atdata_nb.demo import fill

pytestmark = pytest.mark.service  # some of them start a sandbox

DOCS = ROOT / "docs"
# These need servers, a Slurm, or PyTorch, and are run where those are.
ELSEWHERE = {"where-data-lives.md", "scale.md", "training.md"}
PAGES = sorted(page for page in DOCS.rglob("*.md") if page.name not in ELSEWHERE)
RUN = [ROOT / "README.md", *(page for page in PAGES if blocks_of(page))]


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the demo's datasets, made once: a page that fills its index finds them there."""
    home = tmp_path_factory.mktemp("filled") / "home"
    fill(LocalIndex(home))
    return home


@pytest.mark.parametrize("page", RUN, ids=lambda page: page.stem)
def test_the_code_of_the_page_prints_what_the_page_says(
    page: Path, filled: Path, tmp_path: Path
) -> None:
    shutil.copytree(filled, tmp_path / "home")
    check(page, tmp_path)


def test_the_readme_begins_with_ten_lines() -> None:
    code, _ = blocks_of(ROOT / "README.md")[0]
    assert len([line for line in code.splitlines() if line]) == 10


def test_every_page_with_code_is_run_somewhere() -> None:
    assert {page.name for page in DOCS.rglob("*.md")} >= ELSEWHERE
    assert len(RUN) > 10
