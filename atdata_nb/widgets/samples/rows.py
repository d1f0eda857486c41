"""Rows: the samples of one dataset by number, whichever way its shards can be read."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from atdata_nb.errors import NotRandomAccessError, RemoteError, ShardError
from atdata_nb.protocols import LocalPaths
from atdata_nb.widgets.samples.stretches import Stretch, stretch_of, stretches, why
from atdata_nb.widgets.samples.weights import weight

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from atdata_nb.dataset import Dataset
    from atdata_nb.widgets.samples.pace import Pace

# Of what can only be read in order, this much is held, so that one can scroll back.
MOST_HELD: Final = 96 << 20
# Rows that are read at once from far away: requests are dear there, and so are bytes.
FAR_ROWS: Final = 20
_FAR_BYTES: Final = 4 << 20


@dataclass(frozen=True, slots=True)
class Row:
    """One row: a sample, or why there is none.

    Attributes:
        number: its place in the dataset.
        sample: the sample; None if it cannot be read.
        fault: why it cannot.
    """

    number: int
    sample: Any
    fault: str = ""


class Rows(ABC):
    """The rows of a dataset.

    Attributes:
        random: whether any row can be read without those before it.
        known: how many rows there are, as far as that is known.
        whole: whether that is all.
    """

    random: bool
    known: int
    whole: bool

    @abstractmethod
    def read(self, numbers: Sequence[int], pace: Pace) -> Iterator[Row]:
        """Read rows, at least one, and then as many as the pace allows."""

    @abstractmethod
    def further(self) -> Stretch | None:
        """Return the next stretch of what statistics, filter and order are made from.

        None: there is nothing more, or nothing more without `ask_for_more`.
        """

    @property
    def waiting(self) -> bool:
        """Whether there is more that is only read when it is asked for."""
        return False

    def ask_for_more(self, pace: Pace) -> None:  # noqa: B027 - what is not waiting has no more
        """Read on, where that does not happen by itself."""


def rows_of(ds: Dataset[Any], limit: int | None) -> Rows:
    """Return the rows of a dataset, at most ``limit`` of them.

    Raises:
        ShardError: nothing at all can be read.
    """
    try:
        total = len(ds)
    except (NotRandomAccessError, ShardError):
        return StreamedRows(ds, limit, near=_is_local(ds))
    known = total if limit is None else min(total, limit)
    return LocalRows(ds, known) if _is_local(ds) else RangedRows(ds, known)


def _is_local(ds: Dataset[Any]) -> bool:
    source = ds.source
    return isinstance(source, LocalPaths) and all(
        source.local_path(shard) is not None for shard in ds.list_shards()
    )


class LocalRows(Rows):
    """Rows in local files: all of them within reach."""

    random = True
    whole = True

    def __init__(self, ds: Dataset[Any], known: int) -> None:
        self._ds, self.known = ds, known
        self._rest = stretches(ds)

    def read(self, numbers: Sequence[int], pace: Pace) -> Iterator[Row]:
        """Read rows one by one: each may be huge, and is dropped before the next."""
        for number in numbers:
            yield from _taken(self._ds, [number])
            if pace.over:
                return

    def further(self) -> Stretch | None:
        """Return the next stretch of the files."""
        stretch = next(self._rest, None)
        if stretch is None or stretch.start >= self.known:
            return None
        return stretch.cut(self.known - stretch.start)[0]


class RangedRows(Rows):
    """Rows far away, with an index beside each shard: only what is asked for is read."""

    random = True
    whole = True

    def __init__(self, ds: Dataset[Any], known: int) -> None:
        self._ds, self.known = ds, known
        self._begun: list[Row] = []
        self._told = 0

    def read(self, numbers: Sequence[int], pace: Pace) -> Iterator[Row]:
        """Read rows, neighbours in one request."""
        at, size = 0, 4
        while at < len(numbers):
            wanted = numbers[at : at + size]
            held = [n for n in wanted if n < len(self._begun)]
            if len(held) == len(wanted):
                yield from (self._begun[n] for n in held)
            else:
                yield from self._fetched(wanted)
            at += len(wanted)
            if pace.over:
                return
            size = min(2 * size, FAR_ROWS)

    def _fetched(self, wanted: Sequence[int]) -> list[Row]:
        found = list(_taken(self._ds, wanted))
        # What continues the beginning is kept: statistics are made from it.
        for row in found:
            heavy = sum(weight(each.sample) for each in self._begun[-FAR_ROWS:]) > _FAR_BYTES
            if row.number == len(self._begun) and not heavy:
                self._begun.append(row)
        return found

    def further(self) -> Stretch | None:
        """Return what was read of the beginning since."""
        rows = self._begun[self._told :]
        if not rows:
            return None
        stretch = _stretch(self._ds, rows)
        self._told = len(self._begun)
        return stretch

    @property
    def waiting(self) -> bool:
        """Whether the dataset goes on beyond what was read of its beginning."""
        return len(self._begun) < self.known

    def ask_for_more(self, pace: Pace) -> None:
        """Read on behind what was read of the beginning."""
        start = len(self._begun)
        numbers = range(start, min(self.known, start + max(FAR_ROWS, start)))
        for _ in self.read(numbers, pace):
            pass


class StreamedRows(Rows):
    """Rows that can only be read in order: the first ones are held, within `MOST_HELD`.

    Args:
        ds: the dataset.
        limit: rows at most.
        near: whether they are in local files, and are read on unasked.
    """

    random = False

    def __init__(self, ds: Dataset[Any], limit: int | None, *, near: bool) -> None:
        self._limit, self._near = limit, near
        self._rest = stretches(ds, first=FAR_ROWS, whole=True)
        self._held: list[Row] = []
        self._weight = 0
        self._told: list[Stretch] = []
        self._ended = limit == 0
        while self._goes_on and self.known < FAR_ROWS and self._weight < _FAR_BYTES:
            self._read_on()

    @property
    def known(self) -> int:  # type: ignore[override]
        """How many rows were read."""
        return len(self._held)

    @property
    def whole(self) -> bool:  # type: ignore[override]
        """Whether they are all."""
        return self._ended

    @property
    def full(self) -> bool:
        """Whether no more can be held."""
        return self._weight >= MOST_HELD

    def _read_on(self) -> None:
        stretch = None if self._ended or self.full else next(self._rest, None)
        if stretch is None:
            self._ended = self._ended or not self.full
            return
        if self._limit is not None and stretch.start + len(stretch) >= self._limit:
            stretch, self._ended = stretch.cut(self._limit - stretch.start)[0], True
        self._told.append(stretch)
        for i, place in enumerate(stretch.places()):
            sample = None if place is None else stretch.batch[place]
            self._held.append(Row(stretch.start + i, sample, stretch.faults.get(i, "")))
            self._weight += weight(sample)

    def read(self, numbers: Sequence[int], pace: Pace) -> Iterator[Row]:
        """Give rows that were read."""
        for number in numbers:
            if number < len(self._held):
                yield self._held[number]
            if pace.over:
                return

    def further(self) -> Stretch | None:
        """Return what was read since."""
        if self._near and not self._told and self._goes_on:
            self._read_on()
        return self._told.pop(0) if self._told else None

    @property
    def _goes_on(self) -> bool:
        return not self._ended and not self.full

    @property
    def waiting(self) -> bool:
        """Whether the stream may go on."""
        return self._goes_on and not self._near

    def ask_for_more(self, pace: Pace) -> None:
        """Read on in the stream."""
        before = self.known
        self._read_on()
        while self._goes_on and not pace.over and self.known < 2 * before:
            self._read_on()


def _taken(ds: Dataset[Any], numbers: Sequence[int]) -> Iterator[Row]:
    try:
        samples = ds.take(numbers)
    except (RemoteError, NotRandomAccessError):
        raise
    except Exception as error:  # noqa: BLE001 - whatever a sample or a lens raises
        if len(numbers) == 1:
            yield Row(numbers[0], None, why(error))
            return
        # Halved, so that one bad sample costs few requests.
        half = len(numbers) // 2
        yield from _taken(ds, numbers[:half])
        yield from _taken(ds, numbers[half:])
        return
    yield from (Row(n, sample) for n, sample in zip(numbers, samples, strict=True))


def _stretch(ds: Dataset[Any], rows: list[Row]) -> Stretch:
    good = [row.sample for row in rows if not row.fault]
    faults = {i: row.fault for i, row in enumerate(rows) if row.fault}
    return stretch_of(rows[0].number, good, ds.sample_type, faults)
