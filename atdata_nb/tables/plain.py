"""Plain Arrow: tables whose every type any reader of Arrow knows, tensors as fixed-size lists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from atdata_nb.tables.arrow import record_batch, schema_of
from atdata_nb.tables.columns import read_columns, specs_of, survey_all
from atdata_nb.tables.extras import need

if TYPE_CHECKING:
    from collections.abc import Iterator

    from atdata_nb.dataset import Dataset


class PlainStream:
    """The samples of a dataset as an Arrow stream that can be asked for again and again.

    They are read once for their types, and then each time the stream is read, in the memory of
    one block.
    """

    def __init__(self, ds: Dataset[Any]) -> None:
        self._ds = ds
        self._forms = survey_all(read_columns(ds), specs_of(ds.sample_type))
        self.schema = plain_schema(schema_of(self._forms))

    def batches(self) -> Iterator[Any]:
        """Record batches, as they are read."""
        for piece in read_columns(self._ds):
            yield plain_batch(record_batch(piece, self._forms))

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """Give the samples from the first on."""
        reader = need("pyarrow").RecordBatchReader.from_batches(self.schema, self.batches())
        return reader.__arrow_c_stream__(requested_schema)


def plain_schema(schema: Any) -> Any:
    """Return a schema with its tensors as fixed-size lists in each other."""
    return need("pyarrow").schema([item.with_type(_plain(item.type)) for item in schema])


def plain_batch(batch: Any) -> Any:
    """Return a record batch with its tensors as fixed-size lists in each other."""
    pa = need("pyarrow")
    columns = [_lists(column) for column in batch.columns]
    return pa.RecordBatch.from_arrays(columns, schema=plain_schema(batch.schema))


def _plain(kind: Any) -> Any:
    pa = need("pyarrow")
    if not isinstance(kind, pa.FixedShapeTensorType):
        return kind
    found = kind.value_type
    for length in reversed(kind.shape):
        found = pa.list_(pa.field("item", found, nullable=False), length)
    return found


def _lists(column: Any) -> Any:
    pa = need("pyarrow")
    if not isinstance(column.type, pa.FixedShapeTensorType):
        return column
    stored, shape = column.storage, column.type.shape
    size = stored.type.list_size
    found = stored.values.slice(stored.offset * size, len(stored) * size)
    kinds = [_plain(column.type)]
    for _ in shape[1:]:
        kinds.append(kinds[-1].value_type)
    for kind in reversed(kinds[1:]):
        found = pa.FixedSizeListArray.from_arrays(found, type=kind)
    return pa.FixedSizeListArray.from_arrays(found, type=kinds[0], mask=stored.is_null())
