"""Field list: how the local form and ``ac.foundation.dataset.sampleSchema`` spell fields.

The two differ in the namespace of ``$type`` and in what JSON may hold. What the existing package
knows is written exactly as it writes it. What only we know is in keys that it passes over:
``default``, ``required`` (optional, and yet a value must be given) and ``description`` of a field,
``shape``, ``dimensionNames``, ``itemsOptional`` and ``schema`` (a nested schema in place) of its
type.
An array of any dtype has no ``dtype`` key: readers take that for "unknown", and ``"float32"``,
which the existing package writes there, would be untrue.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from atdata_nb.errors import SchemaError
from atdata_nb.schemas.model import MAX_DEPTH, MISSING, Field, FieldType, Loss, Schema
from atdata_nb.schemas.values import decode_value, encode_value

LOCAL: Final = "local"

_FIELD_KEYS: Final = frozenset(
    {"name", "fieldType", "optional", "default", "required", "description", "$type"}
)
_TYPE_KEYS: Final = frozenset(
    {
        *("$type", "kind", "primitive", "ref", "schema"),
        *("dtype", "shape", "dimensionNames", "items", "itemsOptional"),
    }
)
_NESTED_KEYS: Final = frozenset({"name", "version", "fields", "description", "$type"})
# Kinds of the newer existing package that are stored in forms no array or list can stand for.
_FOREIGN: Final = ("sparse", "arrow_tensor", "safetensors", "dataframe")


@dataclass(frozen=True, slots=True)
class FieldWriter:
    """Writes fields: ``namespace`` stands before ``#kind``, ``floats`` says if there may be any."""

    namespace: str
    floats: bool

    def fields(self, schema: Schema) -> list[dict[str, Any]]:
        """Return the fields of a schema in JSON."""
        return [self._field(item) for item in schema.fields]

    def _field(self, item: Field) -> dict[str, Any]:
        data: dict[str, Any] = {
            "name": item.name,
            "fieldType": self._type(item.type),
            "optional": item.optional,
        }
        if item.description is not None:
            data["description"] = item.description
        if item.default is MISSING:
            # Readers give an optional field the default None, so only the contrary is written.
            return data | ({"required": True} if item.optional else {})
        if item.default is not None:
            data["default"] = encode_value(item.default, floats=self.floats)
        return data

    def _type(self, kind: FieldType) -> dict[str, Any]:
        data: dict[str, Any] = {"$type": f"{self.namespace}#{kind.kind}"}
        facts = {
            "primitive": kind.primitive,
            "dtype": kind.dtype,
            "shape": None if kind.shape is None else list(kind.shape),
            "dimensionNames": None if kind.dimension_names is None else list(kind.dimension_names),
            "items": None if kind.items is None else self._type(kind.items),
            "itemsOptional": kind.items_optional or None,
            "ref": kind.ref,
            "schema": None if kind.schema is None else self._nested(kind.schema),
        }
        return data | {key: fact for key, fact in facts.items() if fact is not None}

    def _nested(self, schema: Schema) -> dict[str, Any]:
        data: dict[str, Any] = {
            "name": schema.name,
            "version": schema.version,
            "fields": self.fields(schema),
        }
        return data | ({} if schema.description is None else {"description": schema.description})


