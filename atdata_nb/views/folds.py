"""Folds: a long table as its first rows and parts of a hundred that open with a click."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from atdata_nb.views.text import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

T = TypeVar("T")

ROWS = 100
# Past this many rows nobody reads on, and a saved notebook would grow large.
MOST_ROWS = 2_000


@dataclass(frozen=True, slots=True)
class Part(Generic[T]):
    """Rows that stand together; ``label`` says which, and is empty for those that are open."""

    label: str
    rows: tuple[T, ...]


def folded(rows: Sequence[T], name: Callable[[T], str]) -> tuple[Part[T], ...]:
    """Return the first hundred rows open, and the others folded.

    >>> [part.label for part in folded([f"f{i}" for i in range(250)], str)]
    ['', '101 – 200: f100 … f199', '201 – 250: f200 … f249']
    """
    starts = range(0, len(rows), ROWS)
    return tuple(_part(tuple(rows[start : start + ROWS]), start, name) for start in starts)


def _part(rows: tuple[T, ...], start: int, name: Callable[[T], str]) -> Part[T]:
    if start == 0:
        return Part("", rows)
    names = f"{one_line(name(rows[0]), 40)} … {one_line(name(rows[-1]), 40)}"
    return Part(f"{start + 1:,} – {start + len(rows):,}: {names}", rows)
