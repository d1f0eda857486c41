"""Facts of a law report: which lens laws held, and the counter-example to those that did not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from atdata_nb.views.amounts import counted
from atdata_nb.views.cells import outline
from atdata_nb.views.text import one_line

if TYPE_CHECKING:
    from atdata_nb.lenses import LawReport
    from atdata_nb.lenses.laws import LawResult


@dataclass(frozen=True, slots=True)
class LawFacts:
    """What became of one law.

    Attributes:
        law: its name.
        equation: what it says.
        state: ``good`` where it held, ``bad`` where it failed, empty where it was not tried.
        outcome: the same in words.
        sides: what the two sides of a failed law gave.
    """

    law: str
    equation: str
    state: Literal["good", "bad", ""]
    outcome: str
    sides: tuple[tuple[str, str], ...] = ()

    @property
    def sign(self) -> str:
        """The sign of its state, for those who see no colours."""
        return {"good": "✓", "bad": "✗", "": "–"}[self.state]


@dataclass(frozen=True, slots=True)
class LawReportFacts:
    """What a face shows of a law report."""

    lens: str
    way: str
    ok: bool
    verdict: str
    laws: tuple[LawFacts, ...]


def law_facts(report: LawReport) -> LawReportFacts:
    """Return the facts of a law report."""
    verdict = "holds" if report.ok else "does not hold"
    return LawReportFacts(
        lens=one_line(report.lens),
        way=one_line(report.way, 200),
        ok=report.ok,
        verdict=f"{verdict} on {counted(report.samples, 'sample')}",
        laws=tuple(_law(result) for result in report.results),
    )


def _law(result: LawResult) -> LawFacts:
    found = result.counter_example
    if result.reason is not None:
        outcome = f"not tried: {one_line(result.reason, 300)}"
        return LawFacts(result.law, result.equation, "", outcome)
    if found is None:
        outcome = f"held {counted(result.tried, 'time')}"
        return LawFacts(result.law, result.equation, "good", outcome)
    left, _, right = result.equation.partition(" == ")
    raised = isinstance(found.difference, str)
    sides = ((left, outline(found.left)), (right, outline(found.right)))
    return LawFacts(
        law=result.law,
        equation=result.equation,
        state="bad",
        outcome=f"fails for {one_line(str(found), 500)}",
        sides=() if raised else tuple((side, one_line(shown, 500)) for side, shown in sides),
    )
