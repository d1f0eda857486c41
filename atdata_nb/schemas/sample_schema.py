"""``ac.foundation.dataset.sampleSchema``: a schema as a record of the network, field by field."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from atdata_nb.errors import SchemaError
from atdata_nb.schemas.fields import FieldReader, FieldWriter, Header, mapping
from atdata_nb.schemas.model import Loss
from atdata_nb.schemas.names import is_unicode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from atdata_nb.schemas.model import Schema

NSID: Final = "ac.foundation.dataset.sampleSchema"
TYPES: Final = "ac.foundation.dataset.schemaType"
# https://atproto.com/specs/data-model: no floats, integers that JavaScript keeps.
_MAX_INT: Final = 1 << 53


def to_sample_schema(schema: Schema) -> tuple[dict[str, Any], tuple[Loss, ...]]:
    """Return a schema as a record, and what a record can't carry.

    The record has a ``createdAt`` only if the schema has one: who publishes it adds the time.

    Example:
        >>> from atdata_nb.schemas import Field, FieldType, Schema
        >>> size = Field("size", FieldType(kind="primitive", primitive="float"), default=0.5)
        >>> record, losses = to_sample_schema(Schema("Digit", "1.0.0", (size,)))
        >>> record["fields"][0]["default"], losses
        ({'float': '0.5'}, ())
    """
    record: dict[str, Any] = {
        "$type": NSID,
        "name": schema.name,
        "version": schema.version,
        "fields": FieldWriter(TYPES, floats=False).fields(schema),
    }
    metadata, losses = record_metadata(schema)
    extra = {
        "createdAt": schema.created_at,
        "description": schema.description,
        "metadata": metadata,
    }
    return record | {key: fact for key, fact in extra.items() if fact is not None}, losses


def from_sample_schema(record: Mapping[str, Any]) -> tuple[Schema, tuple[Loss, ...]]:
    """Return the schema of a record, and what was in it that no schema has a place for.

    Raises:
        SchemaError: it is no schema; the message names the field.
    """
    record = mapping(record, "a schema")
    if record.get("$type", NSID) != NSID:
        message = f"a record of type {record.get('$type')!r:.200}, not {NSID}"
        raise SchemaError(message)
    reader = FieldReader()
    header = Header.read(record)
    reader.pass_over(record, Header.KEYS, "")
    fields = reader.fields(record.get("fields"), str(header.name)[:80])
    return header.schema(fields), tuple(reader.losses)


def record_metadata(schema: Schema) -> tuple[dict[str, Any] | None, tuple[Loss, ...]]:
    """Return the metadata that a record of the network can hold, and what it can't.

    >>> from atdata_nb.schemas import Schema
    >>> kept, lost = record_metadata(Schema("A", "1.0.0", (), metadata={"a": 1, "b": 0.5}))
    >>> kept, str(lost[0])
    ({'a': 1}, 'metadata.b is lost: records of the AT Protocol hold no floats')
    """
    if schema.metadata is None:
        return None, ()
    kept: dict[str, Any] = {}
    losses = []
    for key, value in schema.metadata.items():
        fault = _fault(key) or _fault(value)
        if fault:
            losses.append(Loss("", f"metadata.{key}"[:200], fault))
        else:
            kept[key] = value
    return kept or None, tuple(losses)


def _fault(value: Any) -> str | None:
    if isinstance(value, float):
        return "records of the AT Protocol hold no floats"
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > _MAX_INT:
        return "records of the AT Protocol hold no integer past 2**53"
    if isinstance(value, str) and not is_unicode(value):
        return "it is not valid Unicode"
    if isinstance(value, dict):
        return next(filter(None, map(_fault, [*value, *value.values()])), None)
    if isinstance(value, list):
        return next(filter(None, map(_fault, value)), None)
    return None
