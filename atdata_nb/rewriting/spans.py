"""Span: neighbouring samples that one worker writes."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from atdata_nb.errors import NotRandomAccessError
from atdata_nb.scanning import Pieces, map_shards
from atdata_nb.shards.writer import KEY_DIGITS, is_running_number, pack_samples
from atdata_nb.stores.packing import typed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from atdata_nb.dataset import Dataset
    from atdata_nb.protocols import Buffer

_AT_ONCE: Final = 256


@dataclass(frozen=True, slots=True)
class Span:
    """Neighbouring samples of a dataset.

    Attributes:
        ds: the shards they are in, and no others.
        start: the first one, counted from the first of those shards.
        stop: the one behind the last; None for all.
        number: which span of the whole dataset it is.
    """

    ds: Dataset[Any]
    start: int
    stop: int | None
    number: int

    @property
    def sample_type(self) -> type[Any]:
        """What the bytes are samples of."""
        return self.ds.sample_type

    def packed(self) -> Iterator[tuple[str | None, Buffer]]:
        """Key and bytes of each sample; the key is None where the writer may number."""
        if self.ds.is_raw:
            yield from self._copied()
            return
        for payload in pack_samples(typed(self._samples(), self.ds.sample_type)):
            yield None, payload

    def _copied(self) -> Iterator[tuple[str | None, Buffer]]:
        if self.stop is None:
            yield from self.ds.raw()
            return
        yield from islice(self._renumbered(), self.start, self.stop)

    def _renumbered(self) -> Iterator[tuple[str | None, Buffer]]:
        # Running numbers of the old shards would be odd, or there twice, in the new ones.
        for shard in self.ds.list_shards():
            place = 0
            for block in self.ds.raw_blocks(shard):
                keys = block.keys() if callable(block.keys) else block.keys
                for key, payload in zip(keys, block.payloads, strict=True):
                    old = key == f"{place:0{KEY_DIGITS}}"
                    old = old or (self.ds.is_selection and is_running_number(key))
                    yield (None if old else key), payload
                    place += 1

    def _samples(self) -> Iterator[Any]:
        if self.stop is None:
            yield from self.ds
            return
        try:
            total = min(self.stop, len(self.ds))
        except NotRandomAccessError:
            yield from islice(self.ds, self.start, self.stop)
            return
        for start in range(self.start, total, _AT_ONCE):
            yield from self.ds[start : min(start + _AT_ONCE, total)]


def spans_of(ds: Dataset[Any], maxcount: int | None, client: Any) -> Pieces[Span]:
    """Return the parts that a dataset is written in: they do not depend on who writes them.

    Args:
        ds: the dataset.
        maxcount: samples a part; None for a part a shard.
        client: where samples are counted.
    """
    names = ds.list_shards()
    if maxcount is None:
        numbers = {name: number for number, name in enumerate(names)}
        parts = ds.by_shard()
        return Pieces(names, lambda name: Span(parts[numbers[name]], 0, None, numbers[name]))
    if maxcount < 1:
        raise ValueError(f"maxcount is {maxcount}; it must be at least 1")
    ends = [0]
    for count in map_shards(count_samples, ds, executor=client):
        ends.append(ends[-1] + count)
    starts = range(0, ends[-1], maxcount)
    labels = [f"samples {s} to {min(s + maxcount, ends[-1])}" for s in starts]
    places = dict(zip(labels, starts, strict=True))
    return Pieces(labels, lambda label: _cut(ds, names, ends, places[label], maxcount))


def _cut(ds: Dataset[Any], names: list[str], ends: list[int], start: int, count: int) -> Span:
    first = next(i for i in range(len(names)) if ends[i + 1] > start)
    stop = min(start + count, ends[-1])
    last = next(i for i in range(first, len(names)) if ends[i + 1] >= stop)
    part = ds.part(names[first : last + 1])
    return Span(part, start - ends[first], stop - ends[first], start // count)


def count_samples(ds: Dataset[Any]) -> int:
    """Return how many samples a dataset has: from its index where there is one."""
    try:
        return len(ds)
    except NotRandomAccessError:
        blocks = (block for shard in ds.list_shards() for block in ds.raw_blocks(shard))
        return sum(len(block.payloads) for block in blocks)
