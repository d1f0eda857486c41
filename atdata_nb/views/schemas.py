"""Facts of a schema: its fields with their types in words, whichever way it is spelled."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from atdata_nb.views.cells import outline
from atdata_nb.views.folds import Part, folded
from atdata_nb.views.text import one_line, visible

if TYPE_CHECKING:
    from atdata_nb.schemas.model import Field, FieldType, Schema

MOST_FIELDS = 200


@dataclass(frozen=True, slots=True)
class FieldFacts:
    """One field of a schema, in words; ``nested`` are the facts of the samples it holds."""

    name: str
    type: str
    default: str
    description: str
    nested: SchemaFacts | None = None


@dataclass(frozen=True, slots=True)
class SchemaFacts:
    """What a face shows of a schema; ``fault`` says why it could not be read, if it could not."""

    name: str
    version: str
    ref: str
    description: str
    fields: tuple[FieldFacts, ...]
    left_out: int = 0
    fault: str = ""
    raw: str = ""

    @property
    def parts(self) -> tuple[Part[FieldFacts], ...]:
        """The fields, all but the first of them folded."""
        return folded(self.fields, lambda field: field.name)


def schema_facts(schema: Schema | Mapping[str, Any], most: int = MOST_FIELDS) -> SchemaFacts:
    """Return the facts of a schema; a mapping that is none becomes a fault and its raw form.

    Args:
        schema: in any spelling.
        most: how many of its fields.
    """
    if not isinstance(schema, Mapping):
        return _facts(schema, most)
    from atdata_nb.schemas.any_schema import read_schema

    try:
        return _facts(read_schema(schema), most)
    except Exception as error:  # noqa: BLE001 - a stranger's record can be wrong in any way
        return _unreadable(schema, error)


def _facts(schema: Schema, most: int) -> SchemaFacts:
    return SchemaFacts(
        name=one_line(schema.name),
        version=one_line(schema.version, 40),
        ref=one_line(schema.ref or "", 200),
        description=visible(schema.description or "", 2_000),
        fields=tuple(_field(field, most) for field in schema.fields[:most]),
        left_out=max(0, len(schema.fields) - most),
    )


def _field(field: Field, most: int) -> FieldFacts:
    from atdata_nb.schemas.text import type_label

    held = _held(field.type)

    return FieldFacts(
        name=one_line(field.name, 60),
        type=one_line(type_label(field.type, optional=field.optional)),
        default=_default(field.default),
        description=visible(field.description or "", 500),
        nested=None if held is None else _facts(held, most),
    )


def _held(kind: FieldType) -> Schema | None:
    """Return the schema of the samples that a field, list or map holds."""
    return kind.schema if kind.items is None else _held(kind.items)


def _default(default: Any) -> str:
    from atdata_nb.samples.packable import show_value
    from atdata_nb.schemas.model import MISSING

    # None is what an optional field without a value has anyway.
    return "" if default is MISSING or default is None else one_line(show_value(default), 80)


def _unreadable(schema: Mapping[str, Any], error: Exception) -> SchemaFacts:
    try:
        raw = json.dumps(
            dict(schema),
            indent=1,
            ensure_ascii=False,
            default=lambda value: f"<{type(value).__name__}>",
        )
    except (TypeError, ValueError, RecursionError):
        raw = outline(schema)
    return SchemaFacts(
        name=one_line(schema.get("name") or "Schema"),
        version=one_line(schema.get("version") or "", 40),
        ref=one_line(schema.get("$ref") or "", 200),
        description="",
        fields=(),
        fault=one_line(f"This schema cannot be read: {error}", 300),
        raw=visible(raw, 4_000),
    )
