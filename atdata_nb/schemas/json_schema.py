"""``science.alt.dataset.schema``: a schema as a record of the network, in JSON Schema."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from atdata_nb.errors import SchemaError
from atdata_nb.schemas.fields import Header, mapping
from atdata_nb.schemas.json_read import PropertyReader
from atdata_nb.schemas.json_write import holds_arrays, write_object
from atdata_nb.schemas.model import Loss
from atdata_nb.schemas.sample_schema import record_metadata

if TYPE_CHECKING:
    from collections.abc import Mapping

    from atdata_nb.schemas.model import Schema

NSID: Final = "science.alt.dataset.schema"
DRAFT_7: Final = "http://json-schema.org/draft-07/schema#"
RECORD_VERSION: Final = 1

_RECORD_KEYS: Final = Header.KEYS - {"fields"} | {
    "schemaType",
    "schema",
    "atdataSchemaVersion",
    "$atdataSchemaVersion",
}


def to_json_schema(schema: Schema) -> tuple[dict[str, Any], tuple[Loss, ...]]:
    """Return a schema as a record in JSON Schema, and what a record can't carry.

    The record has a ``createdAt`` only if the schema has one: who publishes it adds the time.

    Example:
        >>> from atdata_nb.schemas import Field, FieldType, Schema
        >>> image = Field("image", FieldType(kind="ndarray", dtype="uint8", shape=(8, 8)))
        >>> record, losses = to_json_schema(Schema("Digit", "1.0.0", (image,)))
        >>> record["schema"]["properties"]["image"]["dtype"], losses
        ('uint8', ())
    """
    body = {"$type": f"{NSID}#jsonSchemaFormat", "$schema": DRAFT_7} | write_object(schema)
    if holds_arrays(schema):
        body["arrayFormatVersions"] = {"ndarrayBytes": "1.0.0"}
    record: dict[str, Any] = {
        "$type": NSID,
        "name": schema.name,
        "version": schema.version,
        "schemaType": "jsonSchema",
        "schema": body,
    }
    metadata, losses = record_metadata(schema)
    extra = {
        "createdAt": schema.created_at,
        "atdataSchemaVersion": RECORD_VERSION,
        "description": schema.description,
        "metadata": metadata,
    }
    return record | {key: fact for key, fact in extra.items() if fact is not None}, losses


def from_json_schema(data: Mapping[str, Any]) -> tuple[Schema, tuple[Loss, ...]]:
    """Return the schema of a record, or of a bare JSON Schema with a ``title``, and the losses.

    Raises:
        SchemaError: it is no schema, is of a later format, or says what no field here can be.

    Example:
        >>> schema, losses = from_json_schema({
        ...     "title": "Reading",
        ...     "type": "object",
        ...     "properties": {"celsius": {"type": "number", "minimum": -273.15}},
        ... })
        >>> str(losses[0])
        'Reading.celsius: minimum is lost: no fact of a schema has this name'
    """
    data = mapping(data, "a schema")
    return _from_bare(data) if "properties" in data else _from_record(data)


def _from_record(record: Mapping[str, Any]) -> tuple[Schema, tuple[Loss, ...]]:
    if record.get("$type", NSID) != NSID:
        message = f"a record of type {record.get('$type')!r:.200}, not {NSID}"
        raise SchemaError(message)
    _check_format(record)
    body = mapping(record.get("schema"), "the schema of the record")
    if "schemaBody" in body:
        body = mapping(body["schemaBody"], "schemaBody")
    header = Header.read(record)
    losses = [
        Loss("", str(key)[:200], "no fact of a schema has this name")
        for key in record
        if key not in _RECORD_KEYS
    ]
    reader = PropertyReader()
    fields = reader.fields(body, str(header.name)[:80])
    return header.schema(fields), (*losses, *reader.losses)


def _check_format(record: Mapping[str, Any]) -> None:
    version = record.get("atdataSchemaVersion", record.get("$atdataSchemaVersion", RECORD_VERSION))
    if type(version) is not int or version > RECORD_VERSION:
        message = (
            f"the record is of format version {version!r:.40}; this release reads up to "
            f"{RECORD_VERSION}: a later one may read it"
        )
        raise SchemaError(message)
    if record.get("schemaType", "jsonSchema") != "jsonSchema":
        message = f"a schema of type {record.get('schemaType')!r:.80} can't be read"
        raise SchemaError(message)


def _from_bare(data: Mapping[str, Any]) -> tuple[Schema, tuple[Loss, ...]]:
    reader = PropertyReader()
    header = Header(
        name=data.get("title"),
        version=data.get("version", "1.0.0"),
        description=data.get("description"),
        created_at=None,
        metadata=None,
        ref=None,
    )
    fields = reader.fields(data, str(header.name)[:80])
    return header.schema(fields), tuple(reader.losses)
