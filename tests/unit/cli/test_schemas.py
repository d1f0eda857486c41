from __future__ import annotations

from pathlib import Path

import pytest

import atdata_nb as at
from atdata_nb.cli.app import run


def make_type(fields: dict[str, type]) -> type:
    return at.packable(type("Row", (), {"__annotations__": fields, "__doc__": "A row."}))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    with at.LocalIndex(tmp_path) as index:
        index.publish_schema(make_type({"a": int, "b": str}))
        index.publish_schema(make_type({"a": float}))
    return tmp_path


def said(home: Path, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    status = run(["--index", str(home), "schema", *words])
    return status, *capsys.readouterr()


def test_a_schema_is_shown_by_its_name(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = said(home, capsys, "Row")
    assert (status, out.splitlines()[0]) == (0, "Row 2.0.0")
    assert said(home, capsys, "Row@1.0.0")[1].startswith("Row 1.0.0")
    assert said(home, capsys, "show", "Row")[1] == out


def test_a_diff_says_what_changed(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = said(home, capsys, "diff", "Row@1.0.0", "Row")
    assert status == 0
    lines = out.splitlines()
    assert lines[:3] == ["Row 1.0.0 → Row 2.0.0", "- b str", "~ a: type int → float"]
    assert "smallest honest version: 2.0.0 (major)" in lines


def test_what_is_not_there_fails_with_a_sentence(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """TRAPS C30."""
    for words in (["Nothing"], ["diff", "Row", "Nothing"]):
        status, out, err = said(home, capsys, *words)
        assert (status, out) == (1, "")
        assert "no schema 'Nothing'" in err
    assert said(home, capsys, "diff", "Row")[0] == 2
