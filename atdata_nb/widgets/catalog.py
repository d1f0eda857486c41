"""A catalog: pages of datasets, found by search, from any index whatever it offers."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from atdata_nb.protocols import Countable, Paged, Searchable
from atdata_nb.views.entries import entry_facts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from atdata_nb.protocols import AbstractIndex, IndexEntry, Page

# How many entries of an index without search are looked through for one request, so that the
# kernel answers again and again and the page can say how far it got.
STRIDE = 5_000


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of datasets.

    Attributes:
        entries: the page.
        offset: place of the first of them among all that match.
        total: how many match, or None while that is not known.
        looked: how many entries were looked through, where the index cannot search by itself.
        done: whether the page is whole; if not, ask again for the same one.
    """

    entries: list[IndexEntry]
    offset: int
    total: int | None
    looked: int = 0
    done: bool = True


class Catalog:
    """Pages of an index: by its own paging and search where it has them, else by reading on."""

    def __init__(self, index: AbstractIndex) -> None:
        self.index = index
        self._read: list[IndexEntry] = []
        self._rest: Iterator[IndexEntry] | None = None
        self._scan = _Scan("")

    def refresh(self) -> None:
        """Forget what was read, so that the next page shows the index as it is then."""
        self._read, self._rest, self._scan = [], None, _Scan("")

    def page(self, query: str, *, offset: int, limit: int) -> Listing:
        """Return one page of the entries that match; all of them for an empty query."""
        query = query.strip()
        if query and isinstance(self.index, Searchable):
            return _listing(self.index.search(query, limit=limit, offset=offset), None)
        if not query and isinstance(self.index, Paged):
            return _listing(self.index.page(limit=limit, offset=offset), self._count())
        return self._looked_up(query, offset, limit)

    def _count(self) -> int | None:
        return self.index.count() if isinstance(self.index, Countable) else None

    def _looked_up(self, query: str, offset: int, limit: int) -> Listing:
        if self._scan.query != query:
            self._scan = _Scan(query)
        scan = self._scan
        start = scan.looked
        while len(scan.found) < offset + limit and scan.looked < start + STRIDE:
            if not self._has(scan.looked):
                scan.ended = True
                break
            scan.take(self._read[scan.looked])
        known = len(scan.found) if scan.ended else None
        if known is None and not query:
            known = self._count()
        page = scan.found[offset : offset + limit]
        done = scan.ended or len(page) == limit
        return Listing(page, offset, known, scan.looked if query else 0, done)

    def _has(self, place: int) -> bool:
        if self._rest is None:
            self._rest = iter(self.index.datasets)
        missing = place + 1 - len(self._read)
        if missing > 0:
            self._read.extend(islice(self._rest, missing))
        return place < len(self._read)


class _Scan:
    """One query on its way through an index that cannot search by itself."""

    def __init__(self, query: str) -> None:
        self.query = query
        self.words = query.casefold().split()
        self.found: list[IndexEntry] = []
        self.looked = 0
        self.ended = False

    def take(self, entry: IndexEntry) -> None:
        self.looked += 1
        if not self.words:
            self.found.append(entry)
            return
        facts = entry_facts(entry)
        said = " ".join((facts.name, facts.description, facts.schema, *facts.tags)).casefold()
        if all(word in said for word in self.words):
            self.found.append(entry)


def _listing(page: Page[IndexEntry], count: int | None) -> Listing:
    total = page.total if page.total is not None else count
    return Listing(list(page.items), page.offset, total)
