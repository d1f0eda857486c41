"""Sidecar: the Parquet file of a shard's scalar columns (``{shard}.columns.parquet``)."""

from __future__ import annotations

import hashlib
import zlib
from typing import TYPE_CHECKING, Any, Final

from atdata_nb.errors import ManifestError
from atdata_nb.manifests.manifest import MAX_SIDECAR, Manifest, Sidecar, Stretch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from atdata_nb.manifests.facts import ColumnFacts

# What lies between costs less than another request.
_MAX_GAP: Final = 16 << 10
_TAIL: Final = 8


def encode_sidecar(
    columns: Mapping[str, Any], facts: Mapping[str, ColumnFacts]
) -> tuple[bytes, Sidecar]:
    """Return a Parquet file of columns, and where in it they are.

    Args:
        columns: Arrow arrays, all equally long.
        facts: what is known of them.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.table(dict(columns))
    repeated = [name for name in columns if _repeats(facts[name], table.num_rows)]
    encodings = {
        name: "DELTA_BINARY_PACKED"
        for name, column in columns.items()
        if name not in repeated and pa.types.is_int64(column.type)
    }
    sink = pa.BufferOutputStream()
    # One row group: each column lies in one stretch.
    pq.write_table(
        table,
        sink,
        row_group_size=max(1, table.num_rows),
        compression="zstd",
        compression_level=1,
        use_dictionary=repeated,
        column_encoding=encodings or None,
    )
    data = sink.getvalue().to_pybytes()
    group = pq.read_metadata(pa.BufferReader(data)).row_group(0)
    chunks = (group.column(i) for i in range(len(columns)))
    length = int.from_bytes(data[-_TAIL:-4], "little") + _TAIL
    return data, Sidecar(
        size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        footer=_stretch(data, len(data) - length, length),
        columns={
            name: _stretch(data, _start(chunk), chunk.total_compressed_size)
            for name, chunk in zip(columns, chunks, strict=True)
        },
    )


def _repeats(facts: ColumnFacts, rows: int) -> bool:
    return facts.distinct is not None and 4 * facts.distinct <= rows


def _start(chunk: Any) -> int:
    return int(chunk.dictionary_page_offset or chunk.data_page_offset)


def _stretch(data: bytes, start: int, length: int) -> Stretch:
    return Stretch(start, length, zlib.crc32(data[start : start + length]))


def read_columns(
    manifest: Manifest, names: Sequence[str], read: Callable[[int, int], bytes | None]
) -> dict[str, Any]:
    """Return columns of a sidecar, reading no more of it than they are.

    Args:
        manifest: says where they are.
        names: columns that it has.
        read: gives bytes of the sidecar: so many from an offset on.

    Raises:
        ManifestError: the sidecar is not there, damaged, or another one.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    sidecar = manifest.sidecar
    assert sidecar is not None  # noqa: S101 - the columns were found in it
    # As large as the file, but only what is read takes memory.
    data = bytearray(sidecar.size)
    wanted = [sidecar.footer, *(sidecar.columns[name] for name in names)]
    for start, stop in _together(wanted):
        found = read(start, stop - start)
        if found is None or len(found) != stop - start:
            raise ManifestError("its columns are not there, or cut")
        data[start:stop] = found
    for one in wanted:
        if zlib.crc32(memoryview(data)[one.offset : one.offset + one.length]) != one.crc32:
            raise ManifestError("its columns are damaged, or another version's")
    try:
        file = pq.ParquetFile(pa.BufferReader(pa.py_buffer(data)), read_dictionary=list(names))
        if file.metadata.num_rows != manifest.samples:
            raise ManifestError("its columns are of another shard")
        table = file.read(columns=list(names))
        return {name: _plain(table.column(name)) for name in names}
    except (pa.ArrowException, KeyError, OSError) as error:
        raise ManifestError(f"its columns can't be read: {error}") from error


def _plain(column: Any) -> Any:
    """Return a column's values, unless a few bytes of dictionary would become too many."""
    import pyarrow as pa
    import pyarrow.compute as pc

    column = column.combine_chunks()
    if isinstance(column, pa.ChunkedArray):
        column = column.chunk(0)
    if not isinstance(column, pa.DictionaryArray):
        return column
    lengths = pc.binary_length(column.dictionary).take(column.indices)
    if (pc.sum(lengths).as_py() or 0) > MAX_SIDECAR:
        raise ManifestError("its columns are too large")
    return column.dictionary_decode()


def _together(stretches: Iterable[Stretch]) -> list[tuple[int, int]]:
    spans = sorted((one.offset, one.offset + one.length) for one in stretches)
    joined = [spans[0]]
    for start, stop in spans[1:]:
        first, last = joined[-1]
        if start - last <= _MAX_GAP:
            joined[-1] = first, max(last, stop)
        else:
            joined.append((start, stop))
    return joined
