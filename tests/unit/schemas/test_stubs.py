"""Stubs are accepted by mypy and pyright, say the right types, and hold no stranger's text."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from atdata_nb.schemas import Field, FieldType, Schema
from atdata_nb.schemas.stubs import stub_file_name, stub_text

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def primitive(name: str) -> FieldType:
    return FieldType(kind="primitive", primitive=name)


INT, STR, ANY = primitive("int"), primitive("str"), primitive("any")
POINT = Schema("Point", "1.0.0", (Field("x", INT), Field("y", INT, default=0)))
POINT_TYPE = FieldType(kind="ref", schema=POINT)
SHOT = Schema(
    "Shot",
    "1.2.0",
    (
        Field("note", STR, optional=True, default=None),
        Field("image", FieldType(kind="ndarray", dtype="uint8", shape=(2, None))),
        Field("mask", FieldType(kind="ndarray", dtype="bool"), optional=True),
        Field("points", FieldType(kind="array", items=POINT_TYPE, items_optional=True)),
        Field("scores", FieldType(kind="map", items=FieldType(kind="ndarray")), default={}),
        Field("more", ANY, optional=True, default=None),
        Field("mean", FieldType(kind="ndarray"), default=np.zeros(3)),
    ),
    description='One """shot""" \\ of\nmany.',
)
# Every name that the text of a stub uses itself, as a field, and some as a class.
NASTY = Schema(
    "Nasty",
    "1.0.0",
    (
        *(Field(name, primitive(name)) for name in ("int", "str", "float", "bool", "bytes")),
        Field("Any", ANY, optional=True),
        Field("np", FieldType(kind="ndarray", dtype="<M8[ns]")),
        Field("NDArray", FieldType(kind="ndarray", dtype="|S3")),
        Field("list", FieldType(kind="array", items=INT)),
        Field("dict", FieldType(kind="map", items=STR)),
        Field("self", INT),
        Field("cls", INT),
        Field("packed", INT),
        Field("as_wds", INT),
        Field("from_data", INT),
        Field("PackableSample", INT),
        Field("Point", POINT_TYPE),
        Field("property", POINT_TYPE, optional=True),
        Field("builtins", INT, default=-5),
    ),
)
NASTY_CLASS = Schema(
    "int", "1.0.0", (Field("int", INT), Field("value", FieldType(kind="ref", schema=NASTY)))
)
USE = """
from stubs import Point, Point_1_0_0, Shot, Nasty
import numpy as np

