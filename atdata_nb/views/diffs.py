"""Facts of a schema diff: what came, went and changed, and who can read what of whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from atdata_nb.views.folds import MOST_ROWS, Part, folded
from atdata_nb.views.text import one_line, visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from atdata_nb.schemas.diff import SchemaDiff
    from atdata_nb.schemas.model import Field
    from atdata_nb.schemas.reading import Verdict

Kind = Literal["add", "del", "new", "mod"]

MOST_REASONS = 20
MOST_STEPS = 50
SIGNS: dict[Kind, str] = {"add": "+", "del": "−", "new": "→", "mod": "~"}


@dataclass(frozen=True, slots=True)
class ChangeFacts:
    """One row: what happened to a field, with what it was and what it is."""

    kind: Kind
    field: str
    what: str
    old: str
    new: str

    @property
    def sign(self) -> str:
        """The sign of its kind, for those who see no colours."""
        return SIGNS[self.kind]


@dataclass(frozen=True, slots=True)
class VerdictFacts:
    """Whether samples of one schema can be read under the other, and what stands against it."""

    question: str
    ok: bool
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DiffFacts:
    """What a face shows of a diff.

    Attributes:
        old: name and version of the schema before.
        new: name and version of the schema after.
        parts: the changes, all but the first of them folded.
        left_out: how many further changes there are.
        verdicts: old under new, and new under old.
        version: the smallest honest version, with its step; empty where nothing changed.
        steps: what makes an old sample a new one, in words.
        notes: why there are no such steps, or where they may stop.
    """

    old: str
    new: str
    parts: tuple[Part[ChangeFacts], ...]
    left_out: int
    verdicts: tuple[VerdictFacts, ...]
    version: str
    steps: tuple[str, ...] | None
    notes: tuple[str, ...]


def diff_facts(diff: SchemaDiff) -> DiffFacts:
    """Return the facts of a diff."""
    rows = list(_rows(diff))
    return DiffFacts(
        old=f"{one_line(diff.old.name)} {diff.old.version}",
        new=f"{one_line(diff.new.name)} {diff.new.version}",
        parts=folded(rows[:MOST_ROWS], lambda row: row.field or row.what),
        left_out=max(0, len(rows) - MOST_ROWS),
        verdicts=(
            _verdict("old data under the new schema", diff.old_read_as_new),
            _verdict("new data under the old schema", diff.new_read_as_old),
        ),
        version=f"{diff.version} ({diff.bump})" if diff else "",
        steps=None if diff.steps is None else _some(diff.steps, MOST_STEPS, "steps"),
        notes=_some(diff.notes, MOST_REASONS, "notes"),
    )


def _rows(diff: SchemaDiff) -> Iterator[ChangeFacts]:
    for field in diff.added:
        yield ChangeFacts("add", one_line(field.name, 60), "added", "", _type(field))
    for field in diff.removed:
        yield ChangeFacts("del", one_line(field.name, 60), "removed", _type(field), "")
    for pair in diff.renamed:
        old, new = one_line(pair.old.name, 60), one_line(pair.new.name, 60)
        yield ChangeFacts("new", new, "renamed", old, new)
    for change in diff.changes:
        # A change of a nested field can be its coming or going.
        kinds: dict[str, Kind] = {"added": "add", "removed": "del"}
        yield ChangeFacts(
            kinds.get(change.what, "mod"),
            one_line(change.field, 120),
            one_line(change.what, 40),
            visible(change.old, 300),
            visible(change.new, 300),
        )


def _type(field: Field) -> str:
    from atdata_nb.schemas.text import type_label

    return one_line(type_label(field.type, optional=field.optional))


def _verdict(question: str, verdict: Verdict) -> VerdictFacts:
    return VerdictFacts(question, bool(verdict), _some(verdict.reasons, MOST_REASONS, "reasons"))


def _some(items: tuple[object, ...], most: int, noun: str) -> tuple[str, ...]:
    shown = [one_line(str(item), 200) for item in items[:most]]
    rest = len(items) - most
    return tuple(shown + ([f"… and {rest:,} more {noun}"] if rest > 0 else []))
