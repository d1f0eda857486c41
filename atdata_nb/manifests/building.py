"""Building: manifests of shards that were written without one."""

from __future__ import annotations

import contextlib
import hashlib
from functools import partial
from typing import IO, TYPE_CHECKING, Any, Final, Protocol, cast

from atdata_nb.errors import (
    ManifestError,
    NotRandomAccessError,
    QueryError,
    SampleTypeError,
    ShardNotFoundError,
    shown_url,
)
from atdata_nb.manifests.beside import read_manifest
from atdata_nb.manifests.collecting import Collector, collectors
from atdata_nb.protocols import LocalPaths
from atdata_nb.shards.indexing import index_shard
from atdata_nb.shards.parts import part_of
from atdata_nb.shards.reader import read_stream
from atdata_nb.shards.sources import INDEX_ENDING
from atdata_nb.shards.writer import put_beside

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from atdata_nb.protocols import DataSource
    from atdata_nb.scanning.events import OnEvent

_REST: Final = 1 << 20


class Shards(Protocol):
    """What a dataset is to this: shards, and the type that samples are stored as."""

    @property
    def source(self) -> DataSource:
        """Gives the shards."""
        ...

    @property
    def stored_type(self) -> type[Any]:
        """What samples are decoded as."""
        ...

    def list_shards(self) -> list[str]:
        """Identifiers of the shards."""
        ...


def build_manifest(source: DataSource, shard: str, sample_type: type) -> dict[str, bytes]:
    """Return the manifest of a shard and its sidecar, by the endings of their names.

    The shard is read once, in the memory of its scalar columns. Nothing is returned for one whose
    samples are not of the type.

    Args:
        source: gives the shard.
        shard: its identifier.
        sample_type: the type that samples are stored as.

    Raises:
        ShardError: the shard is damaged.
    """
    collector = Collector(sample_type)
    with source.open_shard(shard) as stream:
        hashed = _Hashed(stream)
        for block in read_stream(cast("IO[bytes]", hashed), shard):
            collector.add_many(block.payloads)
        while hashed.read(_REST):
            pass
    return collector.finish(size=hashed.size, sha256=hashed.sha256)


class _Hashed:
    """A stream, and the hash and size of what was read of it."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream, self._hash, self.size = stream, hashlib.sha256(), 0

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()

    def read(self, size: int = -1) -> bytes:
        data = self._stream.read(size)
        self._hash.update(data)
        self.size += len(data)
        return data


def build_manifests(
    ds: Shards,
    *,
    store: Any = None,
    client: Any = None,
    on_event: OnEvent | None = None,
    force: bool = False,
) -> int:
    """Write manifests beside shards; return how many. See `Dataset.build_manifests`."""
    from atdata_nb.scanning import Pieces, map_shards

    collectors(ds.stored_type, manifests=True)
    todo = [shard for shard in ds.list_shards() if force or not _has_one(ds.source, shard)]
    for shard in todo:
        if store is None and _path(ds.source, shard) is None:
            raise QueryError(
                f"{shown_url(shard)} is remote: give the store that can write beside it"
            )
    pieces = Pieces(todo, lambda shard: (part_of(ds.source, [shard]), shard))
    build = partial(write_manifest, sample_type=ds.stored_type, store=store)
    return sum(map_shards(build, pieces, executor=client, on_event=on_event))


def write_manifest(piece: tuple[DataSource, str], *, sample_type: type, store: Any) -> bool:
    """Build one shard's manifest, where that shard is read, and write it beside it."""
    source, shard = piece
    files = build_manifest(source, shard, sample_type)
    path = _path(source, shard)
    if path is None:
        store.write_beside(shard, files)
    else:
        _put(path, files)
    return bool(files)


def _put(path: Path, files: Mapping[str, bytes]) -> None:
    if not path.with_name(path.name + INDEX_ENDING).exists():
        # A compressed shard has none, and is read in order.
        with contextlib.suppress(NotRandomAccessError, SampleTypeError):
            index_shard(path)
    for ending, data in files.items():
        put_beside(path, ending, data)


def _has_one(source: DataSource, shard: str) -> bool:
    try:
        return read_manifest(source, shard) is not None
    except (ManifestError, ShardNotFoundError):
        return False


def _path(source: DataSource, shard: str) -> Path | None:
    return source.local_path(shard) if isinstance(source, LocalPaths) else None
