"""JSON Schema, read: an object's properties as fields.

Draft 7 can say much that a schema here can't (patterns, ranges, alternatives). What is only a
constraint is passed over and noted as a loss; what would change a type is refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from atdata_nb.errors import SchemaError
from atdata_nb.schemas.fields import check_depth, mapping, named
from atdata_nb.schemas.model import MISSING, Field, FieldType, Loss, Schema
from atdata_nb.schemas.values import decode_value, fits, plain

if TYPE_CHECKING:
    from collections.abc import Mapping

_KNOWN: Final = frozenset(
    {
        *("$type", "$schema", "$ref", "type", "format", "contentEncoding", "nullable", "anyOf"),
        *("oneOf", "items", "properties", "required", "propertyOrder", "additionalProperties"),
        *("default", "defaultValue", "description", "title", "version", "schemaRef"),
        *("schemaDescription", "dtype", "shape", "dimensionNames", "arrayFormatVersions"),
    }
)
_SCALARS: Final[Mapping[str, str]] = {
    "string": "str",
    "integer": "int",
    "number": "float",
    "boolean": "bool",
}
_NULL: Final = {"type": "null"}
# Arrays in forms that no ndarray field can stand for; "tensor" is part of the name of one of them.
_FOREIGN: Final = ("sparse", "safetensors", "arrow", "tensor", "dataframe")


class PropertyReader:
    """Reads properties; notes in ``losses`` what it passes over."""

    def __init__(self) -> None:
        self.losses: list[Loss] = []

    def fields(self, data: Mapping[str, Any], where: str, depth: int = 0) -> tuple[Field, ...]:
        """Return the fields that an object's properties are.

        Raises:
            SchemaError: they are none; the message names the field.
        """
        properties = mapping(data.get("properties", {}), f"{where}: properties")
        required = data.get("required", [])
        if not isinstance(required, list | tuple):
            message = f"{where}: required is of type {type(required).__name__}, not a list"
            raise SchemaError(message)
        return tuple(
            self._field(name, properties[name], where, required=name in required, depth=depth)
            for name in self._order(data, list(properties), where)
        )

    def _order(self, data: Mapping[str, Any], names: list[str], where: str) -> list[str]:
        order = data.get("propertyOrder", names)
        if isinstance(order, list | tuple) and sorted(map(repr, order)) == sorted(map(repr, names)):
            return list(order)
        self.losses.append(Loss(where, "propertyOrder", "it is not an order of the properties"))
        return names

    def _field(self, name: str, data: Any, where: str, *, required: bool, depth: int) -> Field:
        path = f"{where}.{str(name)[:80]}"
        try:
            data = mapping(data, f"{path}: the property")
            data, nullable = _without_null(data)
            kind = self._type(data, path, depth + 1)
            optional = nullable or not required
            return Field(
                name=name,
                type=kind,
                optional=optional,
                default=self._default(data, kind, path, absent=not required),
                description=data.get("description"),
            )
        except SchemaError as error:
            raise named(error, path) from error

    def _default(self, data: Mapping[str, Any], kind: FieldType, path: str, *, absent: bool) -> Any:
        implied = None if absent else MISSING
        if "defaultValue" in data:
            return decode_value(data["defaultValue"], path)
        if data.get("default") is None:
            return implied
        value = plain(data["default"], path)
        if fits(kind, value):
            return value
        self.losses.append(Loss(path, "default", f"{value!r:.60} is not of the field's type"))
        return implied

    def _type(self, data: Mapping[str, Any], where: str, depth: int) -> FieldType:
        check_depth(depth, where)
        self.losses += (
            Loss(where, str(key)[:200], "no fact of a schema has this name")
            for key in data
            if key not in _KNOWN
        )
        if "$ref" in data:
            return _referenced(data, where)
        match data.get("type"):
            case None:
                _refuse_structure(data, where)
                return FieldType(kind="primitive", primitive="any")
            case "string" if data.get("format") == "byte" or data.get("contentEncoding"):
                return FieldType(kind="primitive", primitive="bytes")
            case str(name) if name in _SCALARS:
                return FieldType(kind="primitive", primitive=_SCALARS[name])
            case "array":
                return self._container("array", data.get("items", {}), where, depth)
            case "object" if "properties" in data:
                return self._nested(data, where, depth)
            case "object":
                values = data.get("additionalProperties", {})
                return self._container("map", {} if values is True else values, where, depth)
        message = f"{where}: no field has the type {data.get('type')!r:.80}"
        raise SchemaError(message)

    def _container(self, kind: Any, items: Any, where: str, depth: int) -> FieldType:
        items, nullable = _without_null(mapping(items, f"{where}: the items"))
        inner = self._type(items, f"{where}[]", depth + 1)
        anything = inner.primitive == "any"
        return FieldType(kind=kind, items=inner, items_optional=nullable or anything)

    def _nested(self, data: Mapping[str, Any], where: str, depth: int) -> FieldType:
        schema = Schema(
            name=data.get("title") or _class_name(where),
            version=data.get("version", "1.0.0"),
            fields=self.fields(data, where, depth),
            description=data.get("schemaDescription"),
        )
        return FieldType(kind="ref", schema=schema, ref=data.get("schemaRef"))


def _referenced(data: Mapping[str, Any], where: str) -> FieldType:
    ref = data["$ref"]
    if not isinstance(ref, str):
        message = f"{where}: $ref is of type {type(ref).__name__}, not text"
        raise SchemaError(message)
    if ref.startswith(("at://", "atdata://", "local://")):
        return FieldType(kind="ref", ref=ref)
    for name in _FOREIGN:
        if name in ref.lower():
            message = f"{where}: arrays in the form {ref!r:.200} can't be read"
            raise SchemaError(message)
    if "ndarray" in ref or "structured" in ref:
        return FieldType(
            kind="ndarray",
            dtype=data.get("dtype"),
            shape=data.get("shape"),
            dimension_names=data.get("dimensionNames"),
        )
    message = f"{where}: $ref {ref!r:.200} leads nowhere that is known here"
    raise SchemaError(message)


def _without_null(data: Mapping[str, Any]) -> tuple[Mapping[str, Any], bool]:
    """Take the null out of a type, in each way that JSON Schema has to say it."""
    nullable = data.get("nullable") is True
    types = data.get("type")
    if isinstance(types, list) and len(types) == 2 and types.count("null") == 1:  # noqa: PLR2004
        (name,) = (name for name in types if name != "null")
        return dict(data) | {"type": name}, True
    for word in ("anyOf", "oneOf"):
        choices = data.get(word)
        if isinstance(choices, list) and len(choices) == 2 and choices.count(_NULL) == 1:  # noqa: PLR2004
            (other,) = (choice for choice in choices if choice != _NULL)
            rest = {key: value for key, value in data.items() if key != word}
            return rest | dict(mapping(other, f"a choice of {word}")), True
    return data, nullable


def _refuse_structure(data: Mapping[str, Any], where: str) -> None:
    # Without a type these words still say one: taking it for "any" would be a guess.
    for word in ("anyOf", "oneOf", "allOf", "properties", "items", "$dynamicRef"):
        if word in data:
            message = f"{where}: a field with {word} and no type can't be read"
            raise SchemaError(message)


def _class_name(where: str) -> str:
    # "Shot.bounding_box[]" → "BoundingBox"
    words = where.rpartition(".")[2].replace("[]", "").split("_")
    return "".join(word[:1].upper() + word[1:] for word in words) or "Nested"
