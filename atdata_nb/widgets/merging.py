"""Merging: several long lists shown as one, of which any page is found without reading the rest."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from atdata_nb.widgets.rows import Row

_BLOCK: Final = 50


class Ordered(Protocol):
    """Rows in an order, of which any can be had by their places."""

    def __len__(self) -> int:
        """How many there are."""
        ...

    def window(self, offset: int, limit: int) -> list[Row]:
        """Return some of them."""
        ...


class Blocks:
    """Rows by their places, fetched a block at a time and kept."""

    def __init__(self, rows: Ordered) -> None:
        self._rows = rows
        self._kept: dict[int, list[Row]] = {}

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, place: int) -> Row:
        number, rest = divmod(place, _BLOCK)
        if number not in self._kept:
            self._kept[number] = self._rows.window(number * _BLOCK, _BLOCK)
        return self._kept[number][rest]

    def window(self, offset: int, limit: int) -> list[Row]:
        """Return some of them."""
        return [self[place] for place in range(offset, min(offset + limit, len(self)))]


class Merged:
    """Two ordered lists as one.

    Args:
        left: rows that come first among equals.
        right: the others.
        order: what both are sorted by; without it, they take turns.
    """

    def __init__(self, left: Ordered, right: Ordered, order: str) -> None:
        self._left, self._right, self._order = Blocks(left), Blocks(right), order

    def __len__(self) -> int:
        return len(self._left) + len(self._right)

    def window(self, offset: int, limit: int) -> list[Row]:
        """Return some of them; only a few blocks of each list are read."""
        end = min(offset + limit, len(self))
        if offset >= end:
            return []
        i = self._from_left(offset)
        j = offset - i
        found: list[Row] = []
        while len(found) < end - offset:
            if self._left_is_next(i, j):
                found.append(self._left[i])
                i += 1
            else:
                found.append(self._right[j])
                j += 1
        return found

    def _from_left(self, place: int) -> int:
        """Return how many of the first rows are from the left list."""
        shorter = min(len(self._left), len(self._right))
        if not self._order:
            if place <= 2 * shorter:
                return (place + 1) // 2
            return shorter if len(self._left) == shorter else place - shorter
        low, high = max(0, place - len(self._right)), min(place, len(self._left))
        while low < high:
            middle = (low + high) // 2
            if self._is_before(middle, place - middle - 1):
                low = middle + 1
            else:
                high = middle
        return low

    def _left_is_next(self, i: int, j: int) -> bool:
        if i == len(self._left) or j == len(self._right):
            return i < len(self._left)
        return self._is_before(i, j) if self._order else i <= j

    def _is_before(self, i: int, j: int) -> bool:
        ours, theirs = self._left[i].key(self._order), self._right[j].key(self._order)
        return ours >= theirs if self._order.startswith("-") else ours <= theirs


def merged(lists: Sequence[Ordered], order: str) -> Ordered:
    """Return several ordered lists as one."""
    return reduce(lambda left, right: Merged(left, right, order), lists)
