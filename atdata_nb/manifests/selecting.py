"""SelectedAccess: the samples of a source that match, and no others, by the cheapest way to them.

It gives what `ShardAccess` gives, so that whoever reads a dataset reads the selection: batches,
tables, copies and lenses need not know of it.
"""

from __future__ import annotations

import warnings
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from atdata_nb.errors import (
    CorruptShardError,
    ManifestError,
    ManifestWarning,
    NotRandomAccessError,
    shown_url,
)
from atdata_nb.manifests.finding import Found, find
from atdata_nb.shards.access import ShardAccess, place_of
from atdata_nb.shards.members import MappedShard
from atdata_nb.shards.reader import LARGE_PAYLOAD, RawBlock

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from atdata_nb.manifests.finding import Rows
    from atdata_nb.manifests.manifest import Manifest
    from atdata_nb.protocols import DataSource, SamplesByNumber
    from atdata_nb.queries.expressions import Booleans
    from atdata_nb.queries.rows import RowFilter
    from atdata_nb.shards import Shard

# A shard of which more than this part matches is read whole.
_MANY: Final = 0.25
# Samples that are fetched at once: so many, or so many bytes as samples are on average.
_CHUNK: Final = 1024
_CHUNK_BYTES: Final = 4 << 20
# Of so many shards ahead the matching samples are fetched, so many at a time.
_AHEAD: Final = 24
_PARALLEL: Final = 12


class SelectedAccess(ShardAccess):
    """Opens the matching samples of one source; safe from several threads.

    Args:
        source: the source.
        written: what is known of its shards.
        filters: the conditions, all of which a sample must match.
    """

    def __init__(
        self, source: DataSource, written: Iterable[Shard], filters: Sequence[RowFilter]
    ) -> None:
        super().__init__(source, written)
        self.filters = tuple(filters)
        self._found: dict[str, Found] = {}
        self._scanned: dict[str, Rows] = {}
        self._looking: dict[str, Future[Found]] = {}
        self._fetched: dict[str, Future[RawBlock]] = {}
        self._pool: ThreadPoolExecutor | None = None
        self._own_ends: list[int] | None = None

    # ---- which ---------------------------------------------------------------------------------

    def found(self, shard: str) -> Found:
        """Return what the manifest of a shard tells."""
        if shard not in self._found:
            self._found[shard] = find(self._source, shard, self._written.get(shard), self.filters)
        return self._found[shard]

    def found_all(self) -> list[Found]:
        """Return what the manifests tell, of all shards."""
        shards = self._source.list_shards()
        if all(shard in self._found for shard in shards):
            return [self._found[shard] for shard in shards]
        return list(self._threads().map(self.found, shards))

    def _threads(self) -> ThreadPoolExecutor:
        with self._lock:
            if self._pool is None:
                self._pool = ThreadPoolExecutor(_PARALLEL, "atdata-query")
            return self._pool

    def _mask(self, payloads: Sequence[Any]) -> Booleans:
        masks = [one.mask(payloads) for one in self.filters]
        found: Booleans = np.logical_and.reduce(masks)
        return found

    # ---- in order ------------------------------------------------------------------------------

    def blocks(self, shard: str, *, first: int | None = None) -> Iterator[RawBlock]:
        """Matching samples of one shard as blocks; as of `ShardAccess`.

        Raises:
            ComparisonError: there are values that can't be compared with what they are compared
                with.
        """
        given: list[int] = []
        try:
            for block, rows in self._few(shard):
                yield block
                given += rows
        except _ReadWholeError:
            yield from self._scan(shard, first, without=frozenset(given))

    def _scan(
        self, shard: str, first: int | None, *, without: frozenset[int] = frozenset()
    ) -> Iterator[RawBlock]:
        at = 0
        for block in super().blocks(shard, first=first):
            hits = np.flatnonzero(self._mask(block.payloads)).tolist()
            kept = [i for i in hits if at + i not in without]
            if kept:
                yield block if len(kept) == len(block.payloads) else part_of(block, kept)
            at += len(block.payloads)

    def _few(self, shard: str) -> Iterator[tuple[RawBlock, list[int]]]:
        """Samples that a manifest leads to, and their numbers, each looked at again.

        Raises:
            _ReadWholeError: that can't be, or is no gain, or the manifest was wrong.
        """
        found = self._soon(shard)
        if found.rows is None or not self._worthwhile(shard, found):
            raise _ReadWholeError
        first = self._fetched.pop(shard, None)
        step = _step(found)
        for start in range(0, len(found.rows), step):
            rows = found.rows[start : start + step].tolist()
            try:
                if first is not None:
                    block, first = first.result(), None
                else:
                    block = fetch(self, shard, rows, found.manifest)
            except NotRandomAccessError as error:
                raise _ReadWholeError from error
            except CorruptShardError as error:
                self._doubt(shard, error.reason)
                raise _ReadWholeError from error
            stored = [one for one in self.filters if one.lens is None]
            if not np.logical_and.reduce([one.mask(block.payloads) for one in stored]).all():
                self._doubt(shard, "it leads to samples that do not match")
                raise _ReadWholeError
            kept = rows
            if len(stored) < len(self.filters):
                hits = np.flatnonzero(self._mask(block.payloads)).tolist()
                block, kept = part_of(block, hits), [rows[i] for i in hits]
            if kept:
                yield block, kept

    def _worthwhile(self, shard: str, found: Found) -> bool:
        assert found.rows is not None  # noqa: S101 - asked before
        if not len(found.rows):
            return True
        assert found.manifest is not None  # noqa: S101 - where rows come from
        if len(found.rows) > _MANY * found.manifest.samples:
            return False
        return self._path(shard) is not None or self.ranged(shard) is not None

    def _doubt(self, shard: str, reason: str) -> None:
        message = f"the manifest beside {shown_url(shard)} is not used, the shard is read: {reason}"
        warnings.warn(message, ManifestWarning, stacklevel=4)
        self._found[shard] = Found("scan", why="a manifest that does not fit")

    # ---- ahead ---------------------------------------------------------------------------------

    def _soon(self, shard: str) -> Found:
        """Return what is found of a shard far away, and look ahead at those behind it."""
        if self._path(shard) is not None:
            return self.found(shard)
        if not self._order:
            self._order = self._source.list_shards()
        at = self._order.index(shard)
        for one in self._order[at : at + _AHEAD]:
            if one not in self._looking:
                self._looking[one] = self._threads().submit(self._look, one)
        looking = self._looking.pop(shard, None)
        # Another thread that reads the same may have taken it.
        return self.found(shard) if looking is None else looking.result()

    def _look(self, shard: str) -> Found:
        found = self.found(shard)
        few = found.rows is not None and 0 < len(found.rows) <= _step(found)
        if few and self._worthwhile(shard, found):
            future: Future[RawBlock] = Future()
            try:
                assert found.rows is not None  # noqa: S101 - few of them
                future.set_result(fetch(self, shard, found.rows.tolist(), found.manifest))
            except Exception as error:  # noqa: BLE001 - raised where it is asked for
                future.set_exception(error)
            self._fetched[shard] = future
        return found

    # ---- by number -----------------------------------------------------------------------------

    def first(self, n: int) -> None:  # noqa: ARG002 - as of ShardAccess
        """Blocks lead to the first ones."""
        return

    def is_random(self) -> bool:
        """Whether samples can be read by number."""
        try:
            self.total()
            for shard in self._source.list_shards():
                if len(self._rows(shard)):
                    self.opened(shard)
        except NotRandomAccessError:
            return False
        return True

    def _sums(self) -> list[int]:
        if self._own_ends is None:
            self._order = self._source.list_shards()
            self.found_all()
            self._own_ends = [0, *accumulate(len(self._rows(shard)) for shard in self._order)]
        return self._own_ends

    def _rows(self, shard: str) -> Rows:
        """Numbers of the samples that match; a local shard is read for them where it must be.

        Raises:
            NotRandomAccessError: a remote one would have to be.
        """
        found = self.found(shard)
        if found.rows is not None and all(one.lens is None for one in self.filters):
            return found.rows
        if self._path(shard) is None:
            raise NotRandomAccessError(
                f"{shown_url(shard)} would have to be read for what matches in it ({found.why}): "
                "samples of this selection can only be read in order"
            )
        if shard not in self._scanned:
            parts, at = [np.empty(0, np.int64)], 0
            for block in super().blocks(shard):
                parts.append(at + np.flatnonzero(self._mask(block.payloads)))
                at += len(block.payloads)
            self._scanned[shard] = np.concatenate(parts)
        return self._scanned[shard]

    def payloads(
        self, numbers: Sequence[int]
    ) -> list[tuple[MappedShard | SamplesByNumber, int, Any]]:
        """Return shard, place in it and data of some matches, each looked at again.

        Raises:
            ManifestError: the manifest of a shard leads to a sample that does not match.
        """
        found = super().payloads(numbers)
        if found:
            hits = self._mask([payload for _, _, payload in found])
            if not hits.all():
                shard = found[int(np.flatnonzero(~hits)[0])][0].shard
                raise ManifestError(
                    f"the manifest beside {shown_url(shard)} leads to a sample that does not match"
                    ": delete it, or build it anew with build_manifests(force=True)"
                )
        return found

    def locate(self, i: int) -> tuple[MappedShard | SamplesByNumber, int]:
        """Return the shard and the place in it of the ``i``-th match; negative from the end.

        Raises:
            IndexError: there are fewer.
        """
        place, match = place_of(self._sums(), i)
        shard = self._order[place]
        return self.opened(shard), int(self._rows(shard)[match])


