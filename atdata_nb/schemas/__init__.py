"""Schemas: what samples are, in four spellings, and what changed between two of them."""

from __future__ import annotations

from atdata_nb.schemas.any_schema import from_any, read_schema
from atdata_nb.schemas.build import schema_to_type
from atdata_nb.schemas.diff import SchemaDiff, diff_schemas
from atdata_nb.schemas.json_schema import from_json_schema, to_json_schema
from atdata_nb.schemas.local import from_local, to_local
from atdata_nb.schemas.model import MISSING, Field, FieldType, Loss, Schema
from atdata_nb.schemas.python import schema_from_type
from atdata_nb.schemas.refs import SchemaRef, local_schema_ref, parse_schema_ref
from atdata_nb.schemas.sample_schema import from_sample_schema, to_sample_schema
from atdata_nb.schemas.schema_dict import SchemaDict
from atdata_nb.schemas.stubs import stub_class_names, stub_file_name, stub_text
from atdata_nb.schemas.versions import Version

__all__ = [
    "MISSING",
    "Field",
    "FieldType",
    "Loss",
    "Schema",
    "SchemaDict",
    "SchemaDiff",
    "SchemaRef",
    "Version",
    "diff_schemas",
    "from_any",
    "from_json_schema",
    "from_local",
    "from_sample_schema",
    "local_schema_ref",
    "parse_schema_ref",
    "read_schema",
    "schema_from_type",
    "schema_to_type",
    "stub_class_names",
    "stub_file_name",
    "stub_text",
    "to_json_schema",
    "to_local",
    "to_sample_schema",
]
