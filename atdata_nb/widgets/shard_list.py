"""Shards of a dataset as a list: what is known of each before any of them is read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from atdata_nb.index.facets import place_of
from atdata_nb.shards import Shard
from atdata_nb.views.amounts import size
from atdata_nb.views.places import place, shard_name

if TYPE_CHECKING:
    from atdata_nb.protocols import IndexEntry


@dataclass(frozen=True, slots=True)
class ShardFacts:
    """One row of the list; texts are empty where nothing is known.

    Attributes:
        url: its identifier; never sent to the page.
        name: the same as it may be shown.
        place: where it is, in a word.
        samples: how many samples it has.
        size: how large it is.
        sha256: its checksum, where one is recorded.
    """

    url: str
    name: str
    place: str
    samples: str
    size: str
    sha256: str


def shard_list(entry: IndexEntry) -> list[ShardFacts]:
    """Return the shards of an entry, in order."""
    known = {shard.url: shard for shard in recorded(entry)}
    urls = _urls(entry)
    if len(known) == len(urls) and not known.keys() >= set(urls):
        # The same shards under other addresses: as patterns, as the store gives them out.
        known = dict(zip(urls, known.values(), strict=True))
    return [_facts(url, known.get(url)) for url in urls]


def recorded(entry: IndexEntry) -> list[Shard]:
    """Return what is recorded of an entry's shards: sizes and checksums."""
    written = getattr(entry, "written", None)
    found: list[Shard] = list(written()) if callable(written) else []
    storage = getattr(getattr(entry, "record", None), "storage", None)
    if not found and storage is not None:
        # Only where there is such a record, as the network's package is an extra.
        from atdata_nb.atmosphere.storage import expanded

        found = [Shard(one.url, 0, 0, one.sha256 or "", "") for one in expanded(storage.shards)]
    return found


def is_cheap(entry: IndexEntry, limit: int) -> bool:
    """Whether all shards are files here with checksums, and together no larger than a limit."""
    shards = recorded(entry)
    urls = entry.data_urls
    return (
        bool(shards)
        and len(shards) == len(urls)
        and all(shard.sha256 for shard in shards)
        and all(place_of(url) == "local" for url in urls)
        and sum(shard.bytes for shard in shards) <= limit
    )


def _urls(entry: IndexEntry) -> list[str]:
    source = getattr(entry, "source", None)
    if callable(source) and all(place_of(url) == "local" for url in entry.data_urls):
        try:
            found: Any = source().list_shards()
            return list(found)
        except Exception:  # noqa: BLE001 - then they are listed as they were written down
            return list(entry.data_urls)
    return list(entry.data_urls)


def _facts(url: str, shard: Shard | None) -> ShardFacts:
    return ShardFacts(
        url=url,
        name=shard_name(url),
        place=place([url]),
        samples=f"{shard.samples:,}" if shard is not None and shard.samples else "",
        size=size(shard.bytes) if shard is not None and shard.bytes else "",
        sha256=shard.sha256 if shard is not None else "",
    )
