"""A catalog: pages of datasets from one index or several, found by search, facets and order."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from atdata_nb.views.text import one_line
from atdata_nb.widgets.merging import merged
from atdata_nb.widgets.sources import Source, Tally, added

if TYPE_CHECKING:
    from collections.abc import Sequence

    from atdata_nb.protocols import AbstractIndex
    from atdata_nb.widgets.rows import Row
    from atdata_nb.widgets.sources import View
    from atdata_nb.widgets.wanted import Wanted

_MOST_NOTES: Final = 5


@dataclass(frozen=True, slots=True)
class Note:
    """Why a part of the list is missing.

    Attributes:
        source: the index, or the repository, that it is about.
        text: what went wrong.
    """

    source: str
    text: str


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of datasets.

    Attributes:
        rows: the page.
        offset: place of the first of them among all that match.
        total: how many match, or None while that is not known.
        looked: how many entries were looked through, where the index cannot search by itself.
        done: whether the page is whole; if not, ask again for the same one.
        notes: what is missing, and why.
    """

    rows: list[Row]
    offset: int
    total: int | None
    looked: int = 0
    done: bool = True
    notes: tuple[Note, ...] = ()


class Catalog:
    """Pages of one index, or of several as one list; one that fails hides no other."""

    def __init__(self, indexes: Sequence[AbstractIndex]) -> None:
        self.sources = [
            Source(index, number, label)
            for number, (index, label) in enumerate(zip(indexes, labels(indexes), strict=True))
        ]
        self._failed: dict[int, Exception] = {}

    def refresh(self) -> None:
        """Forget what was read, so that the next page shows the indexes as they are then."""
        self._failed.clear()
        for source in self.sources:
            source.refresh()

    def page(self, wanted: Wanted, *, offset: int, limit: int) -> Listing:
        """Return one page of what matches.

        Raises:
            Exception: what went wrong, when no index can be listed.
        """
        if len(self.sources) == 1:
            source = self.sources[0]
            view = source.view(wanted, upto=offset + limit)
            rows = view.window(offset, limit)
            enough = not wanted.order and len(rows) == limit
            return self._listing([view], rows, offset, view.total, done=view.done or enough)
        if not wanted.words:
            wanted = replace(wanted, order=wanted.order or "name")
        found = [self._view(source, wanted) for source in self.sources]
        views = [view for view in found if view is not None]
        if not views:
            raise next(iter(self._failed.values()))
        one = merged(views, wanted.order)
        done = all(view.done for view in views)
        # While an index is still being read the list is as long as what is known of it.
        total = len(one) if done else None
        return self._listing(views, one.window(offset, limit), offset, total, done=done)

    def tally(self, wanted: Wanted) -> Tally:
        """Return how many entries have which facets, of all indexes that answer."""
        tallies = []
        for source in self.sources:
            if source.number in self._failed:
                continue
            try:
                tallies.append(source.tally(wanted))
            except Exception as error:
                if len(self.sources) == 1:
                    raise
                self._failed[source.number] = error
        return added(tallies)

    def _view(self, source: Source, wanted: Wanted) -> View | None:
        # Not asked again before somebody wants it: a dead server takes its time to say nothing.
        if source.number in self._failed:
            return None
        try:
            view = source.view(wanted, upto=None, sized=True)
            len(view)
        except Exception as error:  # noqa: BLE001 - said in place, beside what the others have
            self._failed[source.number] = error
            return None
        return view

    def _listing(
        self, views: list[View], rows: list[Row], offset: int, total: int | None, *, done: bool
    ) -> Listing:
        looked = sum(view.looked for view in views)
        return Listing(rows, offset, total, looked, done, tuple(self._notes()))

    def _notes(self) -> list[Note]:
        found: list[Note] = []
        for source in self.sources:
            error = self._failed.get(source.number) or source.error
            if error is not None:
                found.append(Note(source.label, one_line(str(error), 300)))
            found += _unreachable(source.index)
        if len(found) > _MOST_NOTES:
            more = Note(f"{len(found) - _MOST_NOTES + 1} more", "cannot be reached either")
            found = [*found[: _MOST_NOTES - 1], more]
        return found


def labels(indexes: Sequence[AbstractIndex]) -> list[str]:
    """Return what to call each of several indexes; a number tells apart those of one kind."""
    names = [one_line(type(index).__name__, 60) for index in indexes]
    return [
        name if names.count(name) == 1 else f"{name} {names[:place].count(name) + 1}"
        for place, name in enumerate(names)
    ]


def _unreachable(index: object) -> list[Note]:
    found = getattr(index, "unreachable", None)
    if not isinstance(found, dict):
        return []
    return [Note(one_line(who, 200), one_line(why, 300)) for who, why in [*found.items()]]
