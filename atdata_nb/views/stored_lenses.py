"""Facts of a stored lens, and of what is stored of it: steps, or where the code is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from atdata_nb.views.text import one_line, visible

if TYPE_CHECKING:
    from atdata_nb.lenses import CodeReference, StoredLens
    from atdata_nb.lenses.stored import Body

MOST_STEPS = 100
NOT_RUN = "Shown, never run: read it, define it yourself as a lens, and register that."


@dataclass(frozen=True, slots=True)
class BodyFacts:
    """What is stored of what a lens does.

    Attributes:
        title: of which kind it is.
        steps: what is done, in order; None where it is code.
        code: facts of where the code is, all of them text.
        note: what a reader has to know.
    """

    title: str
    steps: tuple[str, ...] | None = None
    code: tuple[tuple[str, str], ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class StoredLensFacts:
    """What a face shows of a stored lens."""

    name: str
    version: str
    source: str
    view: str
    description: str
    caution: str
    body: BodyFacts
    putter: BodyFacts | None


def stored_lens_facts(stored: StoredLens) -> StoredLensFacts:
    """Return the facts of a stored lens."""
    return StoredLensFacts(
        name=one_line(stored.name),
        version=one_line(stored.version, 40),
        source=one_line(stored.source_schema, 200),
        view=one_line(stored.view_schema, 200),
        description=visible(stored.description or "", 2_000),
        caution=one_line(stored.caution or "", 500),
        body=body_facts(stored.body),
        putter=None if stored.putter is None else body_facts(stored.putter),
    )


def body_facts(body: Body) -> BodyFacts:
    """Return the facts of steps, of a code reference, or of nothing told."""
    from atdata_nb.lenses import CodeReference, DeclarativeLens

    if isinstance(body, DeclarativeLens):
        steps = [one_line(str(step), 200) for step in body.steps[:MOST_STEPS]]
        rest = len(body.steps) - MOST_STEPS
        more = [f"… and {rest:,} more steps"] if rest > 0 else []
        return BodyFacts("Declarative lens", tuple(steps + more), note="Runs anywhere.")
    if isinstance(body, CodeReference):
        return BodyFacts("Code reference", code=_code(body), note=NOT_RUN)
    return BodyFacts("Opaque lens", note="The lens's author did not say what it does.")


def _code(reference: CodeReference) -> tuple[tuple[str, str], ...]:
    facts = ("path", "repository", "commit", "branch", "language")
    told = [(name, getattr(reference, name)) for name in facts]
    return tuple((name, one_line(text, 200)) for name, text in told if text)
