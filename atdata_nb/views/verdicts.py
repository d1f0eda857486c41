"""Facts of a verdict: what was looked at to trust a dataset, and what came of each look."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from atdata_nb.views.amounts import counted
from atdata_nb.views.folds import MOST_ROWS, ROWS, Part, folded
from atdata_nb.views.text import one_line, visible

if TYPE_CHECKING:
    from atdata_nb.atmosphere.proof import Step, Verdict

State = Literal["good", "bad", ""]


@dataclass(frozen=True, slots=True)
class StepFacts:
    """One thing that was looked at; its state is empty where nobody can tell."""

    what: str
    state: State
    why: str

    @property
    def sign(self) -> str:
        """The sign of its state, for those who see no colours."""
        return {"good": "✓", "bad": "✗", "": "–"}[self.state]

    @property
    def outcome(self) -> str:
        """Its state in a word."""
        return {"good": "ok", "bad": "failed", "": "unknown"}[self.state]


@dataclass(frozen=True, slots=True)
class VerdictFacts:
    """What a face shows of a verdict.

    Attributes:
        uri: address of the record.
        outcome: what came of it as a whole, as a step without a reason.
        extent: how many steps are as they should be.
        parts: the steps, all but the first hundred folded.
        left_out: how many further steps there are.
    """

    uri: str
    outcome: StepFacts
    extent: str
    parts: tuple[Part[StepFacts], ...]
    left_out: int


def verdict_facts(verdict: Verdict) -> VerdictFacts:
    """Return the facts of a verdict."""
    steps = list(verdict.steps)
    if len(steps) > ROWS:
        # What failed among a thousand shards must not be folded away.
        steps.sort(key=lambda step: step.ok is not False)
    good = sum(step.ok is True for step in steps)
    whole = True if verdict.complete else None if verdict.ok else False
    return VerdictFacts(
        uri=one_line(verdict.uri, 300),
        outcome=StepFacts(one_line(verdict.outcome), _state(whole), ""),
        extent=f"{good:,} of {counted(len(steps), 'step')} ok",
        parts=folded([_step(step) for step in steps[:MOST_ROWS]], lambda step: step.what),
        left_out=max(0, len(steps) - MOST_ROWS),
    )


def _step(step: Step) -> StepFacts:
    return StepFacts(one_line(step.what, 200), _state(step.ok), visible(step.why, 400))


def _state(ok: bool | None) -> State:  # noqa: FBT001 - it is all there is
    return "" if ok is None else "good" if ok else "bad"