class FieldReader:
    """Reads fields, in whatever namespace; notes in ``losses`` what it does not understand."""

    def __init__(self) -> None:
        self.losses: list[Loss] = []

    def fields(self, data: Any, where: str, depth: int = 0) -> tuple[Field, ...]:
        """Return the fields that JSON spells.

        Raises:
            SchemaError: it spells none; the message names the field.
        """
        if not isinstance(data, list | tuple):
            message = f"{where}: the fields are of type {type(data).__name__}, not a list"
            raise SchemaError(message)
        return tuple(self._field(item, where, depth) for item in data)

    def pass_over(self, data: Mapping[Any, Any], known: frozenset[str], where: str) -> None:
        """Note the keys that nothing here knows."""
        self.losses += (
            Loss(where, str(key)[:200], "no fact of a schema has this name")
            for key in data
            if key not in known
        )

    def _field(self, data: Any, where: str, depth: int) -> Field:
        data = mapping(data, f"{where}: a field")
        name = f"{where}.{str(data.get('name'))[:80]}"
        try:
            self.pass_over(data, _FIELD_KEYS, name)
            optional = _flag(data, "optional")
            kind = self._type(data.get("fieldType"), name, depth + 1)
            implied = None if optional and not _flag(data, "required") else MISSING
            return Field(
                name=data.get("name", ""),
                type=kind,
                optional=optional,
                default=decode_value(data["default"], name) if "default" in data else implied,
                description=data.get("description"),
            )
        except SchemaError as error:
            raise named(error, name) from error

    def _type(self, data: Any, where: str, depth: int) -> FieldType:
        data = mapping(data, f"{where}: the type")
        check_depth(depth, where)
        self.pass_over(data, _TYPE_KEYS, where)
        kind = read_kind(data)
        if kind in _FOREIGN:
            message = f"{where}: fields of kind {kind} can't be read"
            raise SchemaError(message)
        if kind == "structured":
            # An array of structured dtype, under a name of its own in the newer existing package.
            kind = "ndarray"
        items, nested = data.get("items"), data.get("schema")
        return FieldType(
            kind=kind,
            primitive=data.get("primitive"),
            dtype=data.get("dtype"),
            shape=data.get("shape"),
            dimension_names=data.get("dimensionNames"),
            items=None if items is None else self._type(items, where, depth + 1),
            items_optional=_flag(data, "itemsOptional"),
            schema=None if nested is None else self._nested(nested, where, depth + 1),
            ref=data.get("ref") or None,
        )

    def _nested(self, data: Any, where: str, depth: int) -> Schema:
        data = mapping(data, f"{where}: the nested schema")
        self.pass_over(data, _NESTED_KEYS, where)
        return Schema(
            name=data.get("name", ""),
            version=data.get("version", ""),
            fields=self.fields(data.get("fields"), where, depth),
            description=data.get("description"),
        )


@dataclass(frozen=True, slots=True)
class Header:
    """What stands beside the fields, in the keys that both forms share."""

    name: Any
    version: Any
    description: Any
    created_at: Any
    metadata: Any
    ref: Any

    KEYS = frozenset(
        {"$type", "$ref", "name", "version", "fields", "description", "createdAt", "metadata"}
    )

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Self:
        """Return the header of a schema in JSON."""
        metadata = data.get("metadata")
        return cls(
            name=data.get("name"),
            version=data.get("version"),
            description=data.get("description"),
            created_at=data.get("createdAt"),
            metadata=dict(metadata) if isinstance(metadata, Mapping) else metadata,
            ref=data.get("$ref"),
        )

    def schema(self, fields: tuple[Field, ...]) -> Schema:
        """Return the schema of this header with these fields."""
        return Schema(
            name=self.name,
            version=self.version,
            fields=fields,
            description=self.description,
            created_at=self.created_at,
            metadata=self.metadata,
            ref=self.ref,
        )


def read_kind(data: Mapping[str, Any]) -> Any:
    """Return the kind that a type names: what follows ``#`` in ``$type``, or ``kind``.

    >>> read_kind({"$type": "local#ndarray"})
    'ndarray'
    """
    name = data.get("$type")
    return name.rpartition("#")[2] if isinstance(name, str) else data.get("kind")


def mapping(data: Any, what: str) -> Mapping[str, Any]:
    """Return data if it is a mapping; SchemaError if not."""
    if isinstance(data, Mapping):
        return data
    message = f"{what} is of type {type(data).__name__}, not a map"
    raise SchemaError(message)


def check_depth(depth: int, where: str) -> None:
    """Refuse what is nested too deeply, before Python's own stack runs out."""
    if depth > 2 * MAX_DEPTH:
        message = f"{where}: types are nested deeper than {MAX_DEPTH}"
        raise SchemaError(message)


def named(error: SchemaError, where: str) -> SchemaError:
    """Return an error that says which field it is about."""
    text = str(error)
    return error if text.startswith(where) else type(error)(f"{where}: {text}")


def _flag(data: Mapping[str, Any], key: str) -> bool:
    flag = data.get(key, False)
    if isinstance(flag, bool):
        return flag
    message = f"{key} is {flag!r:.80}, not true or false"
    raise SchemaError(message)