shot = Shot(None, image=np.zeros((2, 3), np.uint8), mask=None, points=[Point_1_0_0(1), None])
reveal_type(shot.image)
reveal_type(shot.note)
reveal_type(shot.points)
reveal_type(shot.scores)
reveal_type(Shot.from_bytes(b""))
reveal_type(Nasty.int)
Point(x="wrong")
shot.missing
"""


def python_of(folder: Path) -> tuple[Path, Path]:
    """A stub of all the above, and a program that uses it."""
    later = Schema("Point", "2.0.0", (Field("x", INT),))
    stub, use = folder / "stubs.pyi", folder / "use.py"
    stub.write_text(stub_text([SHOT, NASTY, NASTY_CLASS, later]), encoding="utf-8")
    use.write_text(USE, encoding="utf-8")
    return stub, use


def test_mypy_accepts_stubs_and_knows_their_types(
    tmp_path: Path, schemas: st.SearchStrategy[Schema], mypy: Callable[..., str]
) -> None:
    found: list[Schema] = []

    @given(schemas)
    def collect(schema: Schema) -> None:
        found.append(schema)

    collect()
    (tmp_path / "random_stubs.pyi").write_text(stub_text(found), encoding="utf-8")
    python_of(tmp_path)
    said = mypy("stubs.pyi", "random_stubs.pyi", "use.py", cwd=tmp_path)
    lines = [line.partition(": ")[2] for line in said.splitlines()]
    assert "unsignedinteger" in lines[0]
    assert lines[1:] == [
        'note: Revealed type is "str | None"',
        'note: Revealed type is "list[stubs.Point_1_0_0 | None]"',
        lines[3],
        'note: Revealed type is "stubs.Shot"',
        'note: Revealed type is "int"',
        'error: Argument "x" to "Point" has incompatible type "str"; expected "int"  [arg-type]',
        'error: "Shot" has no attribute "missing"  [attr-defined]',
    ]
    assert lines[3].startswith('note: Revealed type is "dict[str, numpy.ndarray[')


def test_pyright_accepts_a_stub_and_knows_its_types(tmp_path: Path) -> None:
    stub, use = python_of(tmp_path)
    done = subprocess.run(
        [sys.executable, "-m", "pyright", "--outputjson", f"--pythonpath={sys.executable}", "."],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    found = json.loads(done.stdout)["generalDiagnostics"]
    assert [item for item in found if item["file"].endswith(stub.name)] == []
    told = [item["message"].splitlines()[0] for item in found if item["file"].endswith(use.name)]
    assert told[2:7] == [
        'Type of "shot.note" is "str | None"',
        'Type of "shot.points" is "list[Point_1_0_0 | None]"',
        'Type of "shot.scores" is "dict[str, ndarray[tuple[Any, ...], dtype[Any]]]"',
        'Type of "Shot.from_bytes(b"")" is "Shot"',
        'Type of "Nasty.int" is "int"',
    ]
    assert 'Argument of type "Literal[\'wrong\']" cannot be assigned to parameter "x"' in told[7]
    assert told[8] == 'Cannot access attribute "missing" for class "Shot"'


def literals_only(tree: ast.AST) -> bool:
    """Whether a stub holds imports, classes, annotations and literals, and no call at all."""
    return not any(
        isinstance(node, ast.Call | ast.Await | ast.Lambda | ast.JoinedStr | ast.NamedExpr)
        for node in ast.walk(tree)
    )


@given(data=st.data())
def test_any_stub_is_python_without_anything_that_acts(
    data: st.DataObject, schemas: st.SearchStrategy[Schema]
) -> None:
    """TRAPS S3."""
    some = data.draw(st.lists(schemas, max_size=3))
    tree = ast.parse(stub_text(some))
    assert literals_only(tree)
    classes = [node.name for node in tree.body if isinstance(node, ast.ClassDef)]
    assert len(set(classes)) == len(classes) >= len({schema.identity_cid for schema in some})


@pytest.mark.parametrize(
    "evil", ["'''\"\"\"\nimport os\nos.abort()\n", "\\", "x\\'); f(", "\u202e\x1b[31m"]
)
def test_words_of_a_schema_stay_words(evil: str) -> None:
    """TRAPS S3."""
    field = Field("a", STR, default=evil, description=evil)
    text = stub_text([Schema("D", "1.0.0", (field,), description=evil)])
    assert literals_only(ast.parse(text))
    assert all(line.isprintable() for line in text.split("\n"))
    assert len(text.splitlines()) == 9


def test_a_file_is_called_by_name_and_version() -> None:
    """TRAPS S4."""
    assert stub_file_name(Schema("Digit", "1.10.0", ())) == "Digit_1_10_0.pyi"


def test_the_newest_version_has_the_bare_name_and_every_schema_its_own_class() -> None:
    one, two = Schema("D", "1.0.0", (Field("a", INT),)), Schema("D", "1.10.0", ())
    theirs = Schema("D", "1.0.0", (Field("a", STR),))
    third = Schema("D_1_0_0", "1.0.0", ())
    tree = ast.parse(stub_text([one, two, theirs, third]))
    names = sorted(node.name for node in tree.body if isinstance(node, ast.ClassDef))
    assert names == ["D", "D_1_0_0", "D_1_0_0_2", "D_1_0_0_3"]


def test_the_text_is_the_same_whatever_the_order() -> None:
    assert stub_text([SHOT, NASTY]) == stub_text([NASTY, SHOT, SHOT])
