"""The preview: the first samples of one dataset as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import traitlets as t

from atdata_nb.views.pages import samples_page, trouble_page
from atdata_nb.views.samples import sample_table
from atdata_nb.views.text import one_line
from atdata_nb.widgets.bundle import Asset
from atdata_nb.widgets.channel import Answer, Channel, said
from atdata_nb.widgets.opening import open_dataset
from atdata_nb.widgets.requests import SamplesRequest, read_request
from atdata_nb.widgets.wire import table_wire

if TYPE_CHECKING:
    import pandas as pd

    from atdata_nb.dataset import Dataset
    from atdata_nb.protocols import IndexEntry

SIDE = 96
# The static twin is saved with the notebook, so it stays short.
STATIC_ROWS = 10


class Preview(Channel):
    """The first samples of a dataset, read when the page asks for them.

    Attributes:
        title: name of the dataset.
        count: how many samples are shown.
    """

    _esm = Asset("preview.js")
    _css = Asset("widgets.css")

    title = t.Unicode("").tag(sync=True)
    count = t.Int(20).tag(sync=True)

    def __init__(self, source: Dataset[Any] | IndexEntry, *, count: int = 20) -> None:
        self._source = source
        name = one_line(getattr(source, "name", None) or "samples")
        super().__init__(title=name, count=count)

    def dataset(self) -> Dataset[Any]:
        """Return the dataset that is shown."""
        from atdata_nb.dataset import Dataset

        source = self._source
        return source if isinstance(source, Dataset) else open_dataset(source)

    def to_pandas(self) -> pd.DataFrame:
        """Return the shown samples as a DataFrame."""
        return self.dataset().to_pandas(limit=self.count)

    def answer(self, request: dict[str, Any]) -> Answer:
        """Return the table of samples."""
        asked = read_request(request)
        if not isinstance(asked, SamplesRequest):
            message = f"a preview has samples only, not {type(asked).__name__}"
            raise TypeError(message)
        return table_wire(sample_table(self.dataset().ordered(), self.count, side=SIDE))

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        bundle = super()._repr_mimebundle_(**kwargs)
        if bundle is not None:
            bundle[0]["text/html"] = self._static()
        return bundle

    def _static(self) -> str:
        try:
            rows = min(self.count, STATIC_ROWS)
            return samples_page(self.dataset().ordered(), rows, self.title)
        except Exception as error:  # noqa: BLE001 - a source that cannot be read is said in place
            return trouble_page(repr(self), said(error)["text"])

    def __repr__(self) -> str:
        return f"Preview of {self.title}: first {self.count} samples"
