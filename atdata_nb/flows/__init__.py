"""Publish and promote: a plan first, which is a value, and then a run of it."""

from atdata_nb.flows.bulk import Plans, Results
from atdata_nb.flows.event import Event
from atdata_nb.flows.plan import Note, Plan, Public, Step
from atdata_nb.flows.promoting import plan_promote, promote_to_atmosphere
from atdata_nb.flows.publishing import plan_publish
from atdata_nb.flows.result import Result
from atdata_nb.flows.run import Run, running, start
from atdata_nb.flows.unfinished import Unfinished, unfinished

__all__ = [
    "Event",
    "Note",
    "Plan",
    "Plans",
    "Public",
    "Result",
    "Results",
    "Run",
    "Step",
    "Unfinished",
    "plan_promote",
    "plan_publish",
    "promote_to_atmosphere",
    "running",
    "start",
    "unfinished",
]
