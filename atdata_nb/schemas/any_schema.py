"""Any schema: reads a dict in whichever of the spellings it is."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

from atdata_nb.errors import SchemaError, SchemaWarning
from atdata_nb.schemas.fields import mapping
from atdata_nb.schemas.json_schema import NSID as JSON_NSID
from atdata_nb.schemas.json_schema import from_json_schema
from atdata_nb.schemas.local import from_local
from atdata_nb.schemas.model import Schema
from atdata_nb.schemas.sample_schema import NSID as SAMPLE_NSID
from atdata_nb.schemas.sample_schema import from_sample_schema

if TYPE_CHECKING:
    from collections.abc import Mapping

    from atdata_nb.schemas.model import Loss


def read_schema(data: Schema | Mapping[str, Any]) -> Schema:
    """Return the schema that a dict spells; a Schema is returned as it is.

    What the dict says and a schema has no place for is told in a SchemaWarning; ``from_any``
    returns it instead.

    Raises:
        SchemaError: the dict is no schema.

    Example:
        >>> read_schema({"name": "Empty", "version": "1.0.0", "fields": []}).name
        'Empty'
    """
    if isinstance(data, Schema):
        return data
    schema, losses = from_any(data)
    if losses:
        told = "; ".join(map(str, losses[:5])) + ("; …" if losses[5:] else "")
        warnings.warn(f"{schema.name} {schema.version}: {told}", SchemaWarning, stacklevel=2)
    return schema


def from_any(data: Mapping[str, Any]) -> tuple[Schema, tuple[Loss, ...]]:
    """Return the schema that a dict spells, and what of the dict no schema has a place for.

    Raises:
        SchemaError: the dict is no schema.
    """
    data = mapping(data, "a schema")
    kind = data.get("$type")
    if kind == SAMPLE_NSID:
        return from_sample_schema(data)
    if kind == JSON_NSID or "schema" in data or "properties" in data:
        return from_json_schema(data)
    if "fields" in data and kind is None:
        return from_local(data)
    message = (
        f"no schema is spelled like this: {', '.join(map(str, data))[:200] or 'an empty dict'}"
    )
    raise SchemaError(message)
