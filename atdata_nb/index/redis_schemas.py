"""RedisSchemas: schemas and lenses on their way into Redis; a stored version never changes."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from atdata_nb.errors import AtdataError, LensConflictError, SchemaConflictError, SchemaError
from atdata_nb.index.draft import Known, SchemaDraft, version_of
from atdata_nb.index.lens_table import lens_content
from atdata_nb.index.redis_records import Kind, RedisRecords, readable
from atdata_nb.index.rows import now
from atdata_nb.lenses import StoredLens
from atdata_nb.schemas import (
    diff_schemas,
    local_schema_ref,
    parse_schema_ref,
    read_schema,
    to_local,
)
from atdata_nb.schemas.versions import Version

if TYPE_CHECKING:
    from atdata_nb.index.draft import LensDraft
    from atdata_nb.index.redis_plan import Plan
    from atdata_nb.index.redis_server import RedisServer
    from atdata_nb.schemas.versions import Part


class RedisSchemas:
    """Schemas, as a plan finds and adds them; and lenses, which need them."""

    def __init__(self, server: RedisServer, plan: Plan) -> None:
        self._schemas = RedisRecords(Kind.SCHEMA, server, plan)
        self._lenses = RedisRecords(Kind.LENS, server, plan)

    def put(self, draft: SchemaDraft) -> str:
        """Plan to store a schema if it is not there; return its reference."""
        schema = draft.schema
        records = self._schemas.of(schema.name)

        def step(highest: Version) -> Part:
            before = json.loads(records[str(highest)])
            # What a diff has no eye for has other content all the same.
            return diff_schemas(before, schema).bump or "patch"

        version, is_new = version_of(
            schema.name,
            draft.version,
            schema.content_cid,
            [Known(Version.parse(v), content_of(record)) for v, record in records.items()],
            first=Version.parse(schema.version),
            step=step,
            conflict=SchemaConflictError,
        )
        if is_new:
            created_at = schema.created_at or now()
            stored = replace(schema, version=str(version), created_at=created_at)
            self._schemas.add(schema.name, str(version), to_local(stored)[0])
        return local_schema_ref(schema.name, str(version))

    def put_lens(self, draft: LensDraft) -> StoredLens:
        """Plan to store a lens and the schemas of its ends; return it as it is stored."""
        ends = [
            self.put(end) if isinstance(end, SchemaDraft) else end
            for end in (draft.source, draft.view)
        ]
        lens = replace(draft.lens, source_schema=ends[0], view_schema=ends[1])
        records = self._lenses.of(lens.name)
        version, is_new = version_of(
            lens.name,
            draft.version,
            lens_content(lens),
            [Known(Version.parse(v), content_of_lens(record)) for v, record in records.items()],
            conflict=LensConflictError,
        )
        stored = replace(lens, version=str(version), created_at=lens.created_at or now())
        if is_new:
            self._lenses.add(lens.name, str(version), stored.to_dict())
        return stored

    def texts(self, schema_ref: str) -> list[str]:
        """What a search may find of a schema: its name, and those of its fields."""
        try:
            ref = parse_schema_ref(schema_ref)
        except SchemaError:
            return [schema_ref]
        record = self._schemas.of(ref.name).get(ref.version or "")
        fields = readable(record).get("fields", ()) if record else ()
        return [ref.name, *(field["name"] for field in fields if isinstance(field, dict))]


@lru_cache(1_000)
def content_of(record: bytes) -> str:
    """Return the CID of what matters in a schema's record; of an unreadable one, no text."""
    try:
        return read_schema(readable(record)).content_cid
    except (AtdataError, ValueError, TypeError):
        return ""


def content_of_lens(record: bytes) -> str:
    """Return a text that is equal for lenses that say the same; of an unreadable one, no text."""
    try:
        return lens_content(StoredLens.from_dict(readable(record)))
    except (AtdataError, ValueError, TypeError):
        return ""
