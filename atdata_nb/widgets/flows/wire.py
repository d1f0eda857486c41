"""Wire form of plans and results; the shapes are mirrored in ``widgets/src/flows/wire.ts``."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from atdata_nb.views.amounts import size
from atdata_nb.views.plans import plan_facts, result_facts

if TYPE_CHECKING:
    from atdata_nb.flows import Plan, Result
    from atdata_nb.views.verdicts import StepFacts


def plan_wire(plan: Plan) -> dict[str, Any]:
    """Return a plan."""
    facts = plan_facts(plan)
    amounts = {step.id: step.bytes for step in plan.steps}
    return {
        "kind": facts.kind,
        "title": facts.title,
        "confirm": facts.confirm,
        "extent": facts.extent,
        "steps": [
            {
                "id": step.id,
                "kind": step.kind,
                "title": step.title,
                "detail": step.detail,
                "note": step.note,
                "reused": step.reused,
                "bytes": amounts[step.id],
            }
            for part in facts.parts
            for step in part.rows
        ],
        "leftOut": facts.left_out,
        "size": "" if plan.bytes is None else size(plan.bytes),
        "bytes": plan.bytes,
        "public": [list(row) for row in facts.public.rows],
        "record": facts.public.record,
        "warnings": [asdict(note) for note in facts.warnings],
        "blockers": [asdict(note) for note in facts.blockers],
        "done": facts.done,
    }


def result_wire(result: Result) -> dict[str, Any]:
    """Return what came of a run."""
    facts = result_facts(result)
    verdict = facts.verdict
    return {
        "title": facts.title,
        "uri": facts.uri,
        "url": facts.url,
        "code": facts.code,
        "changed": facts.changed,
        "sent": facts.sent,
        "verdict": None
        if verdict is None
        else {
            **_looked_at(verdict.outcome),
            "extent": verdict.extent,
            "steps": [_looked_at(step) for part in verdict.parts for step in part.rows],
        },
    }


def _looked_at(step: StepFacts) -> dict[str, str]:
    return {"sign": step.sign, "state": step.state, "what": step.what, "why": step.why}
