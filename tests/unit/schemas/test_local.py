"""The local form is the existing package's, and says more where that has no word."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from atdata_nb.errors import SchemaError
from atdata_nb.schemas import Field, FieldType, Schema, from_local, to_local

INT = FieldType(kind="primitive", primitive="int")


def written(item: Field) -> dict[str, Any]:
    """The field in the local form."""
    data: dict[str, Any] = to_local(Schema("D", "1.0.0", (item,)))[0]["fields"][0]
    return data


def read(**changes: Any) -> Schema:
    """A schema of one field, changed."""
    field = {"name": "a", "fieldType": {"$type": "local#primitive", "primitive": "int"}}
    return from_local({"name": "D", "version": "1.0.0", "fields": [field | changes]})[0]


def test_a_plain_field_is_written_as_the_existing_package_does() -> None:
    mask = Field("mask", FieldType(kind="ndarray", dtype="uint8"), optional=True, default=None)
    assert list(written(mask).items()) == [
        ("name", "mask"),
        ("fieldType", {"$type": "local#ndarray", "dtype": "uint8"}),
        ("optional", True),
    ]


def test_an_array_of_any_dtype_claims_none() -> None:
    """TRAPS C10."""
    assert written(Field("a", FieldType(kind="ndarray")))["fieldType"] == {"$type": "local#ndarray"}


def test_an_optional_field_that_must_be_given_says_so() -> None:
    item = Field("a", INT, optional=True)
    assert written(item) == {
        "name": "a",
        "fieldType": {"$type": "local#primitive", "primitive": "int"},
        "optional": True,
        "required": True,
    }


def test_defaults_shapes_and_descriptions_are_kept() -> None:
    """TRAPS C11."""
    kind = FieldType(kind="ndarray", dtype=">f4", shape=(2, None), dimension_names=("y", None))
    item = Field("a", kind, default=np.ones((2, 3), ">f4"), description="Two rows.")
    data = written(item)
    assert data["fieldType"] == {
        "$type": "local#ndarray",
        "dtype": ">f4",
        "shape": [2, None],
        "dimensionNames": ["y", None],
    }
    assert data["description"] == "Two rows."
    assert from_local({"name": "D", "version": "1.0.0", "fields": [data]})[0].fields == (item,)


def test_optional_without_more_means_none_by_default() -> None:
    assert read(optional=True).fields[0].default is None
    assert read().fields[0].required


def test_a_type_may_name_its_kind_in_any_namespace_or_without_one() -> None:
    for spelled in ({"$type": "x.y.z#primitive"}, {"kind": "primitive"}, {"$type": "primitive"}):
        assert read(fieldType=spelled | {"primitive": "str"}).fields[0].type.primitive == "str"


def test_a_structured_array_of_the_newer_package_is_an_array() -> None:
    kind = read(fieldType={"$type": "local#structured", "dtype": '[["x", "<f4"]]'}).fields[0].type
    assert (kind.kind, kind.dtype) == ("ndarray", '[["x", "<f4"]]')


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"fieldType": {"$type": "local#tensor"}}, r"D\.a: unknown kind of field 'tensor'"),
        ({"fieldType": {"$type": "local#sparse"}}, r"D\.a: fields of kind sparse can't be read"),
        ({"fieldType": {"$type": "local#primitive", "primitive": "set"}}, "unknown primitive"),
        ({"fieldType": {"$type": "local#array"}}, r"D\.a: .*what its items are"),
        ({"fieldType": {}}, "unknown kind of field None"),
        ({"fieldType": None}, r"D\.a: the type is of type NoneType, not a map"),
        ({"fieldType": "int"}, "not a map"),
        ({"fieldType": {"$type": ["x"]}}, "unknown kind"),
        ({"optional": "yes"}, "optional is 'yes', not true or false"),
        ({"default": {"a": 1, "b": 2}}, "no default is spelled"),
        ({"default": "x"}, "is not of the field's type"),
        ({"name": "a; b"}, "no Python identifier"),
        ({"name": None}, "the name is of type NoneType"),
        ({"description": 5}, "description is of type int"),
    ],
)
def test_a_wrong_field_is_refused_by_name(changes: dict[str, Any], why: str) -> None:
    with pytest.raises(SchemaError, match=why):
        read(**changes)


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"name": "D"},
        {"name": "D", "version": "1.0.0"},
        [],
        None,
        "text",
        {"fields": []},
        {"name": "D", "version": "1.0.0", "fields": {"a": 1}},
        {"name": "D", "version": "1.0.0", "fields": [1]},
        {"name": "D", "version": "1.0.0", "fields": [], "metadata": 5},
    ],
)
def test_what_is_no_schema_is_refused(data: Any) -> None:
    with pytest.raises(SchemaError):
        from_local(data)


def test_facts_that_no_schema_has_are_recorded_as_lost() -> None:
    field = {
        "name": "a",
        "fieldType": {"$type": "local#primitive", "primitive": "int", "unit": "m"},
        "color": "red",
    }
    data = {"name": "D", "version": "1.0.0", "fields": [field], "owner": "me"}
    _, losses = from_local(data)
    assert [(loss.field, loss.what) for loss in losses] == [
        ("", "owner"),
        ("D.a", "color"),
        ("D.a", "unit"),
    ]
