"""ShardAccess: the cheapest way to a source's samples – mapped, or streamed."""

from __future__ import annotations

from bisect import bisect_right
from collections import OrderedDict
from threading import RLock
from typing import TYPE_CHECKING, Final

import numpy as np

from atdata_nb.errors import NotRandomAccessError, ShardNotFoundError
from atdata_nb.protocols import LocalPaths
from atdata_nb.shards.members import MappedShard
from atdata_nb.shards.reader import FIRST_BLOCK, read_file, read_stream
from atdata_nb.shards.sources import missing_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from atdata_nb.protocols import DataSource
    from atdata_nb.shards.members import FoundMembers
    from atdata_nb.shards.reader import RawBlock

# A mapped file is addresses, not memory; but Python keeps it open, and 1,024 open files are all
# that many systems allow a process. Where its members lie is remembered when it is closed.
MAX_MAPPED: Final = 128
# More files than this are not looked up one by one before reading begins.
MAX_CHECKED: Final = 1000


class ShardAccess:
    """Opens the shards of one source; safe from several threads."""

    def __init__(self, source: DataSource) -> None:
        self._source = source
        self._mapped: OrderedDict[str, MappedShard] = OrderedDict()
        self._members: dict[str, FoundMembers] = {}
        self._ends: list[int] | None = None
        self._order: list[str] = []
        self._lock = RLock()

    def check_files(self) -> None:
        """Look whether local shards are there.

        Raises:
            ShardNotFoundError: one is not.
        """
        if not isinstance(self._source, LocalPaths):
            return
        for shard in self._source.list_shards()[:MAX_CHECKED]:
            path = self._path(shard)
            if path is not None and not path.exists():
                raise ShardNotFoundError(missing_file(shard))

    def _path(self, shard: str) -> Path | None:
        return self._source.local_path(shard) if isinstance(self._source, LocalPaths) else None

    def blocks(self, shard: str, *, first: int | None = None) -> Iterator[RawBlock]:
        """Samples of one shard as blocks.

        Raises:
            ShardError: the shard is damaged; what came before the damage was given.
            ShardNotFoundError: the source has no such shard.
        """
        limit = first or FIRST_BLOCK
        with self._lock:
            mapped = self._mapped.get(shard)
        if mapped is not None and mapped.is_current():
            yield from mapped.blocks(first=limit)
            return
        path = self._path(shard)
        if path is None:
            with self._source.open_shard(shard) as stream:
                yield from read_stream(stream, shard, first=limit)
            return
        try:
            yield from read_file(path, shard, first=limit)
        except FileNotFoundError as error:
            raise ShardNotFoundError(missing_file(shard)) from error

    def mapped(self, shard: str) -> MappedShard:
        """Return one shard, mapped and with its members found.

        Raises:
            NotRandomAccessError: it is remote or compressed.
            ShardError: it is damaged.
        """
        with self._lock:
            found = self._mapped.get(shard)
            if found is not None and found.is_current():
                self._mapped.move_to_end(shard)
                return found
            path = self._path(shard)
            if path is None:
                message = f"{shard} is no local file: its samples can only be read in order"
                raise NotRandomAccessError(message)
            found = MappedShard(path, shard, known=self._members.get(shard))
            self._mapped[shard], self._members[shard] = found, (found.stamp, found.members)
            while len(self._mapped) > MAX_MAPPED:
                self._mapped.popitem(last=False)
            return found

    def is_random(self) -> bool:
        """Whether samples can be read by number."""
        try:
            self.total()
        except NotRandomAccessError:
            return False
        return True

    def total(self) -> int:
        """Number of samples in all shards; counted on first use."""
        return self._sums()[-1]

    def _sums(self) -> list[int]:
        with self._lock:
            if self._ends is None:
                self._order = self._source.list_shards()
                counts = [len(self.mapped(shard).members) for shard in self._order]
                self._ends = [0, *np.cumsum(counts, dtype=np.int64).tolist()]
            return self._ends

    def locate(self, i: int) -> tuple[MappedShard, int]:
        """Return the shard and the place in it of sample ``i``; negative counts from the end.

        Raises:
            IndexError: there are fewer samples.
        """
        ends = self._sums()
        total = ends[-1]
        if not -total <= i < total:
            message = f"sample {i} of {total}"
            raise IndexError(message)
        i %= total
        # On a list: numpy's call would cost more than all the rest.
        place = bisect_right(ends, i) - 1
        return self.mapped(self._order[place]), i - ends[place]
