from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_page_on_architecture_names_every_package_and_its_floor() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    (contract,) = project["tool"]["importlinter"]["contracts"]
    floors = [set(re.findall(r"\w+", layer)) for layer in contract["layers"]]
    page = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    rows = re.findall(r"^\| [a-z]+ \| ((?:`\w+` ?)+)\|", page, re.MULTILINE)
    assert [set(re.findall(r"\w+", row)) for row in rows] == floors
