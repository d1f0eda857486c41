"""Columns: the schema that was found in data as a table, and the one that was made of it there."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from atdata_nb.errors import SchemaError
from atdata_nb.schemas.model import MISSING
from atdata_nb.schemas.text import type_label
from atdata_nb.views.cells import outline
from atdata_nb.views.text import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from atdata_nb.schemas import Field, FieldType, Schema
    from atdata_nb.widgets.flows.asks import Column

# What may become what without losing more than digits.
_FLOATS: Final = ("float64", "float32", "float16")
_INTS: Final = ("int64", "int32", "int16", "int8", "uint8", "uint16")


def columns_wire(schema: Schema, example: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the fields of a schema as rows of a table that can be edited.

    Args:
        schema: what was found.
        example: values of one sample, as far as they are known.
    """
    return [_row(item, example) for item in schema.fields]


def _row(item: Field, example: Mapping[str, Any]) -> dict[str, Any]:
    shown = one_line(outline(example[item.name]), 80) if item.name in example else ""
    return {
        "source": item.name,
        "name": item.name,
        "type": type_label(item.type),
        "types": [type_label(kind) for kind in _choices(item.type)],
        "optional": item.optional,
        "keep": True,
        "example": shown,
        "note": one_line(item.description or "", 60),
    }


def edited(schema: Schema, columns: Sequence[Column]) -> tuple[Schema, dict[str, str]] | None:
    """Return the schema that a table says, and what its fields were called; None for the same.

    Raises:
        SchemaError: a name is none, is there twice, or nothing is left.
    """
    fields, renames = [], {}
    said = {column.source: column for column in columns}
    for item in schema.fields:
        column = said.get(item.name)
        if column is None:
            fields.append(item)
        elif column.keep:
            made = _field(item, column)
            fields.append(made)
            if made.name != item.name:
                renames[made.name] = item.name
    if not fields:
        raise SchemaError("no field is left: keep at least one")
    made_schema = replace(schema, fields=tuple(fields))
    return None if made_schema.fields == schema.fields else (made_schema, renames)


def _field(item: Field, column: Column) -> Field:
    kinds = {type_label(kind): kind for kind in _choices(item.type)}
    optional = column.optional
    return replace(
        item,
        name=column.name.strip() or item.name,
        type=kinds.get(column.type, item.type),
        optional=optional,
        default=item.default if optional == item.optional else None if optional else MISSING,
    )


def _choices(kind: FieldType) -> list[FieldType]:
    if kind.kind == "primitive" and kind.primitive == "int":
        return [kind, replace(kind, primitive="float")]
    if kind.kind == "ndarray" and kind.dtype is not None:
        family = next((one for one in (_FLOATS, _INTS) if kind.dtype in one), ())
        return [kind, *(replace(kind, dtype=dtype) for dtype in family if dtype != kind.dtype)]
    return [kind]
