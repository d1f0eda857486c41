"""Tables: Arrow data, from whichever library, as a Dataset."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from atdata_nb.bridges.arrow_columns import columns_of
from atdata_nb.bridges.columns import ColumnRows, chosen, samples_of, type_of
from atdata_nb.dataset import Dataset
from atdata_nb.errors import SampleTypeError
from atdata_nb.shards.made import MadeSource, Rows
from atdata_nb.tables.extras import need

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_STRIDE: Final = 256


def from_arrow(
    data: Any, *, name: str = "rows", sample_type: type[Any] | None = None
) -> Dataset[Any]:
    """Return Arrow data as a Dataset, a sample a row.

    Numbers, truth values, text and bytes become what they are; fixed-shape tensors and fixed-size
    lists arrays of that shape, lists of numbers arrays of any length, other lists lists, structs
    nested samples, maps dicts, dictionaries what they stand for, times ISO 8601 text, decimals
    text. A column with missing values is an optional field. What `Dataset.to_arrow` gave comes
    back as it was.

    Args:
        data: a Table or RecordBatch of pyarrow; a ``pyarrow.dataset.Dataset``, say of Parquet
            files, which is read a batch at a time; or anything that gives an Arrow stream, like a
            Polars frame or a DuckDB relation, which is read into memory.
        name: what to call the dataset, and in CamelCase the sample type.
        sample_type: the type of the samples, where it is declared already; columns without a
            field are left out.

    Raises:
        SampleTypeError: ``data`` is no Arrow data, a column has a type that no field can hold,
            or a field of ``sample_type`` has no column.
        MissingExtraError: pyarrow is not installed.

    Example:
        >>> import pyarrow as pa
        >>> ds = from_arrow(pa.table({"city": ["Lund", None], "celsius": [-3.5, 4.0]}))
        >>> ds.head()
        [Rows(city='Lund', celsius=-3.5), Rows(city=None, celsius=4.0)]
    """
    rows = _rows(data, name, sample_type)
    return Dataset(MadeSource(rows), sample_type=rows.sample_type, name=name)


def _rows(data: Any, name: str, sample_type: type[Any] | None) -> Rows:
    pa = need("pyarrow")
    if isinstance(data, need("pyarrow.dataset").Dataset):
        return FragmentRows(data, name, sample_type)
    if isinstance(data, pa.RecordBatch):
        data = pa.Table.from_batches([data])
    if not isinstance(data, pa.Table):
        if not hasattr(data, "__arrow_c_stream__"):
            message = f"from_arrow takes Arrow data, got {type(data).__name__}"
            raise SampleTypeError(message)
        data = pa.table(data)
    return TableRows(data, name, sample_type)


class TableRows(ColumnRows):
    """The rows of an Arrow table in memory."""

    def __init__(self, table: Any, name: str, sample_type: type[Any] | None) -> None:
        self._table = table
        columns = columns_of(table.schema, table.columns)
        row_bytes = table.nbytes / max(table.num_rows, 1)
        super().__init__(columns, table.num_rows, row_bytes, name, sample_type)

    def stretch(self, start: int, stop: int) -> list[list[Any]]:
        """Field values of rows ``start`` to ``stop``, a list a column."""
        part = self._table.slice(start, stop - start)
        return [column.read(_joined(part.column(column.source))) for column in self.columns]


class FragmentRows(Rows):
    """The rows of files that pyarrow reads a batch at a time; a part a file."""

    def __init__(self, data: Any, name: str, sample_type: type[Any] | None) -> None:
        self._data = data
        columns = columns_of(data.schema)
        self._columns = columns if sample_type is None else chosen(columns, sample_type)
        self.sample_type = sample_type or type_of(columns, name)
        self._fragments = {
            f"{name}-{number:06d}": fragment for number, fragment in enumerate(data.get_fragments())
        }

    def parts(self) -> Mapping[str, int | None]:
        """A part a file; only in order."""
        return dict.fromkeys(self._fragments)

    def read(self, part: str, start: int = 0, stop: int | None = None) -> Iterator[Any]:
        """Samples of one part."""
        yield from islice(self._read(part), start, stop)

    def _read(self, part: str) -> Iterator[Any]:
        batches = self._fragments[part].to_batches(schema=self._data.schema, batch_size=_STRIDE)
        for batch in batches:
            values = [column.read(batch.column(column.source)) for column in self._columns]
            yield from samples_of(self.sample_type, self._columns, values)


def _joined(column: Any) -> Any:
    """Return a chunked array as one array."""
    joined = column.combine_chunks()
    if isinstance(joined, need("pyarrow").ChunkedArray):
        # Of no chunk, or of too many bytes for one.
        return joined.chunk(0) if joined.num_chunks else need("pyarrow").array([], column.type)
    return joined
