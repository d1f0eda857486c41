"""For every test and notebook: a home of its own, so that none touches what a person keeps here."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import pytest

HOME = "ATDATA_NB_HOME"


def pytest_configure(config: pytest.Config) -> None:
    """Make the home; it goes with the process."""
    # In the environment rather than in a fixture: kernels and commands that tests start read it.
    home = tempfile.mkdtemp(prefix="atdata-nb-tests-")
    config.add_cleanup(lambda: shutil.rmtree(home, ignore_errors=True))
    os.environ[HOME] = str(Path(home, "atdata_nb"))
    os.environ["IPYTHONDIR"] = str(Path(home, "ipython"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> object:
    """Start each notebook's kernel in a home that no other notebook has filled."""
    if item.path.suffix != ".ipynb":
        return (yield)
    shared = os.environ[HOME]
    # The index is called as its folder is, and notebooks show that.
    os.environ[HOME] = str(Path(shared).parent / item.path.stem / Path(shared).name)
    try:
        return (yield)
    finally:
        os.environ[HOME] = shared
