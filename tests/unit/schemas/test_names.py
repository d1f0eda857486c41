"""Names in a schema are identifiers, as they become attributes, file names and labels."""

from __future__ import annotations

import keyword

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atdata_nb.errors import SchemaError
from atdata_nb.schemas import Field, FieldType, Schema
from atdata_nb.schemas.names import check_name

INT = FieldType(kind="primitive", primitive="int")


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("../../trav", "no Python identifier"),
        ("x = __import__('os')", "no Python identifier"),
        ("a b", "no Python identifier"),
        ("a\n", "no Python identifier"),
        ("", "no Python identifier"),
        ("1st", "no Python identifier"),
        ("class", "a keyword"),
        ("None", "a keyword"),
        ("__class__", "two underscores"),
        ("__init__", "two underscores"),
        ("x" * 201, "201 characters"),
        ("ﬁeld", "not in normal form, write 'field'"),
        ("_dflt_x", "dataclasses use themselves"),
        ("_HAS_DEFAULT_FACTORY", "dataclasses use themselves"),
        (None, "of type NoneType"),
        (7, "of type int"),
    ],
)
def test_a_stranger_can_name_nothing_but_identifiers(name: object, why: str) -> None:
    """TRAPS S3, S4."""
    with pytest.raises(SchemaError, match=why):
        Schema(name, "1.0.0", ())  # type: ignore[arg-type]
    with pytest.raises(SchemaError, match=why):
        Field(name, INT)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "name", ["Digit", "_private", "日本", "match", "packed", "self", "x" * 200]
)
def test_ordinary_names_are_kept(name: str) -> None:
    assert check_name(name, "schema") == name


@given(st.text())
def test_what_passes_is_an_identifier(name: str) -> None:
    try:
        check_name(name, "field")
    except SchemaError:
        return
    assert name.isidentifier()
    assert not keyword.iskeyword(name)
