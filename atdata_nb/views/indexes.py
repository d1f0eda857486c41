"""Facts of an index: how many datasets it lists, and the first of them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from atdata_nb.protocols import Countable, Paged
from atdata_nb.views.amounts import counted
from atdata_nb.views.entries import EntryFacts, entry_facts
from atdata_nb.views.text import one_line

if TYPE_CHECKING:
    from atdata_nb.protocols import AbstractIndex, IndexEntry

ROWS = 20


@dataclass(frozen=True, slots=True)
class IndexFacts:
    """What a face shows of an index."""

    title: str
    total: int | None
    entries: tuple[EntryFacts, ...]
    writer: str = ""
    owner: str = ""
    unreachable: tuple[tuple[str, str], ...] = ()

    @property
    def extent(self) -> str:
        """How many datasets there are, or that there are more than shown."""
        if self.total is not None:
            return counted(self.total, "dataset")
        return f"more than {counted(len(self.entries), 'dataset')}"

    @property
    def left_out(self) -> str:
        """How many datasets are listed but not shown, in words; empty when all are shown."""
        if self.total is None:
            return "more"
        rest = self.total - len(self.entries)
        return f"{rest:,} more" if rest > 0 else ""


def index_facts(index: AbstractIndex) -> IndexFacts:
    """Return the facts of any index, reading one page of entries more than are shown."""
    first = _first(index)
    total = index.count() if isinstance(index, Countable) else None
    if total is None and len(first) <= ROWS:
        total = len(first)
    entries = tuple(entry_facts(entry) for entry in first[:ROWS])
    return IndexFacts(
        one_line(type(index).__name__, 60),
        total,
        entries,
        _writer(index),
        one_line(getattr(index, "owner", ""), 260),
        _unreachable(getattr(index, "unreachable", None)),
    )


def _writer(index: AbstractIndex) -> str:
    if hasattr(type(index), "write_samples"):
        return "write_samples"
    # An index over many servers only reads.
    return "" if hasattr(index, "unreachable") else "insert_dataset"


def _unreachable(found: object) -> tuple[tuple[str, str], ...]:
    if not isinstance(found, dict):
        return ()
    return tuple((one_line(r, 200), one_line(why, 300)) for r, why in islice(found.items(), ROWS))


def _first(index: AbstractIndex) -> list[IndexEntry]:
    if isinstance(index, Paged):
        return list(index.page(limit=ROWS + 1, offset=0).items)
    return list(islice(index.datasets, ROWS + 1))
