from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The documentation, built with every warning an error."""
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", folder],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.mark.slow
def test_the_site_is_built_without_a_warning_and_loads_nothing_from_elsewhere(site: Path) -> None:
    pages = list(site.rglob("*.html"))
    assert len(pages) > 15
    loaded = re.compile(r"<(?:script|img|iframe)[^>]+src=[\"']?(https?:[^\"'> ]+)")
    linked = re.compile(r"<link[^>]+rel=[\"']?stylesheet[^>]+href=[\"']?(https?:[^\"'> ]+)")
    texts = [page.read_text("utf-8") for page in pages]
    assert [url for text in texts for url in (*loaded.findall(text), *linked.findall(text))] == []


@pytest.mark.slow
def test_the_reference_draws_the_examples_of_docstrings_as_code(site: Path) -> None:
    page = (site / "reference" / "data.html").read_text("utf-8")
    text = re.sub(r"<[^>]+>", "", page)
    assert "&gt;&gt;&gt; " in text
    assert "Examples:" in text
