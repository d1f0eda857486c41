"""Told: which rows of a whole dataset match, as its manifests tell, without reading shards."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotYetError
from dataclasses import replace
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from atdata_nb.selection import Selection
from atdata_nb.widgets.samples.matching import View

if TYPE_CHECKING:
    from atdata_nb.dataset import Dataset
    from atdata_nb.queries import Expression
    from atdata_nb.widgets.samples.pace import Pace
    from atdata_nb.widgets.samples.rows import Row
    from atdata_nb.widgets.samples.scalars import Scalars

# A request waits so long for manifests that are under way, and is asked again.
_PATIENCE: Final = 0.1
_UNLIKE: Final = "a manifest leads to this sample, and it does not match: read the shards to filter"


class ToldView(View):
    """Rows of a dataset that match, in the order they are stored in; all of them."""

    __slots__ = ("_all",)

    def __init__(self, expression: Expression, numbers: Any, looked: int) -> None:
        super().__init__(expression, looked=looked)
        self._all = numbers

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self._all)

    def advance(self, scalars: Scalars, pace: Pace, *, ended: bool) -> bool:  # noqa: ARG002 - as of a View
        """Nothing need be looked at."""
        return True

    def rows(self) -> Any:
        """Return their numbers."""
        return self._all

    def checked(self, row: Row) -> Row:
        """Return a row that was read; a fault in place of one that does not match."""
        assert self.expression is not None  # noqa: S101 - given to it
        if row.fault or self.expression.matches(row.sample):
            return row
        return replace(row, sample=None, fault=_UNLIKE)


class Asking:
    """Manifests that are being read for one condition, in a thread of its own.

    Args:
        ds: the dataset, far away.
        expression: the condition.
        known: how many rows are shown of it.
    """

    def __init__(self, ds: Dataset[Any], expression: Expression, known: int) -> None:
        self._found: Future[ToldView | None] = Future()
        self._asked = ds, expression, known
        threading.Thread(target=self._look, name="atdata-manifests", daemon=True).start()

    def _look(self) -> None:
        ds, expression, known = self._asked
        try:
            found = Selection.of(ds, expression).explain().shards
            sizes = [0 if one.manifest is None else one.manifest.samples for one in found]
            rows = [one.rows for one in found if one.rows is not None]
            if len(rows) < len(found) or sum(sizes) != len(ds):
                self._found.set_result(None)
                return
            starts = accumulate(sizes, initial=0)
            numbers = [start + one for start, one in zip(starts, rows, strict=False)]
            whole = np.concatenate(numbers) if numbers else np.empty(0, np.int64)
            view = ToldView(expression, whole[whole < known], known)
            self._found.set_result(view)
        except Exception:  # noqa: BLE001 - whatever it is: the rows that are read tell it too
            self._found.set_result(None)

    def view(self, patience: float | None = _PATIENCE) -> ToldView | None:
        """Return the rows that match; None where the manifests do not tell.

        Raises:
            NotYetError: they are still being read.
        """
        return self._found.result(patience)


def asking(ds: Dataset[Any], expression: Expression | None, known: int) -> Asking | None:
    """Begin to ask the manifests of a dataset; None where its rows are not those of its shards."""
    if expression is None or ds.is_selection:
        return None
    return Asking(ds, expression, known)


__all__ = ["Asking", "NotYetError", "ToldView", "asking"]
