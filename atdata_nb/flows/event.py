"""Event: what a run tells of its steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

EventKind: TypeAlias = Literal["started", "progress", "finished", "reused", "failed", "cancelled"]


@dataclass(frozen=True, slots=True)
class Event:
    """Something happened to a step.

    Attributes:
        step: the step's id.
        kind: ``started``, ``progress``, ``finished``, ``reused``, ``failed`` or ``cancelled``.
        done: bytes of this step that were moved; samples, where samples are written.
        total: bytes of this step; None where nobody knows.
        rate: bytes a second over the whole run, or samples; None where there is none yet.
        left: seconds until the whole run has moved all, at that rate; None likewise.
        text: what happened, in words, where there is more to say.

    Example:
        >>> Event("shard-0", "progress", done=10, total=40).fraction
        0.25
    """

    step: str
    kind: EventKind
    done: int = 0
    total: int | None = None
    rate: float | None = None
    left: float | None = None
    text: str = ""

    @property
    def fraction(self) -> float | None:
        """How much of the step is done, between 0 and 1; None where nobody knows."""
        return self.done / self.total if self.total else None

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        return {name: getattr(self, name) for name in self.__slots__}
