"""Sources: one index as a list that can be searched, narrowed and sorted, whatever it offers."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from atdata_nb.index.facets import KINDS
from atdata_nb.protocols import Countable, Faceted, Paged, Searchable
from atdata_nb.widgets.reading import Reading
from atdata_nb.widgets.rows import Row, SchemaEntry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from atdata_nb.protocols import AbstractIndex, Page
    from atdata_nb.widgets.wanted import Listed, Wanted

MOST_VALUES: Final = 50
# Of an index that cannot count by itself no more are read only to count its facets.
MOST_COUNTED: Final = 20_000

Counts = dict[str, list[tuple[str, int]]]


@dataclass(frozen=True, slots=True)
class Tally:
    """How many entries have which facets.

    Attributes:
        counts: of each kind the commonest values with their numbers.
        total: how many match; None while that is not known.
        counted: how many entries were looked at, where not all of them were.
        done: whether it will not change if asked again.
    """

    counts: Counts
    total: int | None
    counted: int = 0
    done: bool = True


class View:
    """The rows that match, as far as they are known.

    Attributes:
        total: how many match; None while that is not known.
        looked: how many were looked through, where the index cannot search by itself.
        done: whether it will not change if asked again.
    """

    total: int | None
    looked: int = 0
    done: bool = True

    def __len__(self) -> int:
        return self.total or 0

    def window(self, offset: int, limit: int) -> list[Row]:
        """Return some of them."""
        raise NotImplementedError


class Fetched(View):
    """What an index finds by itself, page by page."""

    def __init__(
        self, fetch: Callable[[int, int], Page[Any]], source: int, count: Callable[[], int | None]
    ) -> None:
        self._fetch, self._source, self._count = fetch, source, count
        self._total: int | None = None
        self._is_known = False

    @property
    def total(self) -> int | None:  # type: ignore[override]
        """How many match, if the index says so."""
        if not self._is_known:
            self.window(0, 1)
        return self._total

    def window(self, offset: int, limit: int) -> list[Row]:
        """Return a page."""
        page = self._fetch(offset, limit)
        if not self._is_known:
            self._total = page.total if page.total is not None else self._count()
            self._is_known = True
        return [Row(entry, self._source) for entry in page.items]


class Scan(View):
    """What matches among entries that are read one by one."""

    def __init__(self, wanted: Wanted, reading: Reading[Row]) -> None:
        self._wanted, self._reading = wanted, reading
        self._found: list[Row] = []
        self._sorted = False
        self.seen = 0

    @property
    def total(self) -> int | None:  # type: ignore[override]
        """How many match, once all were read."""
        return len(self._found) if self.done else None

    @property
    def looked(self) -> int:  # type: ignore[override]
        """How many were looked through."""
        return 0 if self._wanted.is_plain else self.seen

    @property
    def done(self) -> bool:  # type: ignore[override]
        """Whether all were read."""
        return self._reading.ended and self.seen == len(self._reading.items)

    def __len__(self) -> int:
        return len(self._found)

    def window(self, offset: int, limit: int) -> list[Row]:
        """Return some of what was found, sorted once everything is there."""
        order = self._wanted.order
        if order and not self._sorted and self.done:
            self._found.sort(key=lambda row: row.key(order), reverse=order.startswith("-"))
            self._sorted = True
        return self._found[offset : offset + limit]

    def advance(self, upto: int | None) -> None:
        """Go on until so many were found, or by a stride."""
        if upto is not None and len(self._found) >= upto:
            return
        at_most = None if upto is None or self._wanted.words or self._wanted.facets else upto
        self._reading.advance(at_most)
        # More may be read meanwhile, in another thread.
        new = self._reading.items[self.seen :]
        self._found += [row for row in new if row.matches(self._wanted)]
        self.seen += len(new)


class Source:
    """One index, and what was read of it.

    Args:
        index: the index.
        number: its place among those that are browsed together.
        label: what to call it.
    """

    def __init__(self, index: AbstractIndex, number: int = 0, label: str = "") -> None:
        self.index, self.number = index, number
        self.label = label or type(index).__name__
        self.is_remote = bool(getattr(index, "is_remote", False))
        self.refresh()

    def refresh(self) -> None:
        """Forget what was read, so that the next list shows the index as it is then."""
        self._readings: dict[Listed, Reading[Row]] = {}
        self._scan: Scan | None = None
        self._scanned: Wanted | None = None

    @property
    def error(self) -> Exception | None:
        """What went wrong while the index was read one by one, if it did."""
        return next((reading.error for reading in self._readings.values() if reading.error), None)

    def view(self, wanted: Wanted, *, upto: int | None, sized: bool = False) -> View:
        """Return what matches.

        Args:
            wanted: the list.
            upto: how much of it has to be read for now; all for None.
            sized: whether its length has to be known as soon as possible.
        """
        fetched = self._fetched(wanted)
        if fetched is not None and not (sized and fetched.total is None):
            return fetched
        if self._scan is None or self._scanned != wanted:
            self._scan, self._scanned = Scan(wanted, self.reading(wanted.listed)), wanted
        # Sorted is only what is whole.
        self._scan.advance(None if wanted.order else upto)
        error = self._scan._reading.error  # noqa: SLF001 - of this module
        if error is not None and not len(self._scan):
            raise error
        return self._scan

    def tally(self, wanted: Wanted) -> Tally:
        """Return how many entries have which facets."""
        index = self.index
        if isinstance(index, Faceted) and not self.is_remote:
            facets = dict(wanted.facets)
            counts = index.facet_counts(wanted.query, facets=facets, most=MOST_VALUES)
            return Tally(counts, self._fetched(wanted.without("place")).total)  # type: ignore[union-attr]
        reading = self.reading("datasets")
        if len(reading.items) < MOST_COUNTED:
            reading.advance()
        rows = reading.items[:MOST_COUNTED]
        stops = reading.ended or len(reading.items) >= MOST_COUNTED
        counts = {kind: _counted(rows, wanted.without(kind), kind) for kind in KINDS}
        if not reading.ended:
            return Tally(counts, None, len(rows), stops)
        free = wanted.without("place")
        return Tally(counts, sum(row.matches(free) for row in rows), 0, stops)

    def reading(self, listed: Listed) -> Reading[Row]:
        """Return how far the index was read one by one."""
        if listed not in self._readings:
            each = self._datasets if listed == "datasets" else self._schemas
            self._readings[listed] = Reading(each, aside=self.is_remote)
        return self._readings[listed]

    def _datasets(self) -> Iterator[Row]:
        return (Row(entry, self.number) for entry in self.index.datasets)

    def _schemas(self) -> Iterator[Row]:
        return (Row(SchemaEntry(schema), self.number) for schema in self.index.schemas)

    def _fetched(self, wanted: Wanted) -> Fetched | None:
        index, order = self.index, wanted.order
        # A server's search fetches everything each time; read once, it is looked through here.
        if self.is_remote or wanted.listed == "schemas":
            return None
        if isinstance(index, Faceted):
            return self._told(
                lambda offset, limit: index.select(
                    wanted.query,
                    facets=dict(wanted.facets),
                    order=order,
                    limit=limit,
                    offset=offset,
                )
            )
        if wanted.facets:
            return None
        if wanted.words and not order and isinstance(index, Searchable):
            query = wanted.query
            return self._told(
                lambda offset, limit: index.search(query, limit=limit, offset=offset), counts=False
            )
        if not wanted.words and isinstance(index, Paged):
            return self._told(
                lambda offset, limit: index.page(limit=limit, offset=offset, order=order or "name")
            )
        return None

    def _told(self, fetch: Callable[[int, int], Page[Any]], *, counts: bool = True) -> Fetched:
        index = self.index
        is_counted = counts and isinstance(index, Countable)
        return Fetched(fetch, self.number, index.count if is_counted else lambda: None)  # type: ignore[attr-defined]


def _counted(rows: list[Row], wanted: Wanted, kind: str) -> list[tuple[str, int]]:
    counter = Counter(
        value
        for row in rows
        if row.matches(wanted)
        for its_kind, value in row.facets
        if its_kind == kind
    )
    return sorted(counter.items(), key=lambda pair: (-pair[1], pair[0]))[:MOST_VALUES]


def added(tallies: list[Tally]) -> Tally:
    """Return the facets of several sources together."""
    counts: Counts = {}
    for kind in KINDS:
        counter: Counter[str] = Counter()
        for tally in tallies:
            counter.update(dict(tally.counts.get(kind, ())))
        ordered = sorted(counter.items(), key=lambda pair: (-pair[1], pair[0]))
        counts[kind] = ordered[:MOST_VALUES]
    totals = [tally.total for tally in tallies]
    known = [total for total in totals if total is not None]
    return Tally(
        counts,
        sum(known) if len(known) == len(totals) else None,
        sum(tally.counted for tally in tallies),
        all(tally.done for tally in tallies),
    )


def facets_wire(counts: Mapping[str, list[tuple[str, int]]]) -> dict[str, list[list[Any]]]:
    """Return counted facets as the page shows them: value, label, number."""
    from atdata_nb.views.entries import schema_label
    from atdata_nb.views.text import one_line

    return {
        kind: [
            [value, schema_label(value) if kind == "schema" else one_line(value, 60), number]
            for value, number in found
        ]
        for kind, found in counts.items()
    }
