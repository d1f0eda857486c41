"""The publish widget: data on its way into an index, and from there to the network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from atdata_nb.views.pages import form_page
from atdata_nb.views.text import one_line
from atdata_nb.widgets.flows.account import Account
from atdata_nb.widgets.flows.publishing import Publishing
from atdata_nb.widgets.flows.widget import FlowWidget

if TYPE_CHECKING:
    from atdata_nb.atmosphere import AtmosphereClient
    from atdata_nb.protocols import AbstractIndex


class Publish(FlowWidget):
    """Data on its way into an index: its schema to edit, the form, the plan, the run, the result.

    What is on screen is a value here: ``plan``, ``run``, ``result``.
    """

    def __init__(
        self, data: Any, index: AbstractIndex, client: AtmosphereClient | None = None
    ) -> None:
        super().__init__(Publishing(data, index, Account(client)))

    def beginning(self) -> str:
        """Return the form as it begins."""
        asked = [(field["label"], field["value"]) for field in self.first["form"]]
        return form_page(repr(self), asked)

    def __repr__(self) -> str:
        state = "nothing is written yet" if self.run is None else self.run.state
        return f"Publish {one_line(str(self.first.get('title', '')))}: {state}"
