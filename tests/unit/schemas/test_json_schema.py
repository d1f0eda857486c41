"""JSON Schema is read as far as it says types, and refused where it says something else."""

from __future__ import annotations

from typing import Any

import pytest

from atdata_nb.errors import SchemaError
from atdata_nb.schemas import (
    MISSING,
    Field,
    FieldType,
    Schema,
    from_json_schema,
    to_json_schema,
)

REF = "https://alt.science/schemas/atdata-ndarray-bytes/1.0.0#/$defs/ndarray"


def read(prop: Any, *, required: bool = True) -> Field:
    """A schema of one property, read."""
    body = {"title": "D", "type": "object", "properties": {"a": prop}}
    schema, losses = from_json_schema(body | {"required": ["a"] * required})
    assert losses == ()
    return schema.fields[0]


def losses_of(prop: Any) -> list[str]:
    """What is lost of a property."""
    body = {"title": "D", "type": "object", "properties": {"a": prop}}
    return [loss.what for loss in from_json_schema(body)[1]]


def test_dtype_and_shape_stand_beside_the_reference() -> None:
    """TRAPS C10."""
    kind = FieldType(kind="ndarray", dtype="uint8", shape=(None, 3), dimension_names=("y", None))
    record, losses = to_json_schema(Schema("D", "1.0.0", (Field("a", kind),)))
    assert record["schema"]["properties"]["a"] == {
        "$ref": REF,
        "dtype": "uint8",
        "shape": [None, 3],
        "dimensionNames": ["y", None],
    }
    assert losses == ()
    assert from_json_schema(record)[0].fields[0].type == kind


@pytest.mark.parametrize(
    ("prop", "kind"),
    [
        ({"type": "string"}, "str"),
        ({"type": "integer"}, "int"),
        ({"type": "number"}, "float"),
        ({"type": "boolean"}, "bool"),
        ({"type": "string", "format": "byte"}, "bytes"),
        ({"type": "string", "contentEncoding": "base64"}, "bytes"),
        ({}, "any"),
    ],
)
def test_plain_types_are_read(prop: dict[str, Any], kind: str) -> None:
    assert read(prop).type.primitive == kind


@pytest.mark.parametrize(
    "prop",
    [
        {"type": ["string", "null"]},
        {"anyOf": [{"type": "string"}, {"type": "null"}]},
        {"oneOf": [{"type": "null"}, {"type": "string"}]},
        {"type": "string", "nullable": True},
    ],
)
def test_a_property_that_may_be_null_is_optional_and_still_required(prop: dict[str, Any]) -> None:
    item = read(prop)
    assert (item.type.primitive, item.optional, item.default) == ("str", True, MISSING)


def test_a_property_that_may_be_absent_is_optional_and_none_by_default() -> None:
    item = read({"type": "string"}, required=False)
    assert (item.optional, item.default) == (True, None)


def test_lists_maps_and_objects_are_read() -> None:
    point = {"type": "object", "properties": {"x": {"type": "number"}}, "required": ["x"]}
    assert read({"type": "array", "items": {"type": "string"}}).type.items == FieldType(
        kind="primitive", primitive="str"
    )
    assert read({"type": "array"}).type.items_optional
    assert read({"type": "object", "additionalProperties": {"type": "integer"}}).type.kind == "map"
    assert read({"type": "object"}).type.kind == "map"
    nested = read({"type": "array", "items": point}).type.items
    assert nested is not None
    assert nested.schema is not None
    assert (nested.schema.name, nested.schema.fields[0].name) == ("A", "x")


def test_a_reference_to_a_published_schema_is_kept_whatever_its_address_says() -> None:
    uri = "at://did:plc:x/science.alt.dataset.schema/sparse-ndarray"
    assert read({"$ref": uri}).type == FieldType(kind="ref", ref=uri)


@pytest.mark.parametrize(
    ("prop", "why"),
    [
        ({"type": "date"}, "no field has the type 'date'"),
        ({"type": ["string", "integer"]}, "no field has the type"),
        ({"anyOf": [{"type": "string"}, {"type": "integer"}]}, "anyOf and no type"),
        ({"allOf": [{"type": "string"}]}, "allOf and no type"),
        ({"properties": {}}, "properties and no type"),
        ({"type": "array", "items": [{"type": "string"}]}, "not a map"),
        ({"$ref": "#/$defs/point"}, "leads nowhere"),
        ({"$ref": "https://x/atdata-sparse-bytes/1.0.0"}, "can't be read"),
        ({"$ref": "https://x/atdata-safetensors/1.0.0"}, "can't be read"),
        ({"$ref": "https://x/atdata-arrow-tensor/1.0.0"}, "can't be read"),
        ({"$ref": "https://x/atdata-dataframe/1.0.0"}, "can't be read"),
        ({"$ref": 5}, "of type int"),
        ({"$ref": REF, "dtype": "object"}, "dtype"),
        ({"$ref": REF, "shape": [-1]}, "is no shape"),
        (True, "not a map"),
        ("string", "not a map"),
    ],
)
def test_what_is_no_type_of_a_field_is_refused_by_name(prop: Any, why: str) -> None:
    with pytest.raises(SchemaError, match=why) as caught:
        read(prop)
    assert str(caught.value).startswith("D.a")


def test_constraints_are_recorded_as_lost() -> None:
    assert losses_of({"type": "string", "pattern": "^a", "maxLength": 5}) == [
        "pattern",
        "maxLength",
    ]
    assert losses_of({"type": "integer", "default": "many"}) == ["default"]
    assert losses_of({"enum": ["a", "b"]}) == ["enum"]


@pytest.mark.parametrize("key", ["atdataSchemaVersion", "$atdataSchemaVersion"])
@pytest.mark.parametrize("version", [2, "1", 1.5, None])
def test_a_record_of_a_later_format_is_refused(key: str, version: object) -> None:
    record, _ = to_json_schema(Schema("D", "1.0.0", ()))
    del record["atdataSchemaVersion"]
    with pytest.raises(SchemaError, match="format version"):
        from_json_schema(record | {key: version})


def test_the_properties_may_lie_one_level_deeper() -> None:
    record, _ = to_json_schema(Schema("D", "1.0.0", ()))
    body = {"type": "object", "properties": {"a": {"type": "string"}}}
    schema, losses = from_json_schema(record | {"schema": {"schemaBody": body}})
    assert [item.name for item in schema.fields] == ["a"]
    assert losses == ()


@pytest.mark.parametrize(
    "changes",
    [
        {"schema": None},
        {"schema": {"properties": 5}},
        {"schema": {"properties": {}, "required": 5}},
        {"schemaType": "avro"},
        {"$type": "science.alt.dataset.entry"},
        {"name": "a/b"},
        {"version": "1"},
    ],
)
def test_a_broken_record_is_refused(changes: dict[str, Any]) -> None:
    record, _ = to_json_schema(Schema("D", "1.0.0", ()))
    with pytest.raises(SchemaError):
        from_json_schema(record | changes)


def test_an_order_that_is_none_is_recorded_and_passed_over() -> None:
    body = {"title": "D", "properties": {"a": {}, "b": {}}, "propertyOrder": ["a", "c"]}
    schema, losses = from_json_schema(body)
    assert [item.name for item in schema.fields] == ["a", "b"]
    assert [loss.what for loss in losses] == ["propertyOrder"]
