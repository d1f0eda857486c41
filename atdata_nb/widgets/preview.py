"""The preview: the samples of one dataset as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import traitlets as t

from atdata_nb.views.amounts import counted
from atdata_nb.views.pages import samples_page, trouble_page
from atdata_nb.views.samples import Broken
from atdata_nb.views.text import one_line
from atdata_nb.widgets.bundle import Asset
from atdata_nb.widgets.channel import Answer, Channel, said
from atdata_nb.widgets.opening import open_dataset, source_code
from atdata_nb.widgets.samples import SampleSession
from atdata_nb.widgets.samples.pace import Pace
from atdata_nb.widgets.samples.rows import rows_of
from atdata_nb.widgets.whole import WholeSamples

if TYPE_CHECKING:
    import pandas as pd

    from atdata_nb.dataset import Dataset
    from atdata_nb.protocols import IndexEntry

# The static twin is saved with the notebook, so it stays short.
STATIC_ROWS = 10
_PATIENCE = 60.0


class Preview(Channel):
    """The samples of a dataset, read when the page asks for them.

    What is on screen is a value here: ``query``, ``selection``, ``to_pandas()``.

    Attributes:
        title: name of the dataset.
        query: which samples are shown, as an expression like ``label == 3 and score > .5``.
        selection: numbers of the chosen samples, in the order of choosing.
        sort: the column that the samples are ordered by; empty for the order they are stored in.
        descending: whether from the largest to the smallest.
    """

    _esm = Asset("preview.js")
    _css = Asset("widgets.css")

    title = t.Unicode("").tag(sync=True)
    query = t.Unicode("").tag(sync=True)
    selection = t.List(t.Int()).tag(sync=True)
    sort = t.Unicode("").tag(sync=True)
    descending = t.Bool(default_value=False).tag(sync=True)

    def __init__(self, source: Dataset[Any] | IndexEntry, *, count: int | None = None) -> None:
        self._source, self._count = source, count
        self._session = SampleSession(self.dataset, limit=count, source=source_code(source))
        self._whole = WholeSamples(lambda _key: self.dataset())
        super().__init__(title=one_line(getattr(source, "name", None) or "samples"))

    def dataset(self) -> Dataset[Any]:
        """Return the dataset that is shown."""
        from atdata_nb.dataset import Dataset

        source = self._source
        return source if isinstance(source, Dataset) else open_dataset(source)

    def to_pandas(self) -> pd.DataFrame:
        """Return what is on screen as a DataFrame.

        The chosen samples, if some are; else those that match the query, in their order. Of a
        dataset that is read as it is scrolled, what was read so far is looked through.

        Raises:
            ExpressionError: the query is none, or asks for what is no scalar column.
        """
        from atdata_nb.tables import batch_to_pandas

        if not (self.selection or self.query.strip() or self.sort):
            return self._session.dataset.to_pandas(limit=self._count)
        numbers = self.selection or self._session.numbers(
            self.query, self.sort, down=self.descending
        )
        read, batch = self._session.batch(numbers)
        return batch_to_pandas(batch).set_axis(read)

    def answer(self, request: dict[str, Any]) -> Answer:
        """Return what the grid asked for, or a sample in full."""
        if request.get("kind") in WholeSamples.kinds:
            return self._whole.answer(request)
        return self._session.answer(request)

    def _static(self) -> str:
        try:
            count = min(STATIC_ROWS if self._count is None else self._count, STATIC_ROWS)
            rows = rows_of(self.dataset(), None)
            # One more than is shown tells whether these are all.
            if not rows.whole:
                count = min(count, max(1, rows.known - 1))
            found = rows.read(range(min(count + 1, rows.known)), Pace(_PATIENCE))
            shown = (Broken(row.fault) if row.fault else row.sample for row in found)
            return samples_page(shown, count, self.title)
        except Exception as error:  # noqa: BLE001 - a source that cannot be read is said in place
            return trouble_page(repr(self), said(error)["text"])

    def __repr__(self) -> str:
        which = "samples" if self._count is None else f"first {counted(self._count, 'sample')}"
        return f"Preview of {self.title}: {which}"
