"""ShardAccess: the cheapest way to a source's samples – mapped, by ranges, or streamed."""

from __future__ import annotations

from bisect import bisect_right
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from threading import RLock
from typing import IO, TYPE_CHECKING, Any, Final, cast

import numpy as np

from atdata_nb.errors import NotRandomAccessError, ShardError, ShardNotFoundError, shown_url
from atdata_nb.protocols import Indexed, LocalPaths, Numbered, RangeReadable
from atdata_nb.shards.checks import CheckedStream, FileCheck
from atdata_nb.shards.members import MappedShard
from atdata_nb.shards.reader import FIRST_BLOCK, read_file, read_stream
from atdata_nb.shards.sources import missing_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from atdata_nb.protocols import DataSource, SamplesByNumber
    from atdata_nb.shards.members import FoundMembers
    from atdata_nb.shards.reader import RawBlock
    from atdata_nb.shards.writer import Shard

# A mapped file is addresses, not memory; but Python keeps it open, and 1,024 open files are all
# that many systems allow a process. Where its members lie is remembered when it is closed.
MAX_MAPPED: Final = 128
# More files than this are not looked up one by one before reading begins.
MAX_CHECKED: Final = 1000
_PARALLEL: Final = 8


class ShardAccess:
    """Opens the shards of one source; safe from several threads.

    Args:
        source: the source.
        written: what is known of its shards; those are checked when they are read whole.
    """

    def __init__(self, source: DataSource, written: Iterable[Shard] = ()) -> None:
        self._source = source
        self._written = {shard.url: shard for shard in written}
        self._ranged: dict[str, SamplesByNumber | None] = {}
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
            ChecksumError: it was read whole, and is not what was written.
            ShardNotFoundError: the source has no such shard.
        """
        limit = first or FIRST_BLOCK
        path = self._path(shard)
        expected = self._written.get(shard)
        if path is None:
            yield from self._streamed(shard, expected, limit, frugal=first is not None)
            return
        if expected is None:
            yield from self._local(path, shard, limit)
            return
        check = FileCheck(path, shard, expected)
        try:
            yield from self._local(path, shard, limit)
            check.finish()
        finally:
            check.cancel()

    def _local(self, path: Path, shard: str, limit: int) -> Iterator[RawBlock]:
        with self._lock:
            mapped = self._mapped.get(shard)
        # Places from an index are checked sample by sample: all of them are better walked.
        if mapped is not None and mapped.seen and mapped.is_current():
            yield from mapped.blocks(first=limit)
            return
        try:
            yield from read_file(path, shard, first=limit)
        except FileNotFoundError as error:
            raise ShardNotFoundError(missing_file(shard)) from error

    def _streamed(
        self, shard: str, expected: Shard | None, limit: int, *, frugal: bool
    ) -> Iterator[RawBlock]:
        with self._source.open_shard(shard) as stream:
            if frugal and hasattr(stream, "frugal"):
                stream.frugal = True
            if expected is None:
                yield from read_stream(stream, shard, first=limit)
                # A blob knows its CID: its last word comes behind the end of the archive.
                if hasattr(stream, "finish"):
                    stream.finish()
                return
            checked = CheckedStream(stream, shard, expected)
            yield from read_stream(cast("IO[bytes]", checked), shard, first=limit)
            checked.finish()

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
                raise NotRandomAccessError(_only_in_order(shard))
            found = MappedShard(path, shard, known=self._members.get(shard))
            self._mapped[shard] = found
            if found.seen:
                self._members[shard] = found.stamp, found.members
            while len(self._mapped) > MAX_MAPPED:
                self._mapped.popitem(last=False)
            return found

    def ranged(self, shard: str) -> SamplesByNumber | None:
        """Return a shard that is no file here by its samples' numbers; None where it has none.

        Raises:
            CorruptShardError: the index is damaged.
        """
        # No lock: opening an index is a request, and several are opened at once.
        if shard in self._ranged:
            return self._ranged[shard]
        source: Any = self._source
        found: SamplesByNumber | None = None
        if isinstance(source, Numbered):
            found = source.numbered(shard)
        elif isinstance(source, RangeReadable) and isinstance(source, Indexed):
            from atdata_nb.shards.ranged import RangedShard

            found = RangedShard.open(source, shard)
        self._ranged[shard] = found
        return found

    def first(self, n: int) -> list[tuple[SamplesByNumber, int, Any]] | None:
        """Return the first ``n`` samples by ranges, as `payloads` does; None where that can't be.

        Local files, and shards without an index, are better read from their beginning.
        """
        found: list[tuple[SamplesByNumber, int, Any]] = []
        try:
            for shard in self._source.list_shards():
                if len(found) >= n:
                    break
                ranged = None if self._path(shard) is not None else self.ranged(shard)
                if ranged is None:
                    return None
                numbers = range(min(n - len(found), len(ranged)))
                data = ranged.payloads(numbers)
                found += [(ranged, i, one) for i, one in zip(numbers, data, strict=True)]
        except (ShardError, NotRandomAccessError):
            return None
        return found

    def payloads(
        self, numbers: Sequence[int]
    ) -> list[tuple[MappedShard | SamplesByNumber, int, Any]]:
        """Return shard, place in it and data of some samples, remote ones in few requests."""
        places = [self.locate(i) for i in numbers]
        remote: dict[str, set[int]] = {}
        for shard, i in places:
            if not isinstance(shard, MappedShard):
                remote.setdefault(shard.shard, set()).add(i)
        fetched: dict[tuple[str, int], Any] = {}
        if remote:
            with ThreadPoolExecutor(min(_PARALLEL, len(remote)), "atdata-range") as pool:
                for found in pool.map(self._fetch, remote, remote.values()):
                    fetched.update(found)
        return [
            (s, i, s.payload(i) if isinstance(s, MappedShard) else fetched[s.shard, i])
            for s, i in places
        ]

    def _fetch(self, name: str, wanted: Iterable[int]) -> dict[tuple[str, int], Any]:
        ranged = self.ranged(name)
        assert ranged is not None  # noqa: S101 - samples were located in it
        numbers = sorted(wanted)
        return {(name, i): data for i, data in zip(numbers, ranged.payloads(numbers), strict=True)}

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
                counts = self._counts()
                self._ends = [0, *np.cumsum(counts, dtype=np.int64).tolist()]
            return self._ends

    def _counts(self) -> list[int]:
        remote = [shard for shard in self._order if self._path(shard) is None]
        far: dict[str, int] = {}
        if remote:
            with ThreadPoolExecutor(min(_PARALLEL, len(remote)), "atdata-index") as pool:
                for shard, ranged in zip(remote, pool.map(self.ranged, remote), strict=True):
                    if ranged is None:
                        raise NotRandomAccessError(_only_in_order(shard))
                    far[shard] = len(ranged)
        return [far[s] if s in far else len(self.mapped(s).members) for s in self._order]

    def opened(self, shard: str) -> MappedShard | SamplesByNumber:
        """Return one shard whose samples can be read by number.

        Raises:
            NotRandomAccessError: it is compressed, or remote without an index.
            ShardError: it is damaged.
        """
        ranged = self.ranged(shard) if self._path(shard) is None else None
        return ranged or self.mapped(shard)

    def locate(self, i: int) -> tuple[MappedShard | SamplesByNumber, int]:
        """Return the shard and the place in it of sample ``i``; negative counts from the end.

        Raises:
            IndexError: there are fewer samples.
        """
        place, row = place_of(self._sums(), i)
        return self.opened(self._order[place]), row


def _only_in_order(shard: str) -> str:
    return (
        f"{shown_url(shard)} is no local file and has no member index beside it: its samples can "
        "only be read in order"
    )


def place_of(ends: list[int], i: int) -> tuple[int, int]:
    """Return which part the ``i``-th of all is in, and its place there; negative from the end.

    Args:
        ends: 0, then how many there are up to the end of each part.
        i: number of one of them.

    Raises:
        IndexError: there are fewer.

    >>> place_of([0, 3, 5], 4), place_of([0, 3, 5], -3)
    ((1, 1), (0, 2))
    """
    total = ends[-1]
    if not -total <= i < total:
        message = f"sample {i} of {total}"
        raise IndexError(message)
    i %= total
    # On a list: numpy's call would cost more than all the rest.
    place = bisect_right(ends, i) - 1
    return place, i - ends[place]
