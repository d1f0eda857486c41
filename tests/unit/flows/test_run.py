from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from atdata_nb import LocalIndex, flows, plan_publish
from atdata_nb.errors import FlowCancelledError, PlanBlockedError
from atdata_nb.flows import Event, Plan, Public
from atdata_nb.flows.result import Result

if TYPE_CHECKING:
    from atdata_nb.flows.plan import Cancel, OnEvent

DONE = Result(uri="a@1.0.0", url="", code="", changed=True)


class Held:
    """An action that waits until it is let go, or cancelled."""

    def __init__(self) -> None:
        self.begun, self.let_go = threading.Event(), threading.Event()

    def run(self, plan: Plan, on_event: OnEvent, cancel: Cancel | None) -> Result:
        assert plan.action is self
        assert cancel is not None
        on_event(Event("write", "started"))
        self.begun.set()
        while not self.let_go.wait(0.01):
            if cancel.is_set():
                raise FlowCancelledError("cancelled")
        on_event(Event("write", "finished"))
        return DONE


def plan_of(action: Held) -> Plan:
    return Plan(
        kind="publish", title="Publish a", confirm="Go", steps=(), public=Public(), action=action
    )


def test_a_run_goes_on_beside_everything_else_and_is_listed_meanwhile() -> None:
    held = Held()
    run = flows.start(plan_of(held))
    assert held.begun.wait(10)
    assert flows.running() == [run]
    assert run.state == "running"
    with pytest.raises(TimeoutError):
        run.wait(0)
    held.let_go.set()
    assert run.wait(10) == DONE
    assert (run.state, flows.running()) == ("done", [])
    assert [event.kind for event in run.events] == ["started", "finished"]
    told: list[Event] = []
    run.listen(told.append)
    assert told == run.events


def test_a_run_is_cancelled_by_asking_it() -> None:
    held = Held()
    run = flows.start(plan_of(held))
    assert held.begun.wait(10)
    run.cancel()
    with pytest.raises(FlowCancelledError):
        run.wait(10)
    assert run.state == "cancelled"
    assert "cancelled" in repr(run)


def test_nobody_holding_a_run_does_not_end_it() -> None:
    held = Held()
    flows.start(plan_of(held))
    assert held.begun.wait(10)
    (run,) = flows.running()
    held.let_go.set()
    assert run.wait(10) == DONE


def test_a_plan_that_is_blocked_does_not_begin(tmp_path: Path) -> None:
    with LocalIndex(tmp_path) as index, pytest.raises(PlanBlockedError, match="no samples"):
        flows.start(plan_publish([], index=index, name="none"))
    assert flows.running() == []
