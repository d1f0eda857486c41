"""Code: lines that give in a cell what the grid has on screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def code_of(source: str, query: str, sort: str, rows: Sequence[int], *, down: bool = False) -> str:
    """Return lines that end in what is shown: the chosen rows, or what matches, in its order.

    Args:
        source: lines that make ``dataset``.
        query: what rows match; empty for all.
        sort: the column they are ordered by; empty for none.
        rows: numbers of the chosen rows; where there are any, they are what the lines give.
        down: whether from the largest to the smallest.

    Example:
        >>> print(code_of("dataset = at.Dataset('a.tar')", "label == 3", "score", []))
        dataset = at.Dataset('a.tar')
        frame = dataset.where('label == 3').to_pandas().sort_values('score', kind='stable')
    """
    if rows:
        return _lines(source, f"samples = dataset.take({list(rows)})")
    found = f"dataset.where({query.strip()!r})" if query.strip() else "dataset"
    if not sort:
        return _lines(source, f"samples = {found}" if query.strip() else "")
    order = ", ascending=False" if down else ""
    return _lines(
        source, f"frame = {found}.to_pandas().sort_values({sort!r}{order}, kind='stable')"
    )


def _lines(*parts: str) -> str:
    return "\n".join(part for part in parts if part)
