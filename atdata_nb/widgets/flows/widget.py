"""The flow widget: a page on one side, a desk on the other, and nothing secret in between."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import traitlets as t

from atdata_nb.views.pages import plan_page, result_page, trouble_page
from atdata_nb.widgets.bundle import Asset
from atdata_nb.widgets.channel import Answer, Channel, said
from atdata_nb.widgets.flows.asks import FlowRequest

if TYPE_CHECKING:
    from atdata_nb.flows import Plan, Result, Run
    from atdata_nb.widgets.flows.desk import Desk


class FlowWidget(Channel):
    """A widget whose page talks to a desk."""

    _esm = Asset("flow.js")
    _css = Asset("widgets.css")

    # In the state, not asked for: with "Run all", messages wait until the last cell is done.
    first = t.Dict().tag(sync=True)

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        super().__init__(first=self._first())

    @property
    def plan(self) -> Plan | None:
        """The plan that is shown; None as long as there is none."""
        return self._desk.current.plan

    @property
    def run(self) -> Run | None:
        """The run that is shown; it goes on whatever happens to this widget."""
        return self._desk.current.run

    @property
    def result(self) -> Result | None:
        """What came of it; None as long as there is nothing."""
        return self._desk.current.result

    def answer(self, request: dict[str, Any]) -> Answer:
        """Return what the page asked for."""
        asked = msgspec.convert(request, FlowRequest)
        return self._desk.answer(asked.ask), []

    def _first(self) -> dict[str, Any]:
        try:
            return self._desk.first()
        except Exception as error:  # noqa: BLE001 - what cannot be read is said in place
            return {"error": said(error)}

    def _static(self) -> str:
        try:
            if self.result is not None:
                return result_page(self.result)
            return self.beginning() if self.plan is None else plan_page(self.plan)
        except Exception as error:  # noqa: BLE001 - as in _first
            return trouble_page(repr(self), said(error)["text"])

    def beginning(self) -> str:
        """Return the picture of it before there is a plan."""
        raise NotImplementedError
