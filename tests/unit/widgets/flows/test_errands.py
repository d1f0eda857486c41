from __future__ import annotations

import threading

import pytest

from atdata_nb.errors import FlowError
from atdata_nb.widgets.flows.errands import Errands


def test_a_request_is_answered_before_a_long_errand_is_done() -> None:
    errands, gate = Errands(), threading.Event()
    answer = errands.send(gate.wait, lambda found: {"found": found})
    assert answer == {"done": False, "errand": 1}
    assert errands.look(1) == {"done": False, "errand": 1}
    gate.set()
    while "errand" in answer:
        answer = errands.look(1)
    assert answer == {"found": True}


def test_what_an_errand_raises_is_raised_where_it_is_looked_at() -> None:
    def fail() -> None:
        raise TimeoutError("the server does not answer")

    errands = Errands()
    with pytest.raises(TimeoutError, match="does not answer"):
        errands.send(fail, lambda _: {})
    with pytest.raises(FlowError, match="answered already"):
        errands.look(1)
