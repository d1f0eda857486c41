"""Matching: which of the rows that were read match a query, and in which order."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from atdata_nb.queries import Expression
    from atdata_nb.widgets.samples.pace import Pace
    from atdata_nb.widgets.samples.scalars import Scalars


@dataclass(slots=True)
class View:
    """Rows of a dataset, some of them, in some order.

    Attributes:
        expression: what they match; None for all.
        sort: the column they are ordered by; empty for the order they are stored in.
        down: whether from the largest to the smallest.
        looked: how many rows were looked at.
    """

    expression: Expression | None = None
    sort: str = ""
    down: bool = False
    looked: int = 0
    _found: list[Any] = field(default_factory=list)
    _order: Any = None
    _ordered: int = 0

    @property
    def plain(self) -> bool:
        """Whether it is all rows as they are stored."""
        return self.expression is None and not self.sort

    @property
    def count(self) -> int:
        """How many rows it has so far."""
        return int(sum(map(len, self._found)))

    def advance(self, scalars: Scalars, pace: Pace) -> bool:
        """Look at more of what was read; return whether all of it was looked at."""
        if self.expression is None:
            self._found.append(np.arange(self.looked, scalars.rows))
            self.looked = scalars.rows
            return True
        for start, columns in scalars.parts(sorted(self.expression.fields), self.looked):
            mask = np.asarray(self.expression.mask(columns))
            self._found.append(start + np.flatnonzero(mask))
            self.looked = start + len(mask)
            if pace.over:
                break
        return self.looked >= scalars.rows

    def rows(self, scalars: Scalars) -> Any:
        """Return the numbers of its rows, in its order."""
        if self._order is None or self._ordered != self.looked:
            self._order, self._ordered = self._in_order(scalars), self.looked
        return self._order

    def _in_order(self, scalars: Scalars) -> Any:
        found = np.concatenate(self._found) if self._found else np.empty(0, np.int64)
        self._found = [found]
        if not self.sort:
            return found
        import pyarrow.compute as pc

        values = scalars.column(self.sort, self.looked).take(found)
        # Missing values come last either way: pyarrow does so unasked.
        way = "descending" if self.down else "ascending"
        order = pc.sort_indices(values, sort_keys=[("", way)])
        return found[order.to_numpy()]
