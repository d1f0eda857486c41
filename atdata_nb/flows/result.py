"""Result: what came of a run."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from atdata_nb.display import Displayed

if TYPE_CHECKING:
    from atdata_nb.atmosphere.proof import Verdict


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Result(Displayed):
    """What came of a run.

    Attributes:
        uri: the dataset's address; for a local index, ``name@version``.
        url: where the record can be looked at in a web browser; empty for a local index.
        code: a line of Python that loads the dataset.
        changed: whether anything was written; running a plan again changes nothing.
        bytes: how much was sent or written.
        verdict: what came of reading it back and verifying it; None for a local index.
        entry: the entry that was made; no part of the value.
    """

    uri: str
    url: str
    code: str
    changed: bool
    bytes: int = 0
    verdict: Verdict | None = field(default=None, hash=False)
    entry: Any = field(default=None, compare=False)

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        return {
            "uri": self.uri,
            "url": self.url,
            "code": self.code,
            "changed": self.changed,
            "bytes": self.bytes,
            "verdict": None if self.verdict is None else self.verdict.outcome,
            "verified": None if self.verdict is None else self.verdict.ok,
        }

    def __repr__(self) -> str:
        first = "Published" if self.changed else "Nothing to do, it was there already:"
        facts = {
            "look": self.url,
            "load": self.code,
            "proof": "" if self.verdict is None else self.verdict.outcome,
        }
        lines = [f"  {word:<6} {text}" for word, text in facts.items() if text]
        return "\n".join([f"{first} {self.uri}", *lines])
