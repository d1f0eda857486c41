"""RangedShard: a shard far away with an index beside it; only what is asked for is read."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import TYPE_CHECKING, Final, Protocol, Self

from atdata_nb.shards.index_file import FIRST_READ, IndexFile, check_member
from atdata_nb.shards.tar import BLOCK

if TYPE_CHECKING:
    from collections.abc import Sequence

    from atdata_nb.shards.index_file import Place

# Neighbours are fetched together: what lies between costs less than another request.
_MAX_GAP: Final = 8 << 10
_MAX_TOGETHER: Final = 4 << 20
PARALLEL: Final = 8


class Ranges(Protocol):
    """What a source needs for this."""

    def read_range(self, shard_id: str, start: int, length: int) -> bytes:
        """Bytes of a shard."""
        ...

    def read_index(self, shard_id: str, start: int, length: int) -> bytes | None:
        """Bytes of the index beside it; None where there is none."""
        ...


class RangedShard:
    """A shard whose samples are read one by one; safe from several threads."""

    def __init__(self, source: Ranges, shard: str, index: IndexFile) -> None:
        self._source, self.shard, self._index = source, shard, index

    @classmethod
    def open(cls, source: Ranges, shard: str) -> Self | None:
        """Return a shard by its index; None where it has none.

        Raises:
            CorruptShardError: the index is damaged.
        """
        first = source.read_index(shard, 0, FIRST_READ)
        if first is None:
            return None

        def read(start: int, length: int) -> bytes | None:
            return source.read_index(shard, start, length)

        return cls(source, shard, IndexFile(shard, first, read))

    def __len__(self) -> int:
        return self._index.samples

    @property
    def sha256(self) -> str:
        """SHA-256 of the shard that the index was made of."""
        return self._index.sha256.hex()

    def where(self, i: int) -> tuple[str, int]:
        """Key of a sample, and offset of its header."""
        place = self._index.place(i)
        return place.key.decode("utf-8", "surrogateescape"), place.head

    def payload(self, i: int) -> memoryview:
        """Data of one sample."""
        return self.payloads([i])[0]

    def payloads(self, numbers: Sequence[int]) -> list[memoryview]:
        """Data of some samples, read in as few requests as that takes, and several at a time.

        Raises:
            CorruptShardError: a sample is not where the index says.
        """
        places = {i: self._index.place(i) for i in numbers}
        groups = _together(sorted(places.items(), key=lambda item: item[1].head))
        if len(groups) == 1:
            parts = [self._fetch(groups[0])]
        else:
            with ThreadPoolExecutor(min(PARALLEL, max(len(groups), 1)), "atdata-range") as pool:
                parts = list(pool.map(self._fetch, groups))
        found = {i: data for part in parts for i, data in part.items()}
        return [found[i] for i in numbers]

    def _fetch(self, group: list[tuple[int, Place]]) -> dict[int, memoryview]:
        start, stop = group[0][1].head, group[-1][1].end
        data = memoryview(self._source.read_range(self.shard, start, stop - start))
        found: dict[int, memoryview] = {}
        for i, place in group:
            member = data[place.head - start : place.end - start]
            check_member(self.shard, place, member)
            found[i] = member[BLOCK:]
        return found


def _together(items: list[tuple[int, Place]]) -> list[list[tuple[int, Place]]]:
    if not items:
        return []
    groups = [[items[0]]]
    for (_, before), item in pairwise(items):
        near = item[1].head - before.end <= _MAX_GAP
        if near and item[1].end - groups[-1][0][1].head <= _MAX_TOGETHER:
            groups[-1].append(item)
        else:
            groups.append([item])
    return groups
