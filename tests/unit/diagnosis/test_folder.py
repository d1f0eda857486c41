from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from atdata_nb import LocalIndex, packable
from atdata_nb.diagnosis import diagnose


@packable
class Row:
    n: int


def test_an_index_that_is_not_there_yet_is_no_problem_and_is_not_made(tmp_path: Path) -> None:
    report = diagnose(tmp_path / "a" / "b")
    assert report.ok
    assert "is not there yet" in report.findings[0].sentence
    assert report.findings[1].sentence == f"{tmp_path} can be written"
    assert not (tmp_path / "a").exists()


def test_a_whole_index_is_read_and_not_changed(tmp_path: Path) -> None:
    with LocalIndex(tmp_path) as index:
        index.write_samples([Row(1)], name="one")
    before = (tmp_path / "index.db").read_bytes()
    report = diagnose(tmp_path)
    assert report.ok
    assert "can be read, and is whole" in report.findings[0].sentence
    assert (tmp_path / "index.db").read_bytes() == before


@pytest.mark.parametrize("damage", ["other file", "torn page"])
def test_a_damaged_index_is_a_problem(tmp_path: Path, damage: str) -> None:
    with LocalIndex(tmp_path) as index:
        for n in range(20):
            index.write_samples([Row(n)], name=f"rows {n}")
    file = tmp_path / "index.db"
    whole = file.read_bytes()
    torn = whole[:8192] + b"\xff" * (len(whole) - 8192)
    file.write_bytes(b"no database" * 100 if damage == "other file" else torn)
    for log in tmp_path.glob("index.db-*"):
        log.unlink()
    report = diagnose(tmp_path)
    assert not report.ok
    assert f"{file} can't be read" in report.problems[0].sentence
    assert "move it away" in report.problems[0].remedy


def test_a_file_where_the_folder_should_be_is_a_problem(tmp_path: Path) -> None:
    place = tmp_path / "file"
    place.write_text("")
    (only,) = diagnose(place / "index").findings
    assert (only.severity, only.sentence) == ("problem", f"{place} is no folder")


@pytest.mark.parametrize(
    ("free", "severity"), [(100 << 20, "problem"), (2 << 30, "advice"), (50 << 30, "good")]
)
def test_little_room_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, severity: str
) -> None:
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=free))
    assert diagnose(tmp_path).findings[-1].severity == severity
