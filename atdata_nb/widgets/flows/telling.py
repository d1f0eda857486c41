"""Telling: the events of a run folded into where each step stands, part by part."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from atdata_nb.views.amounts import size
from atdata_nb.views.plans import duration
from atdata_nb.views.text import visible
from atdata_nb.widgets.channel import said
from atdata_nb.widgets.flows.wire import result_wire

if TYPE_CHECKING:
    from atdata_nb.flows import Event, Run


def progress_wire(run: Run, since: int) -> dict[str, Any]:
    """Return what has happened to a run since so many of its events."""
    state = run.state  # before its events: a run that has ended tells no more of them
    news = run.events[since:]
    last = {event.step: event for event in news}
    speed = next((event for event in reversed(news) if event.rate is not None), None)
    wire: dict[str, Any] = {
        "state": state,
        "next": since + len(news),
        "steps": {step: _step(event) for step, event in last.items()},
    }
    if speed is not None and speed.rate is not None:
        # What is written to an index of this machine is counted in samples.
        is_local = run.plan.kind == "publish"
        wire["rate"] = (
            f"{round(speed.rate):,} samples/s" if is_local else f"{size(round(speed.rate))}/s"
        )
        wire["left"] = "" if speed.left is None else f"{duration(speed.left)} left"
    if run.result is not None and state == "done":
        wire["result"] = result_wire(run.result)
    if run.error is not None and state != "running":
        wire["error"] = said(run.error)
    return wire


def _step(event: Event) -> dict[str, Any]:
    return {
        "state": event.kind,
        "done": event.done,
        "total": event.total,
        "text": visible(event.text, 300),
    }
