"""Conversion: batches and datasets as Arrow tables and streams."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from atdata_nb.tables.arrow import record_batch, schema_of
from atdata_nb.tables.columns import columns_of_batch, read_columns, specs_of, survey_all
from atdata_nb.tables.extras import need

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pyarrow as pa

    from atdata_nb.batch import SampleBatch
    from atdata_nb.dataset import Dataset
    from atdata_nb.tables.columns import Columns
    from atdata_nb.tables.forms import Form


def batch_to_arrow(batch: SampleBatch[Any]) -> pa.Table:
    """Return a batch as an Arrow table; see `dataset_to_arrow`."""
    need("pyarrow")
    return _table([columns_of_batch(batch, stack=True)], batch.sample_type)


def dataset_to_arrow(ds: Dataset[Any], limit: int | None = None) -> pa.Table:
    """Return a dataset as an Arrow table, a row a sample, a column a field, in order.

    Arrays of one dtype and shape are fixed-shape tensors; of one dtype and number of axes, lists
    in lists; else structs of dtype, shape and data (`atdata_nb.tables.row_to_array` puts one
    together again). Values of several types in one column are msgpack bytes.

    Raises:
        MissingExtraError: pyarrow is not installed.
        ShardError: a shard or a sample can't be read.
        SampleTypeError: a value that a lens made is not of its field's type.
    """
    need("pyarrow")
    return _table(list(read_columns(ds, limit=limit)), ds.sample_type)


def _table(pieces: list[Columns], sample_type: type) -> pa.Table:
    forms = survey_all(pieces, specs_of(sample_type))
    batches = [record_batch(piece, forms) for piece in pieces]
    return need("pyarrow").Table.from_batches(batches, schema_of(forms))


def dataset_to_stream(ds: Dataset[Any], requested_schema: object | None = None) -> object:
    """Return a dataset as an Arrow C stream, read a record batch at a time.

    A stream says its types before its first row, and types follow from the values where the sample
    type leaves them open (shapes of arrays, integers past int64): the samples are read twice, once
    for their types, in the memory of one block.

    Raises:
        MissingExtraError: pyarrow is not installed.
        ShardError: a shard or a sample can't be read.
    """
    pa = need("pyarrow")
    forms = survey_all(read_columns(ds), specs_of(ds.sample_type))
    reader = pa.RecordBatchReader.from_batches(schema_of(forms), _record_batches(ds, forms))
    return reader.__arrow_c_stream__(requested_schema)


def _record_batches(ds: Dataset[Any], forms: Mapping[str, Form]) -> Iterator[Any]:
    for piece in read_columns(ds):
        yield record_batch(piece, forms)
