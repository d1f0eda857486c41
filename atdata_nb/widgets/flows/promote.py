"""The promote widget: one dataset on its way from an index to the network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atdata_nb.views.pages import entry_page, index_page
from atdata_nb.views.text import one_line
from atdata_nb.widgets.flows.account import Account
from atdata_nb.widgets.flows.promotion import Promotion
from atdata_nb.widgets.flows.widget import FlowWidget

if TYPE_CHECKING:
    from atdata_nb.atmosphere import AtmosphereClient
    from atdata_nb.protocols import AbstractIndex, IndexEntry


class Promote(FlowWidget):
    """One dataset on its way to the network: the form, the plan, the run, the result.

    What is on screen is a value here: ``entry``, ``plan``, ``run``, ``result``.
    """

    def __init__(
        self, entry: IndexEntry | None, index: AbstractIndex, client: AtmosphereClient | None = None
    ) -> None:
        self._promotion = Promotion(entry, index, Account(client))
        super().__init__(self._promotion)

    @property
    def entry(self) -> IndexEntry | None:
        """The dataset; None as long as none was chosen."""
        return self._promotion.entry

    def beginning(self) -> str:
        """Return the entry, or the index to choose from."""
        entry = self.entry
        return index_page(self._promotion.index) if entry is None else entry_page(entry)

    def __repr__(self) -> str:
        entry = self.entry
        if entry is None:
            return "Promote: no dataset chosen yet"
        version = getattr(entry, "version", "") or ""
        name = one_line(f"{entry.name} {version}".strip())
        state = "nothing is public yet" if self.run is None else self.run.state
        return f"Promote {name}: {state}"
