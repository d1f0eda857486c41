"""A Schema that exists is valid and bounded, whoever wrote it."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest

from atdata_nb.errors import SchemaError, SchemaVersionError
from atdata_nb.schemas import MISSING, Field, FieldType, Loss, Schema, from_any
from atdata_nb.schemas.model import MAX_DEPTH, MAX_FIELDS

INT = FieldType(kind="primitive", primitive="int")


@pytest.mark.parametrize(
    ("parts", "why"),
    [
        ({"kind": "tensor"}, "unknown kind of field 'tensor'"),
        ({"kind": ["array"]}, "unknown kind of field"),
        ({"kind": "ndarray", "dtype": ["f4"]}, "not a short text"),
        ({"kind": "primitive", "primitive": ["int"]}, "unknown primitive"),
        ({"kind": "primitive", "primitive": "datetime"}, "unknown primitive 'datetime'"),
        ({"kind": "primitive"}, "unknown primitive None"),
        ({"kind": "primitive", "primitive": "int', 0); import os"}, "unknown primitive"),
        ({"kind": "primitive", "primitive": "int", "dtype": "int8"}, "has no dtype"),
        ({"kind": "array"}, "does not say what its items are"),
        ({"kind": "map"}, "does not say what its items are"),
        ({"kind": "ref"}, "does not say which schema"),
        ({"kind": "ndarray", "dtype": "my_uint8"}, "no plain name of a dtype"),
        ({"kind": "ndarray", "shape": (-1,)}, "is no shape"),
        ({"kind": "ndarray", "shape": (True,)}, "is no shape"),
        ({"kind": "ndarray", "shape": "64"}, "is no shape"),
        ({"kind": "ndarray", "shape": (1,) * 65}, "is no shape"),
        ({"kind": "ndarray", "shape": (1,), "dimension_names": ("a", "b")}, "2 names of dim"),
        ({"kind": "ndarray", "items": INT}, "has no items"),
    ],
)
def test_a_type_that_means_nothing_is_refused(parts: dict[str, Any], why: str) -> None:
    """TRAPS S3."""
    with pytest.raises(SchemaError, match=why):
        FieldType(**parts)


def test_a_dtype_has_one_spelling() -> None:
    assert FieldType(kind="ndarray", dtype="<f4") == FieldType(kind="ndarray", dtype="float32")


@pytest.mark.parametrize("version", ["1.0", "1", "latest", "1.0.0; import os", None])
def test_a_schema_has_a_version_of_three_numbers(version: Any) -> None:
    """TRAPS C8."""
    with pytest.raises(SchemaVersionError):
        Schema("Digit", version, ())


def test_two_fields_of_one_name_are_refused() -> None:
    with pytest.raises(SchemaError, match="two fields are called 'a'"):
        Schema("Digit", "1.0.0", (Field("a", INT), Field("a", INT, optional=True)))


@pytest.mark.parametrize(
    ("kind", "default"),
    [
        (INT, "1"),
        (INT, 1.0),
        (INT, None),
        (FieldType(kind="primitive", primitive="str"), b"a"),
        (FieldType(kind="primitive", primitive="bool"), 1),
        (FieldType(kind="array", items=INT), [1, None]),
        (FieldType(kind="array", items=INT), {"a": 1}),
        (FieldType(kind="map", items=INT), {"a": "b"}),
        (FieldType(kind="ndarray", dtype="uint8"), np.zeros(2, "int8")),
        (FieldType(kind="ndarray", shape=(None, 3)), np.zeros((2, 2))),
        (FieldType(kind="ref", schema=Schema("P", "1.0.0", (Field("x", INT),))), {}),
        (FieldType(kind="ref", schema=Schema("P", "1.0.0", ())), {"y": 1}),
    ],
)
def test_a_default_of_another_type_is_refused(kind: FieldType, default: Any) -> None:
    with pytest.raises(SchemaError, match=r"value: the default .* is not of the field's type"):
        Field("value", kind, default=default)


def test_fields_compare_by_value_arrays_and_nan_too() -> None:
    def make(value: Any) -> Field:
        return Field("x", FieldType(kind="primitive", primitive="any"), default=value)

    assert make(np.zeros(3)) == make(np.zeros(3))
    assert make(float("nan")) == make(float("nan"))
    assert make(np.zeros(3)) != make(np.zeros(4))
    assert make(1) != make(1.0)
    assert len({make([1]), make([1]), make((1,))}) == 1


def test_types_nested_too_deeply_are_refused() -> None:
    kind = INT
    for _ in range(MAX_DEPTH - 1):
        kind = FieldType(kind="array", items=kind)
    with pytest.raises(SchemaError, match="nested deeper than"):
        FieldType(kind="array", items=kind)


def test_a_record_nested_too_deeply_is_refused_before_the_stack_ends() -> None:
    kind: dict[str, Any] = {"$type": "local#primitive", "primitive": "int"}
    prop: dict[str, Any] = {"type": "integer"}
    for _ in range(50_000):
        kind, prop = {"$type": "local#array", "items": kind}, {"type": "array", "items": prop}
    field = {"name": "a", "fieldType": kind, "optional": False}
    for data in (
        {"name": "D", "version": "1.0.0", "fields": [field]},
        {"title": "D", "type": "object", "properties": {"a": prop}},
    ):
        with pytest.raises(SchemaError, match=r"D\.a.*nested deeper than"):
            from_any(data)


def test_more_fields_than_anybody_needs_are_refused() -> None:
    fields = tuple(Field(f"f{number}", INT) for number in range(101))
    wide = FieldType(kind="ref", schema=Schema("Wide", "1.0.0", fields))
    with pytest.raises(SchemaError, match=f"at most {MAX_FIELDS} are allowed"):
        Schema("Wider", "1.0.0", tuple(Field(f"w{number}", wide) for number in range(100)))


@pytest.mark.parametrize(
    "changes",
    [
        {"description": "\ud800"},
        {"description": "x" * 200_000},
        {"description": 5},
        {"metadata": [1]},
        {"metadata": {1: 2}},
        {"metadata": {"a": object()}},
        {"created_at": "x" * 101},
        {"ref": 5},
    ],
)
def test_what_stands_beside_the_fields_is_checked(changes: dict[str, Any]) -> None:
    with pytest.raises(SchemaError, match="Digit"):
        Schema("Digit", "1.0.0", (), **changes)


def test_a_schema_survives_pickle_and_copy() -> None:
    schema = Schema("Digit", "1.0.0", (Field("a", INT), Field("b", INT, default=3)))
    for again in (pickle.loads(pickle.dumps(schema)), copy.deepcopy(schema)):
        assert again == schema
        assert again.fields[0].default is MISSING


def test_a_field_is_found_by_its_name() -> None:
    schema = Schema("Digit", "1.0.0", (Field("a", INT),))
    assert schema.get_field("a").type is INT
    with pytest.raises(SchemaError, match=r"Digit 1\.0\.0 has no field 'b'"):
        schema.get_field("b")


def test_versions_dates_and_places_are_no_content() -> None:
    nested = [
        FieldType(kind="ref", schema=Schema("P", version, (Field("x", INT),)), ref=ref)
        for version, ref in (("1.0.0", None), ("2.0.0", "at://did:plc:x/y/z"))
    ]
    one, other = (Schema("D", "1.0.0", (Field("p", kind),)) for kind in nested)
    assert one.content_cid == other.content_cid
    assert one.identity_cid != other.identity_cid


@pytest.mark.parametrize(
    "changed",
    [
        Field("a", INT, optional=True),
        Field("a", INT, default=1),
        Field("a", INT, description="d"),
        Field("b", INT),
        Field("a", FieldType(kind="primitive", primitive="float")),
        Field("a", FieldType(kind="array", items=INT)),
        Field("a", FieldType(kind="array", items=INT, items_optional=True)),
        Field("a", FieldType(kind="map", items=INT)),
        Field("a", FieldType(kind="ndarray")),
        Field("a", FieldType(kind="ndarray", dtype="int8")),
        Field("a", FieldType(kind="ndarray", dtype="uint8")),
        Field("a", FieldType(kind="ndarray", shape=())),
        Field("a", FieldType(kind="ndarray", shape=(2, None))),
        Field("a", FieldType(kind="ref", ref="at://did:plc:x/y/z")),
    ],
)
def test_every_fact_of_a_field_is_content(changed: Field) -> None:
    plain = Schema("D", "1.0.0", (Field("a", INT),))
    assert Schema("D", "1.0.0", (changed,)).content_cid != plain.content_cid


def test_a_loss_says_what_and_why() -> None:
    assert str(Loss("D.a", "pattern", "no such fact")) == "D.a: pattern is lost: no such fact"
    assert str(Loss("", "metadata", "too large")) == "metadata is lost: too large"
