"""Publish and promote: a plan first, which is a value, and then a run that can be resumed."""

from atdata_nb.flows.event import Event
from atdata_nb.flows.plan import Note, Plan, Public, Step
from atdata_nb.flows.promoting import plan_promote, promote_to_atmosphere
from atdata_nb.flows.result import Result
from atdata_nb.flows.run import Run, running, start

__all__ = [
    "Event",
    "Note",
    "Plan",
    "Public",
    "Result",
    "Run",
    "Step",
    "plan_promote",
    "promote_to_atmosphere",
    "running",
    "start",
]
