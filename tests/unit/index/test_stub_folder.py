"""Stubs in a folder: both type checkers take them, and nobody's file is touched."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from typing import TYPE_CHECKING, Annotated

import numpy as np
import pytest
from numpy.typing import NDArray

from atdata_nb import LocalIndex, packable
from atdata_nb.errors import IndexAccessError, SchemaError, UnsafePathError
from atdata_nb.index.stub_folder import write_stubs
from atdata_nb.schemas import Field, FieldType, Schema

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

USE = """
from __future__ import annotations
from typing import TYPE_CHECKING, cast
import numpy as np
from atdata_nb import LocalIndex
if TYPE_CHECKING:
    from stubs import Point, Shot
    from stubs.Point_1_0_0 import Point as First
    from stubs.Shot_1_0_0 import Shot as SameShot

index = LocalIndex()
Made = cast("type[Shot]", index.types.Shot)
shot = Made(image=np.zeros((2, 3), np.uint8), points=[], note=None)
reveal_type(shot.note)
reveal_type(shot.points)
reveal_type(Made.from_bytes(b""))
same: SameShot = shot
first: First = shot.points[0]
reveal_type(cast("type[Point]", index.types.Point)(x=1.5).x)
shot.missing
"""


@packable
class Shot:
    image: Annotated[NDArray[np.uint8], (2, None)]
    points: list[Point]
    note: str | None = None


@packable
class Point:
    x: int
    y: int = 0


@pytest.fixture
def filled(index: LocalIndex) -> LocalIndex:
    return fill(index)


def fill(index: LocalIndex) -> LocalIndex:
    index.publish_schema(Point)
    index.publish_schema(Shot)
    index.publish_schema(
        packable(type("Point", (), {"__annotations__": {"x": float}})), version="2.0.0"
    )
    return index


def check_by(tool: list[str], folder: Path) -> str:
    command = [sys.executable, "-m", *tool]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return done.stdout


def test_every_schema_has_a_file_and_all_are_in_one(filled: LocalIndex, tmp_path: Path) -> None:
    written = filled.write_stubs(tmp_path / "a" / "stubs")
    names = ["__init__.pyi", "Point_1_0_0.pyi", "Point_2_0_0.pyi", "Shot_1_0_0.pyi"]
    assert [path.name for path in written] == names
    assert sorted(path.name for path in (tmp_path / "a" / "stubs").iterdir()) == sorted(names)
    tree = ast.parse(written[0].read_text())
    classes = [node.name for node in tree.body if isinstance(node, ast.ClassDef)]
    assert classes == ["Point", "Point_1_0_0", "Shot"]
    assert written[1].read_text().splitlines()[1:] == [
        "from . import Point_1_0_0 as Point",
        "",
        "__all__ = ['Point']",
    ]


@pytest.mark.slow
def test_mypy_and_pyright_know_the_types_of_an_index(
    tmp_path: Path, mypy: Callable[..., str]
) -> None:
    with LocalIndex(tmp_path / "home") as index:
        fill(index).write_stubs(tmp_path / "stubs")
    (tmp_path / "use.py").write_text(USE)
    lines = mypy("use.py", "stubs", cwd=tmp_path).splitlines()
    assert [line.partition(": ")[2] for line in lines] == [
        'note: Revealed type is "str | None"',
        'note: Revealed type is "list[stubs.Point_1_0_0]"',
        'note: Revealed type is "stubs.Shot"',
        'note: Revealed type is "float"',
        'error: "Shot" has no attribute "missing"  [attr-defined]',
    ]
    pyright = ["pyright", "--outputjson", f"--pythonpath={sys.executable}", "."]
    found = json.loads(check_by(pyright, tmp_path))["generalDiagnostics"]
    # It warns of a module that has no source, which is so.
    told = [item["message"].splitlines()[0] for item in found if item["severity"] != "warning"]
    assert told == [
        'Type of "shot.note" is "str | None"',
        'Type of "shot.points" is "list[Point_1_0_0]"',
        'Type of "Made.from_bytes(b"")" is "Shot"',
        'Type of "cast("type[Point]", index.types.Point)(x=1.5).x" is "float"',
        'Cannot access attribute "missing" for class "Shot"',
    ]


def test_writing_again_changes_nothing_and_removes_nothing(
    filled: LocalIndex, tmp_path: Path
) -> None:
    paths = filled.write_stubs(tmp_path)
    (tmp_path / "mine.pyi").write_text("x: int\n")
    before = {path: (path.stat().st_mtime_ns, path.stat().st_ino) for path in tmp_path.iterdir()}
    assert filled.write_stubs(tmp_path) == paths
    after = {path: (path.stat().st_mtime_ns, path.stat().st_ino) for path in tmp_path.iterdir()}
    assert after == before
    filled.publish_schema(packable(type("New", (), {"__annotations__": {"a": int}})))
    assert "New_1_0_0.pyi" in [path.name for path in filled.write_stubs(tmp_path)]
    assert before.keys() < set(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["__init__.pyi", "Shot_1_0_0.pyi"])
def test_a_file_of_somebody_else_is_left_alone(
    filled: LocalIndex, tmp_path: Path, name: str
) -> None:
    """TRAPS S4."""
    folder = tmp_path / "stubs"
    folder.mkdir()
    (folder / name).write_text("precious: int\n")
    with pytest.raises(UnsafePathError, match=name):
        filled.write_stubs(folder)
    assert (folder / name).read_text() == "precious: int\n"
    assert len(list(folder.iterdir())) == 1


def test_a_link_is_not_followed(filled: LocalIndex, tmp_path: Path) -> None:
    """TRAPS S4."""
    target = tmp_path / "outside.pyi"
    (tmp_path / "stubs").mkdir()
    (tmp_path / "stubs" / "Shot_1_0_0.pyi").symlink_to(target)
    with pytest.raises(UnsafePathError, match="another folder"):
        filled.write_stubs(tmp_path / "stubs")
    assert not target.exists()


def test_no_words_of_a_schema_become_source_or_leave_the_folder(
    index: LocalIndex, tmp_path: Path
) -> None:
    """TRAPS S3, S4."""
    evil = "'''\"\"\"\nimport os\nos.abort()\n../../x"
    text = FieldType(kind="primitive", primitive="str")
    schema = Schema("D", "1.0.0", (Field("a", text, default=evil, description=evil),), evil)
    index.publish_schema(schema)
    for path in index.write_stubs(tmp_path / "stubs"):
        assert path.parent == tmp_path / "stubs"
        acting = (ast.Call, ast.Import)
        found = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, acting)]
        assert found == []
    for name in ("../../trav", "a/b", "a.b", "class"):
        with pytest.raises(SchemaError):
            Schema(name, "1.0.0", ())
    with pytest.raises(SchemaError):
        Schema("D", "1.0.0/../x", ())


def test_a_name_too_long_for_a_file_is_in_the_common_one(tmp_path: Path) -> None:
    long = Schema("名" * 200, "1.0.0", ())
    (only,) = write_stubs([long], tmp_path)
    assert long.name in only.read_text(encoding="utf-8")


def test_a_folder_that_is_a_file_is_told(filled: LocalIndex, tmp_path: Path) -> None:
    (tmp_path / "stubs").write_text("")
    with pytest.raises(IndexAccessError, match="stubs"):
        filled.write_stubs(tmp_path / "stubs")


def test_an_index_without_schemas_gives_an_empty_module(index: LocalIndex, tmp_path: Path) -> None:
    (only,) = index.write_stubs(tmp_path)
    assert ast.parse(only.read_text()).body == []
