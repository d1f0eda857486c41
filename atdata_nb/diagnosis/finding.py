"""Finding: one thing that was looked at, how it is, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["good", "advice", "problem"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check has found.

    Attributes:
        subject: what was looked at: ``index``, ``redis``, ``s3`` or ``pds``.
        severity: ``good``; ``advice``, which can be ignored; ``problem``, which should not be.
        sentence: how it is.
        remedy: what to do; empty where all is well.

    Example:
        >>> Finding("redis", "problem", "nothing is kept on disk", "CONFIG SET appendonly yes")
        problem  redis  nothing is kept on disk
                        CONFIG SET appendonly yes
    """

    subject: str
    severity: Severity
    sentence: str
    remedy: str = ""

    def __repr__(self) -> str:
        told = f"{self.severity:<8} {self.subject:<6} {self.sentence}"
        return f"{told}\n{'':<16}{self.remedy}" if self.remedy else told


@dataclass(frozen=True, slots=True)
class Report:
    """All that was found.

    Attributes:
        findings: in the order in which things were looked at.
    """

    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """Whether there is no problem."""
        return not self.problems

    @property
    def problems(self) -> tuple[Finding, ...]:
        """The findings that should not be ignored."""
        return tuple(one for one in self.findings if one.severity == "problem")

    def __repr__(self) -> str:
        count = len(self.problems)
        end = f"{count} problem{'s' * (count != 1)}" if count else "No problem found."
        return "\n".join([*map(repr, self.findings), end])


def good(subject: str, sentence: str) -> Finding:
    """Return that something is as it should be."""
    return Finding(subject, "good", sentence)


def advice(subject: str, sentence: str, remedy: str) -> Finding:
    """Return that something could be better."""
    return Finding(subject, "advice", sentence, remedy)


def problem(subject: str, sentence: str, remedy: str) -> Finding:
    """Return that something is wrong."""
    return Finding(subject, "problem", sentence, remedy)
