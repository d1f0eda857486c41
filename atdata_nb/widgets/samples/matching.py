"""Matching: which of the rows that were read match a query, and in which order."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from atdata_nb.widgets.jobs import Job

if TYPE_CHECKING:
    from atdata_nb.queries import Expression
    from atdata_nb.widgets.samples.pace import Pace
    from atdata_nb.widgets.samples.scalars import Scalars

# While rows are being read, they are put in order anew when there are so many times more of them:
# all orders together cost a few times what the last one does.
_GROWTH: Final = 1.5


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
    _job: Job | None = None

    @property
    def plain(self) -> bool:
        """Whether it is all rows as they are stored."""
        return self.expression is None and not self.sort

    @property
    def is_ready(self) -> bool:
        """Whether there are rows to show: the first order of many takes a while."""
        return not self.sort or self._order is not None

    @property
    def count(self) -> int:
        """How many rows it has so far."""
        return len(self.rows())

    def rows(self) -> Any:
        """Return the numbers of its rows, in its order."""
        if self.sort:
            return np.empty(0, np.int64) if self._order is None else self._order
        return self._all_found()

    def advance(self, scalars: Scalars, pace: Pace, *, ended: bool) -> bool:
        """Look at more of what was read; return whether there is nothing to be done about it now.

        Args:
            scalars: what was read.
            pace: how long it may take.
            ended: whether no more will be read.
        """
        looked_at_all = self._look(scalars, pace)
        return self._settle(scalars, pace, ended=ended and looked_at_all) and looked_at_all

    def _look(self, scalars: Scalars, pace: Pace) -> bool:
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

    def _settle(self, scalars: Scalars, pace: Pace, *, ended: bool) -> bool:
        """Put the rows in order, in another thread: a million texts take a second."""
        if not self.sort:
            return True
        if self._job is None and self._is_due(ended=ended):
            looked, found, down = self.looked, self._all_found(), self.down
            values = scalars.column(self.sort, looked)
            self._job = Job(lambda: (looked, _in_order(values, found, down=down)))
        if self._job is not None and self._job.wait(pace.left):
            (self._ordered, self._order), self._job = self._job.result(), None
        return self._job is None and not self._is_due(ended=ended)

    def _is_due(self, *, ended: bool) -> bool:
        if self._order is None:
            return True
        return self.looked > self._ordered * (1 if ended else _GROWTH)

    def _all_found(self) -> Any:
        if len(self._found) != 1:
            self._found = [np.concatenate(self._found) if self._found else np.empty(0, np.int64)]
        return self._found[0]


def _in_order(values: Any, found: Any, *, down: bool) -> Any:
    import pyarrow.compute as pc

    # Missing values come last either way: pyarrow does so unasked.
    way = "descending" if down else "ascending"
    order = pc.sort_indices(values.take(found), sort_keys=[("", way)])
    return found[order.to_numpy()]
