"""Content: what matters of a schema as plain data, in which every fact has one place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from atdata_nb.schemas.values import encode_value

if TYPE_CHECKING:
    from atdata_nb.schemas.model import Field, FieldType, Schema


def content(schema: Schema, *, versions: bool) -> dict[str, Any]:
    """Return what matters of a schema as plain data, in which every fact has one place."""
    facts: dict[str, Any] = {
        "name": schema.name,
        "description": schema.description,
        "fields": [_field_content(item, versions=versions) for item in schema.fields],
    }
    return facts | ({"version": schema.version} if versions else {})


def _field_content(item: Field, *, versions: bool) -> list[Any]:
    default = [] if item.required else [encode_value(item.default)]
    kind = _type_content(item.type, versions=versions)
    return [item.name, kind, item.optional, default, item.description]


def _type_content(kind: FieldType, *, versions: bool) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "kind": kind.kind,
        "primitive": kind.primitive,
        "dtype": kind.dtype,
        "shape": None if kind.shape is None else list(kind.shape),
        "dimensions": None if kind.dimension_names is None else list(kind.dimension_names),
        "items": None if kind.items is None else _type_content(kind.items, versions=versions),
        "items_optional": kind.items_optional,
        "schema": None if kind.schema is None else content(kind.schema, versions=versions),
        # Where a nested schema is published matters only if that is all that is known of it.
        "ref": kind.ref if kind.schema is None else None,
    }
    return {name: fact for name, fact in facts.items() if fact not in (None, False)}
