"""Local form: a schema as an index on this side keeps it; nothing of it is lost.

A schema that the existing package can have is the same dict that the existing package writes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from atdata_nb.schemas.fields import LOCAL, FieldReader, FieldWriter, Header, mapping

if TYPE_CHECKING:
    from collections.abc import Mapping

    from atdata_nb.schemas.model import Loss, Schema


def to_local(schema: Schema) -> tuple[dict[str, Any], tuple[Loss, ...]]:
    """Return a schema in the local form, ready for JSON, and no losses.

    Where the schema is published (``ref``) is part of no stored form; SchemaDict adds it.

    Example:
        >>> from atdata_nb.schemas import Field, FieldType, Schema
        >>> label = Field("label", FieldType(kind="primitive", primitive="int"))
        >>> to_local(Schema("Digit", "1.0.0", (label,)))[0]["fields"][0]["fieldType"]
        {'$type': 'local#primitive', 'primitive': 'int'}
    """
    data: dict[str, Any] = {
        "name": schema.name,
        "version": schema.version,
        "fields": FieldWriter(LOCAL, floats=True).fields(schema),
    }
    extra = {
        "description": schema.description,
        "createdAt": schema.created_at,
        "metadata": schema.metadata,
    }
    return data | {key: fact for key, fact in extra.items() if fact is not None}, ()


def from_local(data: Mapping[str, Any]) -> tuple[Schema, tuple[Loss, ...]]:
    """Return the schema of a local form, and what was in it that no schema has a place for.

    Raises:
        SchemaError: it is no schema; the message names the field.
    """
    data = mapping(data, "a schema")
    reader = FieldReader()
    header = Header.read(data)
    reader.pass_over(data, Header.KEYS, "")
    fields = reader.fields(data.get("fields"), str(header.name)[:80])
    return header.schema(fields), tuple(reader.losses)
