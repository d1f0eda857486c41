"""Facts of an index entry, read from any object with the protocol's four properties."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from atdata_nb.views.amounts import counted, size
from atdata_nb.views.cells import fault, outline
from atdata_nb.views.places import place, shard_name
from atdata_nb.views.published import PublishedFacts, published_facts
from atdata_nb.views.text import one_line, visible

if TYPE_CHECKING:
    from collections.abc import Mapping

    from atdata_nb.protocols import IndexEntry

MOST_SHARDS, MOST_METADATA = 20, 30
# Labels are not broken into lines, and no cell is wider than some forty letters.
LABEL = 40


@dataclass(frozen=True, slots=True)
class EntryFacts:
    """What a face shows of an entry; every text is visible and cut to length."""

    key: str
    name: str
    version: str
    description: str
    license: str
    tags: tuple[str, ...]
    schema: str
    schema_ref: str
    place: str
    shards: tuple[str, ...]
    shard_count: int
    samples: str
    size: str
    created: str
    metadata: tuple[tuple[str, str], ...]
    fault: str = ""
    published: PublishedFacts | None = None

    @property
    def extent(self) -> str:
        """Samples and size where they are known, else the number of shards."""
        known = " · ".join(filter(None, (self.samples, self.size)))
        return known or counted(self.shard_count, "shard")


def entry_facts(entry: IndexEntry) -> EntryFacts:
    """Return the facts of an entry, or of the fault that kept it from telling them."""
    try:
        return _facts(entry)
    except Exception as error:  # noqa: BLE001 - one entry that cannot be read hides no other
        return _unreadable(entry, fault(error).text)


def _facts(entry: IndexEntry) -> EntryFacts:
    # An entry's own attributes come before what its metadata says.
    metadata = entry.metadata or {}
    urls = [str(url) for url in entry.data_urls]
    samples, count = _optional(entry, "samples"), _optional(entry, "bytes")
    return EntryFacts(
        key=entry_key(entry),
        name=one_line(entry.name),
        version=one_line(_optional(entry, "version") or "", 40),
        description=visible(_said(entry, metadata, "description"), 2_000),
        license=one_line(_said(entry, metadata, "license"), 80),
        tags=tuple(one_line(tag, 40) for tag in _tags(entry, metadata)),
        schema=schema_label(entry.schema_ref),
        schema_ref=one_line(entry.schema_ref, 200),
        place=place(urls),
        shards=tuple(shard_name(url) for url in urls[:MOST_SHARDS]),
        shard_count=len(urls),
        samples=counted(samples, "sample") if isinstance(samples, int) else "",
        size=size(count) if isinstance(count, int) else "",
        created=one_line(_optional(entry, "created_at") or "", 19).rstrip("…").replace("T", " "),
        metadata=_rows(metadata),
        published=published_facts(entry),
    )


def entry_key(entry: IndexEntry) -> str:
    """Return a key that tells entries of one index apart, the same in every process."""
    parts = (entry.name, str(_optional(entry, "version") or ""), entry.schema_ref, *entry.data_urls)
    joined = "\x00".join(parts).encode("utf-8", "surrogatepass")
    return hashlib.sha256(joined).hexdigest()[:24]


def schema_label(ref: str) -> str:
    """Return the name and version in a schema reference.

    >>> schema_label("atdata://local/sampleSchema/Digit@1.1.0")
    'Digit 1.1.0'
    >>> schema_label("local://schemas/my.module.Digit@1.0.0")
    'Digit 1.0.0'
    """
    name, _, version = ref.rpartition("/")[2].partition("@")
    if version:
        name = name.rpartition(".")[2]
    return one_line(f"{name} {version}".strip() or ref, 60)


def _unreadable(entry: IndexEntry, reason: str) -> EntryFacts:
    try:
        name = one_line(entry.name)
    except Exception:  # noqa: BLE001 - then it has none
        name = "unreadable entry"
    key = hashlib.sha256(f"{name}\x00{reason}".encode()).hexdigest()[:24]
    return EntryFacts(
        key=key,
        name=name,
        version="",
        description="",
        license="",
        schema="",
        schema_ref="",
        tags=(),
        place="",
        shards=(),
        shard_count=0,
        samples="",
        size="",
        created="",
        metadata=(),
        fault=reason,
    )


def _optional(entry: IndexEntry, name: str) -> Any:
    return getattr(entry, name, None)


def _said(entry: IndexEntry, metadata: Mapping[str, Any], name: str) -> str:
    said = _optional(entry, name) or metadata.get(name) or ""
    return said if isinstance(said, str) else ""


def _tags(entry: IndexEntry, metadata: Mapping[str, Any]) -> list[str]:
    tags = _optional(entry, "tags") or metadata.get("tags") or ()
    return [str(tag) for tag in tags][:20] if isinstance(tags, (list, tuple)) else []


def _rows(metadata: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    told = {"description", "license", "tags"}
    rest = [(key, value) for key, value in metadata.items() if key not in told]
    rows = [
        (one_line(key, LABEL), visible(value if isinstance(value, str) else outline(value), 500))
        for key, value in rest[:MOST_METADATA]
    ]
    if len(rest) > len(rows):
        rows.append(("…", f"{len(rest) - len(rows):,} more"))
    return tuple(rows)
