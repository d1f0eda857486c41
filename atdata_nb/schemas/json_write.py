"""JSON Schema, written: the fields of a schema as properties of an object (draft 7).

What draft 7 has no word for stands in keys that readers pass over: ``propertyOrder`` (a record's
maps come back sorted by length), ``nullable`` (a value must be given and may be null),
``defaultValue`` (a default that JSON has no form for), ``version`` and ``schemaRef`` of a nested
schema, and ``dtype``, ``shape``, ``dimensionNames`` beside the ``$ref`` of an array.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from atdata_nb.schemas.model import MISSING
from atdata_nb.schemas.values import encode_value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from atdata_nb.schemas.model import Field, FieldType, Schema

NDARRAY_REF: Final = "https://alt.science/schemas/atdata-ndarray-bytes/1.0.0#/$defs/ndarray"

PRIMITIVE_TYPES: Final[Mapping[str, Mapping[str, str]]] = {
    "str": {"type": "string"},
    "int": {"type": "integer"},
    "float": {"type": "number"},
    "bool": {"type": "boolean"},
    "bytes": {"type": "string", "format": "byte", "contentEncoding": "base64"},
    "any": {},
}


def write_object(schema: Schema) -> dict[str, Any]:
    """Return the fields of a schema as the properties of an object."""
    data: dict[str, Any] = {
        "type": "object",
        "properties": {item.name: _property(item) for item in schema.fields},
    }
    required = [item.name for item in schema.fields if not _may_be_absent(item)]
    if required:
        data["required"] = required
    names = [item.name for item in schema.fields]
    if names != stored_order(names):
        data["propertyOrder"] = names
    return data


def stored_order(names: list[str]) -> list[str]:
    """Return names as the keys of a stored record are ordered (DAG-CBOR: by length, then bytes).

    >>> stored_order(["name", "b", "a"])
    ['a', 'b', 'name']
    """
    return sorted(names, key=lambda name: (len(name.encode()), name.encode()))


def _may_be_absent(item: Field) -> bool:
    # The existing package reads "not required" as optional, so a default alone is not enough.
    return item.optional and item.default is not MISSING


def _property(item: Field) -> dict[str, Any]:
    data = write_type(item.type)
    if item.optional and item.default is MISSING:
        data["nullable"] = True
    if item.default is not MISSING and item.default is not None:
        data |= _default(item.default)
    if item.description is not None:
        data["description"] = item.description
    return data


def _default(value: Any) -> dict[str, Any]:
    encoded = encode_value(value)
    return {"default" if _is_bare(encoded) else "defaultValue": encoded}


def _is_bare(encoded: Any) -> bool:
    # What JSON has no form for is wrapped in a map; without one, JSON says it as it is.
    return not isinstance(encoded, dict) and (
        not isinstance(encoded, list) or all(map(_is_bare, encoded))
    )


def write_type(kind: FieldType) -> dict[str, Any]:
    """Return a type in JSON Schema."""
    match kind.kind:
        case "primitive":
            return dict(PRIMITIVE_TYPES[str(kind.primitive)])
        case "ndarray":
            return _write_ndarray(kind)
        case "array":
            return {"type": "array", "items": _write_items(kind)}
        case "map":
            return {"type": "object", "additionalProperties": _write_items(kind)}
        case "ref":
            return _write_nested(kind)


def _write_ndarray(kind: FieldType) -> dict[str, Any]:
    data: dict[str, Any] = {"$ref": NDARRAY_REF}
    if kind.dtype is not None:
        data["dtype"] = kind.dtype
    if kind.shape is not None:
        data["shape"] = list(kind.shape)
    if kind.dimension_names is not None:
        data["dimensionNames"] = list(kind.dimension_names)
    return data


def _write_items(kind: FieldType) -> dict[str, Any]:
    data = {} if kind.items is None else write_type(kind.items)
    return data | ({"nullable": True} if kind.items_optional else {})


def _write_nested(kind: FieldType) -> dict[str, Any]:
    schema = kind.schema
    if schema is None:
        return {"$ref": kind.ref}
    data = {"title": schema.name, "version": schema.version} | write_object(schema)
    if kind.ref is not None:
        data["schemaRef"] = kind.ref
    # A field may have a description of its own under the same key.
    return data | ({} if schema.description is None else {"schemaDescription": schema.description})


def holds_arrays(schema: Schema) -> bool:
    """Whether a schema has an array anywhere in it."""
    return any(_is_array(item.type) for item in schema.fields)


def _is_array(kind: FieldType) -> bool:
    if kind.items is not None:
        return _is_array(kind.items)
    return kind.kind == "ndarray" or (kind.schema is not None and holds_arrays(kind.schema))
