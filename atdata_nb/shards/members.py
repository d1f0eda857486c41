"""MemberIndex: where each sample of a local shard lies, found in one pass and kept in memory."""

from __future__ import annotations

import mmap
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from atdata_nb.errors import CorruptShardError, NotRandomAccessError, ShardNotFoundError
from atdata_nb.shards.index_file import IndexFile, Place, check_member
from atdata_nb.shards.reader import (
    FIRST_BLOCK,
    LARGE_PAYLOAD,
    MAX_BLOCK,
    MAX_BLOCK_BYTES,
    RawBlock,
    is_compressed,
)
from atdata_nb.shards.sources import INDEX_ENDING, missing_file
from atdata_nb.shards.tar import BLOCK, SparseMemberError, TarScanner

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import TypeAlias

    Offsets: TypeAlias = np.ndarray[Any, np.dtype[np.int64]]
    Stamp: TypeAlias = tuple[int, int, int]
    FoundMembers: TypeAlias = tuple[Stamp, "MemberIndex"]

_SCANNED_AT_ONCE: Final = 1 << 16


@dataclass(frozen=True, slots=True)
class MemberIndex:
    """Places of a shard's samples.

    Attributes:
        starts: offset of each sample's data, int64.
        sizes: its length in bytes, int64.
        heads: offset of its tar header, int64.
        names: all keys, each ended by a NUL.
        ends: where each key ends in ``names``, int64.
    """

    starts: Offsets
    sizes: Offsets
    heads: Offsets
    names: bytes
    ends: Offsets

    def __len__(self) -> int:
        return len(self.starts)

    def key(self, i: int) -> str:
        """Key of one sample."""
        start = int(self.ends[i - 1]) + 1 if i else 0
        return self.names[start : int(self.ends[i])].decode("utf-8", "surrogateescape")

    def keys(self, start: int, stop: int) -> list[str]:
        """Keys of neighbouring samples."""
        return [self.key(i) for i in range(start, stop)]


class MappedShard:
    """A local, uncompressed shard in memory, with the places of its samples.

    Args:
        path: the file.
        shard: its identifier, for errors.
        known: places found before, and the state of the file they were found in.
        walk: whether to look at every header even if there is an index beside the shard.

    Attributes:
        seen: whether the places were found in the headers, and not taken from an index.

    Raises:
        ShardError: the shard is damaged anywhere.
        NotRandomAccessError: it is compressed, so only a stream.
    """

    def __init__(
        self, path: Path, shard: str, *, known: FoundMembers | None = None, walk: bool = False
    ) -> None:
        self.path, self.shard = path, shard
        try:
            with path.open("rb") as file:
                self.stamp = _stamp(os.fstat(file.fileno()))
                if is_compressed(file.read(8)):
                    message = f"{shard} is compressed: samples can only be read in order"
                    raise NotRandomAccessError(message)
                size = self.stamp[0]
                self.data: Any = (
                    mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if size else b""
                )
        except FileNotFoundError as error:
            raise ShardNotFoundError(missing_file(shard)) from error
        self.view = memoryview(self.data)
        # What an index beside the shard says is looked up in the header of each sample that is
        # read; what was found here was seen, and holds as long as the file is the same.
        self.seen = True
        if known is not None and known[0] == self.stamp:
            self.members = known[1]
            return
        indexed = None if walk else _read_index(path, shard, size)
        self.seen = indexed is None
        self.members = _find_members(self.data, shard) if indexed is None else indexed

    def __len__(self) -> int:
        return len(self.members)

    def is_current(self) -> bool:
        """Whether the file is still the one that was mapped."""
        try:
            return _stamp(self.path.stat()) == self.stamp
        except FileNotFoundError:
            return False

    def where(self, i: int) -> tuple[str, int]:
        """Key of a sample, and offset of its header."""
        return self.members.key(i), int(self.members.heads[i])

    def payload(self, i: int) -> Any:
        """Data of one sample, as a view of the file where it is large.

        Raises:
            CorruptShardError: the index beside the shard does not fit it.
        """
        start, size = int(self.members.starts[i]), int(self.members.sizes[i])
        if not self.seen:
            head = int(self.members.heads[i])
            key = self.members.key(i).encode("utf-8", "surrogateescape")
            check_member(self.shard, Place(key, head, size), self.view[head : start + size])
        source = self.view if size > LARGE_PAYLOAD else self.data
        return source[start : start + size]

    def blocks(
        self, start: int = 0, stop: int | None = None, *, first: int = FIRST_BLOCK
    ) -> Iterator[RawBlock]:
        """Samples of a stretch, as blocks, without looking at a header."""
        members = self.members
        stop = len(members) if stop is None else stop
        sums = np.concatenate(([0], np.cumsum(members.sizes)))
        limit = first
        while start < stop:
            by_bytes = int(np.searchsorted(sums, sums[start] + MAX_BLOCK_BYTES, "right"))
            end = max(start + 1, min(start + limit, by_bytes, stop))
            yield self._block(start, end)
            start, limit = end, min(limit * 4, MAX_BLOCK)

    def _block(self, start: int, stop: int) -> RawBlock:
        members = self.members
        starts, sizes = members.starts[start:stop].tolist(), members.sizes[start:stop].tolist()
        large = sum(sizes) > LARGE_PAYLOAD * (stop - start)
        source = self.view if large else self.data
        return RawBlock(
            self.shard,
            lambda: members.keys(start, stop),
            [source[at : at + size] for at, size in zip(starts, sizes, strict=True)],
            members.heads[start:stop].tolist(),
            large,
        )


def _stamp(facts: os.stat_result) -> Stamp:
    return facts.st_size, facts.st_mtime_ns, facts.st_ino


def _read_index(path: Path, shard: str, size: int) -> MemberIndex | None:
    """Return what the index beside a shard says; None where there is none that fits."""
    beside = path.with_name(path.name + INDEX_ENDING)
    try:
        data = beside.read_bytes()
        index = IndexFile(shard, data, lambda start, length: data[start : start + length])
        if index.shard_bytes != size:
            return None
        keys, heads, sizes = index.columns()
    except (OSError, CorruptShardError):
        # The shard itself says where its samples are.
        return None
    return MemberIndex(heads + BLOCK, sizes, heads, b"\0".join(keys), _ends(keys))


def _ends(keys: list[bytes]) -> Offsets:
    return np.cumsum([len(key) + 1 for key in keys], dtype=np.int64) - 1


def _find_members(data: Any, shard: str) -> MemberIndex:
    scanner = TarScanner(shard)
    columns: list[list[Offsets]] = [[], [], []]
    names: list[bytes] = []
    pos = 0
    while not scanner.done:
        span, pos = scanner.scan(
            data, pos, len(data), limit=_SCANNED_AT_ONCE, max_bytes=1 << 62, last=True
        )
        for column, found in zip(columns, (span.starts, span.sizes, span.heads), strict=True):
            column.append(np.array(found, np.int64))
        names += span.keys
    if isinstance(scanner.fault, SparseMemberError):
        message = f"{shard} holds sparse members: samples can only be read in order"
        raise NotRandomAccessError(message)
    if scanner.fault is not None:
        raise scanner.fault
    starts, sizes, heads = (np.concatenate(column) for column in columns)
    return MemberIndex(starts, sizes, heads, b"\0".join(names), _ends(names))
