"""The browser: find a dataset in one index or several, and look into it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import traitlets as t

from atdata_nb.errors import DatasetNotFoundError
from atdata_nb.index.facets import KINDS
from atdata_nb.views.amounts import counted
from atdata_nb.views.browsers import browser_page
from atdata_nb.views.entries import entry_facts
from atdata_nb.widgets.answers import Answers
from atdata_nb.widgets.bundle import Asset
from atdata_nb.widgets.catalog import Catalog
from atdata_nb.widgets.channel import Answer, Channel, said
from atdata_nb.widgets.code import call
from atdata_nb.widgets.flows.desks import KIND as FLOW
from atdata_nb.widgets.flows.desks import Desks
from atdata_nb.widgets.known import Known
from atdata_nb.widgets.opening import open_dataset
from atdata_nb.widgets.requests import FacetsRequest, LinesRequest, ListRequest, read_request
from atdata_nb.widgets.rows import SchemaEntry
from atdata_nb.widgets.samples.requests import KINDS as SAMPLE_KINDS
from atdata_nb.widgets.sources import facets_wire
from atdata_nb.widgets.wanted import ORDERS, Listed, Wanted
from atdata_nb.widgets.whole import WholeSamples
from atdata_nb.widgets.wire import listing_wire

if TYPE_CHECKING:
    from collections.abc import Mapping

    from atdata_nb.dataset import Dataset
    from atdata_nb.protocols import AbstractIndex, IndexEntry
    from atdata_nb.widgets.catalog import Listing

PAGE = 50
# How many datasets the picture in a saved notebook shows.
STATIC_ROWS = 20
TABS = ("overview", "schema", "samples", "shards", "record")
# A picture that is saved says what there is, not how far somebody had read by then.
_ROUNDS = 30


class Browser(Channel):
    """A list of the datasets of one index or several, and the chosen one beside it.

    What is on screen is a value here, and can be assigned: ``query``, ``facets``, ``order``,
    ``listed``, ``selected``, ``tab``. ``code()`` returns lines that show the same again.

    Attributes:
        query: what is being searched for.
        facets: by what the list is narrowed down: a value for ``place`` (``local``, ``s3``,
            ``network``), ``schema`` (its reference), ``tag`` or ``license``, or for several.
        order: ``name``, ``date`` or ``size``, with ``-`` in front from the other end.
        listed: ``datasets`` or ``schemas``.
        tab: which of ``overview``, ``schema``, ``samples``, ``shards``, ``record`` is open.
    """

    _esm = Asset("browser.js")
    _css = Asset("widgets.css")

    query = t.Unicode("").tag(sync=True)
    facets = t.Dict(value_trait=t.Unicode(), key_trait=t.Enum(KINDS)).tag(sync=True)
    order = t.Enum(ORDERS, "").tag(sync=True)
    listed = t.Enum(("datasets", "schemas"), "datasets").tag(sync=True)
    tab = t.Enum(TABS, "samples").tag(sync=True)
    chosen = t.Unicode("").tag(sync=True)
    sources = t.List(t.Unicode()).tag(sync=True)
    first = t.Dict().tag(sync=True)

    def __init__(
        self,
        *indexes: AbstractIndex,
        query: str = "",
        facets: Mapping[str, str] | None = None,
        order: str = "",
        listed: Listed = "datasets",
        tab: str = "samples",
    ) -> None:
        self.indexes = indexes
        self._catalog = Catalog(indexes)
        self._known = Known(indexes)
        self._answers = Answers(self._known, indexes)
        self._whole = WholeSamples(self._open)
        self._desks = Desks(self._known)
        wanted = Wanted(query, tuple((facets or {}).items()), order, listed)
        # In the state, not asked for: with "Run all", messages wait until the last cell is done.
        super().__init__(
            query=query,
            facets=dict(facets or {}),
            order=order,
            listed=listed,
            tab=tab,
            sources=[source.label for source in self._catalog.sources],
            first=self._first(wanted),
        )

    @property
    def index(self) -> AbstractIndex:
        """The index; the first of several."""
        return self.indexes[0]

    @property
    def selected(self) -> IndexEntry | None:
        """The chosen entry; assign an entry, its name or address, or None to choose another."""
        found = self._known.get(self.chosen)
        return None if found is None or isinstance(found.entry, SchemaEntry) else found.entry

    @selected.setter
    def selected(self, choice: IndexEntry | str | None) -> None:
        if choice is None:
            self.chosen = ""
        elif isinstance(choice, str):
            self.chosen = self._known.look_up(choice)
        else:
            self.chosen = self._known.add(choice, self._known.source_of(choice))

    @property
    def schema(self) -> Mapping[str, Any] | None:
        """The schema of the chosen dataset, or the chosen schema; None if nothing is chosen."""
        found = self._known.get(self.chosen)
        return None if found is None else found.schema

    def dataset(self) -> Dataset[Any]:
        """Return the chosen dataset.

        Raises:
            DatasetNotFoundError: no dataset is chosen.
        """
        entry = self.selected
        if entry is None:
            raise DatasetNotFoundError("nothing is chosen in the browser: click a dataset first")
        return self._open(self.chosen)

    def code(self) -> str:
        """Return lines for a cell that show what the screen shows."""
        tab = "" if self.tab == "samples" else self.tab
        listed = "" if self.listed == "datasets" else self.listed
        options = {
            "query": self.query,
            "facets": self.facets,
            "order": self.order,
            "listed": listed,
            "tab": tab,
        }
        lines = [call("at.browse", self.indexes, options)]
        found = self._known.get(self.chosen)
        if found is not None:
            lines.append(f"browser.selected = {_ref(found.entry)!r}")
            if self.selected is not None:
                lines.append("dataset = browser.dataset()")
        return "\n".join(lines)

    def act(self, name: str) -> dict[str, Any]:
        """Do one of the actions of the chosen dataset, as its button does.

        Raises:
            DatasetNotFoundError: nothing is chosen.
            KeyError: there is no such action.
        """
        return self._answers.act(self._known[self.chosen], name)

    def answer(self, request: dict[str, Any]) -> Answer:
        """Return what the page asked for."""
        if request.get("kind") in WholeSamples.kinds:
            return self._whole.answer(request)
        if request.get("kind") == FLOW:
            return self._desks.answer(request)
        if request.get("kind") in SAMPLE_KINDS:
            return self._answers.samples(request)
        asked = read_request(request)
        match asked:
            case ListRequest():
                return self._list(asked), []
            case FacetsRequest():
                return self._tally(asked), []
            case LinesRequest():
                return {"text": self.code()}, []
        return self._answers.answer(asked), []

    def _open(self, key: str) -> Dataset[Any]:
        found = self._known[key]
        return open_dataset(found.entry, found.index)

    def _list(self, asked: ListRequest) -> dict[str, Any]:
        if asked.fresh:
            self._catalog.refresh()
            self._answers.refresh()
        wanted = Wanted(asked.query, tuple(asked.facets.items()), asked.order, asked.listed)
        return self._page(wanted, asked.offset, asked.limit)

    def _tally(self, asked: FacetsRequest) -> dict[str, Any]:
        tally = self._catalog.tally(Wanted(asked.query, tuple(asked.facets.items())))
        return {
            "counts": facets_wire(tally.counts),
            "total": tally.total,
            "counted": tally.counted,
            "done": tally.done,
        }

    def _first(self, wanted: Wanted) -> dict[str, Any]:
        try:
            return self._page(wanted, 0, PAGE)
        except Exception as error:  # noqa: BLE001 - a dead index is shown in place, with a retry
            return {"error": said(error)}

    def _page(self, wanted: Wanted, offset: int, limit: int) -> dict[str, Any]:
        listing = self._catalog.page(wanted, offset=offset, limit=limit)
        return {"query": wanted.query, **listing_wire(listing, self._known)}

    def _wanted(self) -> Wanted:
        listed: Listed = "schemas" if self.listed == "schemas" else "datasets"
        return Wanted(self.query, tuple(self.facets.items()), self.order, listed)

    def _static(self) -> str:
        title = "Browser of " + ", ".join(source.label for source in self._catalog.sources)
        try:
            listing = self._settled()
        except Exception as error:  # noqa: BLE001 - as in _first
            return browser_page(title, [], error=said(error)["text"])
        chosen = self.selected
        return browser_page(
            title,
            [entry_facts(row.entry) for row in listing.rows],
            total=listing.total,
            noun=self.listed.removesuffix("s"),
            narrowed=[*filter(None, (self.query, *self.facets.values()))],
            notes=[(note.source, note.text) for note in listing.notes],
            chosen=None if chosen is None else entry_facts(chosen),
        )

    def _settled(self) -> Listing:
        for _ in range(_ROUNDS):
            listing = self._catalog.page(self._wanted(), offset=0, limit=STATIC_ROWS)
            if listing.done:
                break
        return listing

    def __repr__(self) -> str:
        total = self.first.get("total")
        noun = self.listed.removesuffix("s")
        extent = counted(total, noun) if isinstance(total, int) else f"{noun}s"
        return f"Browser of {', '.join(self.sources)}: {extent}"


def _ref(entry: IndexEntry) -> str:
    """Return what finds an entry again."""
    for name in ("ref", "uri"):
        if ref := getattr(entry, name, None):
            return str(ref)
    return entry.schema_ref if isinstance(entry, SchemaEntry) else entry.name
