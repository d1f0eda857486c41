"""Facts of a plan and of what came of it: steps, what becomes public, what to know before."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from atdata_nb.views.amounts import counted, size
from atdata_nb.views.folds import MOST_ROWS, Part, folded
from atdata_nb.views.text import one_line, visible
from atdata_nb.views.verdicts import VerdictFacts, verdict_facts

if TYPE_CHECKING:
    from atdata_nb.flows import Note, Plan, Public, Result, Step

_MOST_URLS = 20
_MOST_RECORD = 20_000
_MINUTE = 60
# A detail up to this length stands at the end of its line, a longer one below it.
_SHORT = 40


@dataclass(frozen=True, slots=True)
class PlanStep:
    """What a face shows of a step.

    Attributes:
        reused: whether there is nothing left to do.
        note: how much it moves, and whether that is there already.
        detail: where it goes.
    """

    id: str
    kind: str
    title: str
    detail: str
    note: str
    reused: bool

    @property
    def sign(self) -> str:
        """The sign of its state."""
        return "✓" if self.reused else "·"


@dataclass(frozen=True, slots=True)
class PlanNote:
    """What a face shows of a warning or blocker."""

    kind: str
    text: str
    remedy: str


@dataclass(frozen=True, slots=True)
class PublicFacts:
    """What a face shows of what becomes public.

    Attributes:
        rows: pairs of a word and what is said under it, what is left out among them.
        record: the record as text.
    """

    rows: tuple[tuple[str, str], ...]
    record: str


@dataclass(frozen=True, slots=True)
class PlanFacts:
    """What a face shows of a plan; every text is visible and cut to length."""

    kind: str
    title: str
    confirm: str
    extent: str
    parts: tuple[Part[PlanStep], ...]
    left_out: int
    public: PublicFacts
    warnings: tuple[PlanNote, ...]
    blockers: tuple[PlanNote, ...]
    done: bool


@dataclass(frozen=True, slots=True)
class ResultFacts:
    """What a face shows of what came of a run."""

    title: str
    uri: str
    url: str
    code: str
    changed: bool
    sent: str
    verdict: VerdictFacts | None


def plan_facts(plan: Plan) -> PlanFacts:
    """Return the facts of a plan."""
    steps = [plan_step(step) for step in plan.steps[:MOST_ROWS]]
    return PlanFacts(
        kind=plan.kind,
        title=one_line(plan.title, 200),
        confirm=one_line(plan.confirm, 300),
        extent=_extent(plan),
        parts=folded(steps, lambda step: step.title),
        left_out=max(0, len(plan.steps) - MOST_ROWS),
        public=public_facts(plan.public),
        warnings=tuple(_note(note) for note in plan.warnings),
        blockers=tuple(_note(note) for note in plan.blockers),
        done=plan.is_done,
    )


def plan_step(step: Step) -> PlanStep:
    """Return the facts of one step."""
    amount = "" if step.bytes is None else size(step.bytes)
    said, _, where = step.detail.partition(": ") if step.reused else (step.detail, "", "")
    if len(said) > _SHORT or "://" in said:
        said, where = "", said
    if step.reused:
        said = said or "already there, reused"
    return PlanStep(
        id=step.id,
        kind=step.kind,
        title=one_line(step.title, 200),
        detail=visible(where, 400),
        note=one_line(" · ".join(filter(None, (amount, said))), 200),
        reused=step.reused,
    )


def public_facts(public: Public) -> PublicFacts:
    """Return the facts of what becomes public."""
    rows = [(one_line(word, 60), visible(text, 1_000)) for word, text in public.facts]
    told = {word for word, _ in public.facts}
    if public.fields and not told & {"fields", "samples"}:
        names = ", ".join(one_line(name, 60) for name in public.fields[:_MOST_URLS])
        more = len(public.fields) - _MOST_URLS
        rows.append(("fields", f"{names} … {more:,} more" if more > 0 else names))
    if public.urls:
        urls = [one_line(url, 200) for url in public.urls[:_MOST_URLS]]
        if len(public.urls) > _MOST_URLS:
            urls.append(f"… {len(public.urls) - _MOST_URLS:,} more")
        rows.append(("addresses", "\n".join(urls)))
    if public.left_out:
        rows.append(("left out", "\n".join(visible(text, 300) for text in public.left_out)))
    record = json.dumps(public.record, ensure_ascii=False, indent=2) if public.record else ""
    return PublicFacts(rows=tuple(rows), record=visible(record, _MOST_RECORD))


def result_facts(result: Result) -> ResultFacts:
    """Return the facts of what came of a run."""
    made = "Published" if result.uri.startswith("at://") else "Written and listed"
    verb = made if result.changed else "Nothing to do: it was there already"
    return ResultFacts(
        title=verb,
        uri=one_line(result.uri, 300),
        url=one_line(result.url, 500),
        code=visible(result.code, 500),
        changed=result.changed,
        sent=size(result.bytes) if result.bytes else "",
        verdict=None if result.verdict is None else verdict_facts(result.verdict),
    )


def duration(seconds: float) -> str:
    """Return a time that is guessed, as people say it.

    >>> duration(0.4), duration(42), duration(170), duration(9_000)
    ('1 s', '42 s', '3 min', '2.5 h')
    """
    if seconds < _MINUTE - 0.5:
        return f"{max(1, round(seconds))} s"
    if seconds < _MINUTE * _MINUTE:
        return f"{round(seconds / _MINUTE)} min"
    return f"{seconds / _MINUTE / _MINUTE:.1f} h"


def _extent(plan: Plan) -> str:
    parts = [counted(len(plan.steps), "step")]
    if plan.bytes is not None:
        parts.append(f"{size(plan.bytes)} to move" if plan.bytes else "nothing to move")
    if plan.seconds:
        parts.append(f"about {duration(plan.seconds)}")
    return " · ".join(parts)


def _note(note: Note) -> PlanNote:
    return PlanNote(one_line(note.kind, 40), visible(note.text, 600), visible(note.remedy, 400))