def _step(found: Found) -> int:
    """How many of a shard's samples are fetched at once."""
    if found.manifest is None:
        return _CHUNK
    mean = found.manifest.size // found.manifest.samples + 1
    return max(1, min(_CHUNK, _CHUNK_BYTES // mean))


class _ReadWholeError(Exception):
    """A shard has to be read from its beginning to its end."""


def fetch(
    access: ShardAccess, shard: str, rows: Sequence[int], manifest: Manifest | None
) -> RawBlock:
    """Return some samples of a shard as a block.

    Raises:
        NotRandomAccessError: it can only be read in order.
        CorruptShardError: it is not the shard that its index, or its manifest, was made of.
    """
    opened = access.opened(shard)
    if len(rows) and rows[-1] >= len(opened):
        raise CorruptShardError("its manifest has more samples than it has", shard=shard)
    if isinstance(opened, MappedShard):
        payloads = [opened.payload(i) for i in rows]
    else:
        made_of = getattr(opened, "sha256", None)
        if manifest is not None and made_of not in {None, manifest.sha256}:
            raise CorruptShardError("its manifest and its index are of two shards", shard=shard)
        payloads = list(opened.payloads(rows))
    where = [opened.where(i) for i in rows]
    large = sum(map(len, payloads)) > LARGE_PAYLOAD * len(rows)
    return RawBlock(shard, [key for key, _ in where], payloads, [head for _, head in where], large)


def part_of(block: RawBlock, places: Sequence[int]) -> RawBlock:
    """Return some samples of a block."""

    def keys() -> list[str]:
        all_of = block.keys() if callable(block.keys) else block.keys
        return [all_of[i] for i in places]

    payloads, heads = [block.payloads[i] for i in places], [block.heads[i] for i in places]
    return RawBlock(block.shard, keys, payloads, heads, block.large)
