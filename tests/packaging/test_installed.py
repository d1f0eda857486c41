"""The package as a publisher makes it and a stranger installs it: no Node, no development tools."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SMOKE = """
import sys
import numpy as np
import atdata_nb as at

@at.packable
class Digit:
    image: np.ndarray
    label: int

index = at.LocalIndex()
index.write_samples([Digit(np.eye(8), n) for n in range(10)], name="digits")
dataset = at.load_dataset("@local/digits", index=index, split="train")
print(sum(batch.label.sum() if hasattr(batch.label, "sum") else sum(batch.label)
          for batch in dataset.ordered(batch_size=4)), index.search("digits").total)
print(sorted({"pandas", "pyarrow", "redis", "boto3", "atproto", "webdataset"} & set(sys.modules)))
"""


@dataclass(frozen=True)
class Installation:
    """A virtual environment with the wheel in it, and nothing else on the path."""

    folder: Path

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        programs = self.folder / "venv" / "bin"
        environment = {"PATH": str(programs), "HOME": str(self.folder / "home"), "LANG": "C.UTF-8"}
        return subprocess.run(
            [programs / command[0], *command[1:]],
            env=environment,
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a source distribution and of the wheel that was made from it, without Node."""
    folder = tmp_path_factory.mktemp("built")
    python = Path(sys.executable)
    # The bundle that `make` has built travels in the source distribution.
    environment = os.environ | {"PATH": str(folder)}
    command = [python, "-m", "build", "--no-isolation", "--outdir", folder, ROOT]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="module")
def installation(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    folder = tmp_path_factory.mktemp("stranger")
    (folder / "home").mkdir()
    (wheel,) = built.glob("*.whl")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / "venv"], check=True)
    uv = [sys.executable, "-m", "uv", "pip", "install", "-q"]
    python = folder / "venv" / "bin" / "python"
    pins = ROOT / "constraints.txt"
    subprocess.run([*uv, "--python", python, "-c", pins, wheel], check=True)
    return Installation(folder)


def test_the_source_distribution_holds_all_that_a_wheel_is_made_of(built: Path) -> None:
    (source,) = built.glob("*.tar.gz")
    with tarfile.open(source) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {
        "LICENSE",
        "atdata_nb/widgets/static/browser.js",
        "hatch_build.py",
        "notebooks/01-explore.ipynb",
        "widgets/launcher/static/remoteEntry.js",
        "widgets/src/browser.ts",
    } <= names
    assert not [name for name in names if "node_modules" in name or name.startswith("tests")]


def test_samples_are_written_found_and_read_with_nothing_but_the_core(
    installation: Installation,
) -> None:
    done = installation.run("python", "-c", SMOKE)
    assert (done.stdout, done.stderr) == ("45 1\n[]\n", "")


@pytest.mark.parametrize(
    ("call", "extra"),
    [
        ("at.browse()", "lab"),
        ("at.LocalIndex(redis='redis://localhost')", "redis"),
        ("at.AtmosphereClient()", "atmosphere"),
        ("at.Dataset([]).to_pandas()", "tables"),
    ],
)
def test_what_is_not_installed_is_one_sentence_that_names_the_extra(
    installation: Installation, call: str, extra: str
) -> None:
    done = installation.run("python", "-c", f"import atdata_nb as at\n{call}")
    last = done.stderr.strip().splitlines()[-1]
    assert f"pip install 'atdata-nb[{extra}]'" in last


def test_the_command_line_without_its_extra_says_what_to_install(
    installation: Installation,
) -> None:
    done = installation.run("atdata-nb", "ls")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "pip install 'atdata-nb[cli]'" in done.stderr
