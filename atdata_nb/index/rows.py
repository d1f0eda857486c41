"""Rows: entries as SQLite keeps them, there and back."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import msgspec

from atdata_nb.cid import generate_cid
from atdata_nb.index.entry import LocalEntry
from atdata_nb.index.facets import facets_of
from atdata_nb.shards import Shard

if TYPE_CHECKING:
    from collections.abc import Sequence

    from atdata_nb.index.draft import Draft

COLUMNS = (
    "name, version, cid, schema_ref, data_urls, metadata, description, tags, license, shards, "
    "samples, bytes, created_at"
)
_pack = msgspec.msgpack.encode
_texts = msgspec.msgpack.Decoder(list[str])
_shards = msgspec.msgpack.Decoder(list[tuple[str, int, int, str, str]])
_map = msgspec.msgpack.Decoder(dict[str, Any])


def now() -> str:
    """Return the time in the form entries keep it: UTC, microseconds, sorts as text."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


def entry_of(draft: Draft, version: str, schema_ref: str) -> LocalEntry:
    """Return the entry that a draft becomes."""
    urls = list(draft.data_urls)
    return LocalEntry(
        name=draft.name,
        version=version,
        schema_ref=schema_ref,
        data_urls=urls,
        cid=generate_cid({"schema_ref": schema_ref, "data_urls": urls}),
        created_at=draft.created_at or now(),
        metadata=None if draft.metadata is None else _map.decode(draft.metadata),
        description=draft.description,
        tags=draft.tags,
        license=draft.license,
        shards=draft.shards,
        samples=draft.samples,
        bytes=draft.bytes,
    )


def to_row(entry: LocalEntry, metadata: bytes | None) -> tuple[Any, ...]:
    """Return the values of COLUMNS."""
    shards = [[s.url, s.samples, s.bytes, s.sha256, s.cid] for s in entry.shards]
    return (
        entry.name,
        entry.version,
        entry.cid,
        entry.schema_ref,
        _pack(entry.data_urls),
        metadata,
        entry.description,
        _pack(entry.tags),
        entry.license,
        _pack(shards) if shards else None,
        entry.samples,
        entry.bytes,
        entry.created_at,
    )


def facets_of_row(*columns: Any) -> str:
    """Return the facets of a row as JSON, from schema_ref, data_urls, metadata, tags, license."""
    schema_ref, urls, metadata, tags, license_ = columns
    told = SimpleNamespace(
        schema_ref=schema_ref,
        data_urls=_texts.decode(urls),
        metadata=None if metadata is None else _map.decode(metadata),
        tags=_texts.decode(tags),
        license=license_,
    )
    return json.dumps(facets_of(told))


def from_row(row: Sequence[Any]) -> LocalEntry:
    """Return the entry with these values of COLUMNS."""
    name, version, cid, schema_ref, urls, metadata, description, tags, license_ = row[:9]
    shards, samples, count, created_at = row[9:]
    return LocalEntry(
        name=name,
        version=version,
        schema_ref=schema_ref,
        data_urls=_texts.decode(urls),
        cid=cid,
        created_at=created_at,
        metadata=None if metadata is None else _map.decode(metadata),
        description=description,
        tags=tuple(_texts.decode(tags)),
        license=license_,
        shards=tuple(
            Shard(url=url, samples=n, bytes=size, sha256=sha256, cid=shard_cid)
            for url, n, size, sha256, shard_cid in (_shards.decode(shards) if shards else ())
        ),
        samples=samples,
        bytes=count,
    )
