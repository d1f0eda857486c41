"""SchemaTable: schemas in SQLite; a stored version never changes."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from atdata_nb.errors import SchemaConflictError
from atdata_nb.index.draft import Known, version_of
from atdata_nb.index.rows import now
from atdata_nb.schemas import diff_schemas, local_schema_ref, to_local
from atdata_nb.schemas.versions import Version

if TYPE_CHECKING:
    import sqlite3

    from atdata_nb.index.draft import SchemaDraft
    from atdata_nb.schemas.versions import Part


def read_schema(db: sqlite3.Connection, name: str, version: str) -> dict[str, Any] | None:
    """Return the stored record of a schema."""
    wanted = "SELECT record FROM schemas WHERE name = ? AND version = ?"
    row = db.execute(wanted, (name, version)).fetchone()
    return None if row is None else dict(json.loads(row[0]))


def put_schema(db: sqlite3.Connection, draft: SchemaDraft) -> str:
    """Store a schema in a transaction that is open; return its reference."""
    schema = draft.schema
    rows = db.execute("SELECT version, content FROM schemas WHERE name = ?", (schema.name,))
    known = [Known(Version.parse(version), content) for version, content in rows]
    content = schema.content_cid

    def step(highest: Version) -> Part:
        before = read_schema(db, schema.name, str(highest))
        # What a diff has no eye for has other content all the same.
        return (diff_schemas(before, schema).bump if before else None) or "patch"

    version, is_new = version_of(
        schema.name,
        draft.version,
        content,
        known,
        first=Version.parse(schema.version),
        step=step,
        conflict=SchemaConflictError,
    )
    if is_new:
        stored = replace(schema, version=str(version), created_at=schema.created_at or now())
        record, _ = to_local(stored)
        db.execute(
            "INSERT INTO schemas VALUES (?, ?, ?, ?)",
            (schema.name, str(version), content, json.dumps(record)),
        )
    return local_schema_ref(schema.name, str(version))
