"""The browser: find a dataset in any index, and look into it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import traitlets as t

from atdata_nb.errors import DatasetNotFoundError
from atdata_nb.views.amounts import counted
from atdata_nb.views.entries import entry_facts
from atdata_nb.views.pages import index_page, trouble_page
from atdata_nb.views.samples import sample_table
from atdata_nb.views.schemas import schema_facts
from atdata_nb.widgets.bundle import Asset
from atdata_nb.widgets.catalog import Catalog
from atdata_nb.widgets.channel import Answer, Channel, said
from atdata_nb.widgets.opening import code_for, open_dataset
from atdata_nb.widgets.requests import (
    ListRequest,
    OverviewRequest,
    SamplesRequest,
    SchemaRequest,
    read_request,
)
from atdata_nb.widgets.whole import WholeSamples
from atdata_nb.widgets.wire import listing_wire, overview_wire, schema_wire, table_wire

if TYPE_CHECKING:
    from atdata_nb.dataset import Dataset
    from atdata_nb.protocols import AbstractIndex, IndexEntry

PAGE = 50
ROWS = 20
SIDE = 96
TABS = ("overview", "schema", "samples")


class Browser(Channel):
    """A list of an index's datasets, with search, and the chosen one beside it.

    What is chosen on screen is a value here: ``query``, ``selected``, ``dataset()``.

    Attributes:
        query: what is being searched for; assigning it searches.
        tab: which of ``overview``, ``schema`` and ``samples`` is open.
    """

    _esm = Asset("browser.js")
    _css = Asset("widgets.css")

    query = t.Unicode("").tag(sync=True)
    tab = t.Enum(TABS, "samples").tag(sync=True)
    chosen = t.Unicode("").tag(sync=True)
    first = t.Dict().tag(sync=True)

    def __init__(self, index: AbstractIndex, *, query: str = "") -> None:
        self.index = index
        self._catalog = Catalog(index)
        self._known: dict[str, IndexEntry] = {}
        self._whole = WholeSamples(lambda key: open_dataset(self._entry(key), index))
        # In the state, not asked for: with "Run all", messages wait until the last cell is done.
        super().__init__(query=query, first=self._first(query))

    @property
    def selected(self) -> IndexEntry | None:
        """The chosen entry; assign an entry, a name or None to choose another."""
        return self._known.get(self.chosen)

    @selected.setter
    def selected(self, choice: IndexEntry | str | None) -> None:
        if choice is None:
            self.chosen = ""
            return
        entry = self.index.get_dataset(choice) if isinstance(choice, str) else choice
        self.chosen = self._know(entry)

    def dataset(self) -> Dataset[Any]:
        """Return the chosen dataset.

        Raises:
            DatasetNotFoundError: nothing is chosen.
        """
        entry = self.selected
        if entry is None:
            raise DatasetNotFoundError("nothing is chosen in the browser: click a dataset first")
        return open_dataset(entry, self.index)

    def answer(self, request: dict[str, Any]) -> Answer:
        """Return what the page asked for."""
        if request.get("kind") in WholeSamples.kinds:
            return self._whole.answer(request)
        asked = read_request(request)
        match asked:
            case ListRequest():
                return self._list(asked), []
            case OverviewRequest():
                return self._overview(self._entry(asked.key)), []
            case SchemaRequest():
                return self._schema(self._entry(asked.key)), []
            case SamplesRequest():
                return self._samples(self._entry(asked.key))

    def _list(self, asked: ListRequest) -> dict[str, Any]:
        if asked.fresh:
            self._catalog.refresh()
        return self._page(asked.query, asked.offset, asked.limit)

    def _overview(self, entry: IndexEntry) -> dict[str, Any]:
        return overview_wire(entry_facts(entry), code_for(entry))

    def _schema(self, entry: IndexEntry) -> dict[str, Any]:
        return schema_wire(schema_facts(self.index.get_schema(entry.schema_ref)))

    def _samples(self, entry: IndexEntry) -> Answer:
        dataset = open_dataset(entry, self.index)
        return table_wire(sample_table(dataset.ordered(), ROWS, side=SIDE))

    def _first(self, query: str) -> dict[str, Any]:
        try:
            return self._page(query, 0, PAGE)
        except Exception as error:  # noqa: BLE001 - a dead index is shown in place, with a retry
            return {"error": said(error)}

    def _page(self, query: str, offset: int, limit: int) -> dict[str, Any]:
        listing = self._catalog.page(query, offset=offset, limit=limit)
        for entry in listing.entries:
            self._know(entry)
        return {"query": query, **listing_wire(listing)}

    def _know(self, entry: IndexEntry) -> str:
        key = entry_facts(entry).key
        self._known[key] = entry
        return key

    def _entry(self, key: str) -> IndexEntry:
        try:
            return self._known[key]
        except KeyError:
            raise DatasetNotFoundError("this dataset is no longer listed: search again") from None

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        bundle = super()._repr_mimebundle_(**kwargs)
        if bundle is not None:
            bundle[0]["text/html"] = self._static()
        return bundle

    def _static(self) -> str:
        try:
            return index_page(self.index)
        except Exception as error:  # noqa: BLE001 - as in _first
            return trouble_page(repr(self), said(error)["text"])

    def __repr__(self) -> str:
        total = self.first.get("total")
        extent = counted(total, "dataset") if isinstance(total, int) else "datasets"
        return f"Browser of {type(self.index).__name__}: {extent}"
