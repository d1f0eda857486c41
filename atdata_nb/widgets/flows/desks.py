"""Desks: promoting from the browser, a desk for each dataset that it was asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from atdata_nb.widgets.flows.account import Account
from atdata_nb.widgets.flows.asks import FlowRequest
from atdata_nb.widgets.flows.promotion import Promotion

if TYPE_CHECKING:
    from atdata_nb.widgets.channel import Answer
    from atdata_nb.widgets.known import Known

KIND = "flow"


class Desks:
    """The desks of one browser, by the keys of the datasets.

    Args:
        known: the datasets that its page was told of.
    """

    def __init__(self, known: Known) -> None:
        self._known = known
        self._desks: dict[str, Promotion] = {}

    def answer(self, request: dict[str, Any]) -> Answer:
        """Return what the page asked a desk."""
        asked = msgspec.convert(request, FlowRequest)
        if asked.key not in self._desks:
            found = self._known[asked.key]
            self._desks[asked.key] = Promotion(found.entry, found.index, Account())
        return self._desks[asked.key].answer(asked.ask), []
