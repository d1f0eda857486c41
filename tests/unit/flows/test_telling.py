from __future__ import annotations

import threading

import pytest

from atdata_nb.errors import FlowCancelledError
from atdata_nb.flows import Event
from atdata_nb.flows.telling import Teller

UNDONE = "what that leaves"


def test_events_of_many_threads_are_told_by_the_one_that_runs_the_plan() -> None:
    told: list[tuple[int, Event]] = []
    teller = Teller(lambda event: told.append((threading.get_ident(), event)), None, 40, UNDONE)

    def work(number: int) -> int:
        with teller.step(f"shard-{number}", 10):
            teller.progress(f"shard-{number}", 10, 10)
        return number * number

    assert teller.map(work, range(4), 3) == [0, 1, 4, 9]
    assert {thread for thread, _ in told} == {threading.get_ident()}
    for number in range(4):
        own = [event.kind for _, event in told if event.step == f"shard-{number}"]
        assert own == ["started", "progress", "finished"]
    assert teller.moved == 40
    last = [event for _, event in told if event.kind == "progress"][-1]
    assert last.rate is not None
    assert last.left == 0


def test_the_first_failure_ends_what_goes_on_beside_it() -> None:
    told: list[Event] = []
    teller = Teller(told.append, None, None, UNDONE)
    begun = threading.Event()

    def work(number: int) -> None:
        with teller.step(f"shard-{number}", 10):
            if number == 0:
                assert begun.wait(10)
                raise ValueError("broken")
            while True:
                begun.set()
                teller.progress("shard-1", 1, 10)

    with pytest.raises(ValueError, match="broken"):
        teller.map(work, range(2), 2)
    ends = {event.step: event.kind for event in told}
    assert ends == {"shard-0": "failed", "shard-1": "cancelled"}


def test_whoever_cancels_is_heard_by_work_that_is_under_way() -> None:
    cancel = threading.Event()
    told: list[Event] = []

    def on_event(event: Event) -> None:
        told.append(event)
        cancel.set()

    teller = Teller(on_event, cancel, None, UNDONE)

    def work(_: int) -> None:
        with teller.step("shard-0", 10):
            while True:
                teller.progress("shard-0", 1, 10)

    with pytest.raises(FlowCancelledError, match=f"cancelled: {UNDONE}"):
        teller.map(work, [0], 1)
    assert told[-1].kind == "cancelled"


def test_progress_is_told_at_a_pace_and_always_at_its_end() -> None:
    told: list[Event] = []
    teller = Teller(told.append, None, 1_000, UNDONE)
    for done in range(1, 1_001):
        teller.progress("write", done, 1_000)
    assert len(told) < 200
    assert told[-1].done == 1_000
    assert told[-1].fraction == 1


def test_what_is_done_can_no_longer_be_cancelled() -> None:
    cancel = threading.Event()
    cancel.set()
    told: list[Event] = []
    teller = Teller(told.append, cancel, None, UNDONE)
    with teller.step("verify", is_too_late=True):
        pass
    with pytest.raises(FlowCancelledError), teller.step("check"):
        pass
    assert [event.kind for event in told] == ["started", "finished"]
