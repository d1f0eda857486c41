from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
LAUNCHER = ROOT / "widgets" / "launcher"


def test_the_launchers_tour_is_the_folder_of_notebooks() -> None:
    script = (LAUNCHER / "static" / "remoteEntry.js").read_text("utf-8")
    listed = re.findall(r'"(\d\d-[\w-]+\.ipynb)"', script)
    assert listed == sorted(path.name for path in (ROOT / "notebooks").glob("*.ipynb"))


def test_the_launcher_has_the_packages_version() -> None:
    card = json.loads((LAUNCHER / "package.json").read_text("utf-8"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    assert card["version"] == project["project"]["version"]
