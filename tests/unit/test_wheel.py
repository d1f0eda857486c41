from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Names of the files in a freshly built wheel."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (built,) = folder.glob("*.whl")
    return zipfile.ZipFile(built).namelist()


@pytest.mark.parametrize(
    "name",
    [
        "atdata_nb/atmosphere/lexicons/science/alt/dataset/entry.json",
        "atdata_nb/py.typed",
        "atdata_nb/views/atdata.css",
        "atdata_nb/widgets/static/browser.js",
        "atdata_nb/widgets/static/preview.js",
        "atdata_nb/widgets/static/widgets.css",
    ],
)
def test_a_wheel_carries_what_is_no_python(wheel: list[str], name: str) -> None:
    assert name in wheel


def test_a_wheel_carries_nothing_but_the_package(wheel: list[str]) -> None:
    tops = {name.partition("/")[0] for name in wheel}
    assert {top.partition("-")[0].removesuffix(".dist") for top in tops} == {"atdata_nb"}
    shared = {name.partition(".data/data/")[2] for name in wheel if ".data/" in name}
    assert all(name.startswith("share/jupyter/labextensions/atdata-nb/") for name in shared)
    assert not [name for name in wheel if "node_modules" in name or name.endswith(".ts")]
