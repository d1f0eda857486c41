"""LensTable: stored lenses in SQLite; a stored version never changes."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from atdata_nb.errors import LensConflictError
from atdata_nb.index.draft import Known, SchemaDraft, version_of
from atdata_nb.index.rows import now
from atdata_nb.index.schema_table import put_schema
from atdata_nb.schemas.versions import Version

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from atdata_nb.index.draft import LensDraft
    from atdata_nb.lenses import StoredLens


def put_lens(db: sqlite3.Connection, draft: LensDraft) -> StoredLens:
    """Store a lens, and the schemas of its ends, in a transaction that is open."""
    ends = [
        put_schema(db, end) if isinstance(end, SchemaDraft) else end
        for end in (draft.source, draft.view)
    ]
    lens = replace(draft.lens, source_schema=ends[0], view_schema=ends[1])
    rows = db.execute("SELECT version, content FROM lenses WHERE name = ?", (lens.name,))
    known = [Known(Version.parse(version), content) for version, content in rows]
    content = lens_content(lens)
    version, is_new = version_of(
        lens.name, draft.version, content, known, conflict=LensConflictError
    )
    stored = replace(lens, version=str(version), created_at=lens.created_at or now())
    if is_new:
        record = json.dumps(stored.to_dict())
        values = (lens.name, stored.version, *ends, content, record)
        db.execute("INSERT INTO lenses VALUES (?, ?, ?, ?, ?, ?)", values)
    return stored


def lens_content(lens: StoredLens) -> str:
    """Return a text that is equal for lenses that say the same, whatever their version."""
    facts = lens.to_dict()
    for key in ("version", "created_at"):
        facts.pop(key, None)
    return json.dumps(facts, sort_keys=True, separators=(",", ":"))


def read_lenses(db: sqlite3.Connection, where: str, values: Sequence[Any]) -> list[dict[str, Any]]:
    """Return stored records; ``where`` is a piece of a statement, never a value."""
    rows = db.execute(f"SELECT record FROM lenses {where}", values)  # noqa: S608
    return [dict(json.loads(record)) for (record,) in rows]
