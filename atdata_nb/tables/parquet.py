"""Parquet: samples as Parquet files, a row group at a time."""

from __future__ import annotations

import contextlib
import os
import secrets
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from atdata_nb.errors import EmptyDatasetError
from atdata_nb.tables.arrow import record_batch, schema_of
from atdata_nb.tables.columns import (
    declared_forms,
    join_forms,
    map_columns,
    read_columns,
    specs_of,
    survey_all,
)
from atdata_nb.tables.extras import need

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from types import TracebackType

    from atdata_nb.dataset import Dataset
    from atdata_nb.tables.columns import Columns
    from atdata_nb.tables.forms import Form

ROW_GROUP: Final = 8192
ROW_GROUP_BYTES: Final = 32 << 20


class _MisfitError(Exception):
    """A later block needs wider columns than the first ones did."""


def dataset_to_parquet(
    ds: Dataset[Any],
    path: str | os.PathLike[str],
    *,
    sample_map: Callable[[Any], Mapping[str, Any]] | None = None,
    maxcount: int | None = None,
    **options: Any,
) -> list[str]:
    """Write a dataset as Parquet in the memory of one row group; return the paths.

    Columns are those of `dataset_to_arrow`. They follow from the first block; if a later one does
    not fit, all is read once for the types and written anew, so ``sample_map`` may be called more
    than once a sample. Files get their names when all are whole; a failure leaves none.

    Args:
        ds: the samples.
        path: the file; with ``maxcount``, files ``{stem}-{000000}{suffix}``.
        sample_map: makes a row of a sample, if fields are not to be columns.
        maxcount: rows a file.
        options: what ``pyarrow.parquet.ParquetWriter`` takes, and ``row_group_size``.

    Raises:
        MissingExtraError: pyarrow is not installed.
        EmptyDatasetError: no samples, and no type that says what their columns would be.
        ShardError: a shard or a sample can't be read.
    """
    need("pyarrow.parquet")
    if maxcount is not None and maxcount < 1:
        message = f"maxcount is {maxcount}; it must be at least 1"
        raise ValueError(message)
    specs = specs_of(ds.sample_type) if sample_map is None else {}
    mapped = None if sample_map is None else partial(map_columns, ds, sample_map)
    pieces = mapped or partial(read_columns, ds)
    write = partial(write_pieces, Path(path), maxcount, options)
    source = iter(pieces())
    first = next(source, None)
    forms = declared_forms(specs)
    if first is None and not forms:
        message = f"{path}: there are no samples, and no type that says what their columns would be"
        raise EmptyDatasetError(message)
    if first is None:
        return write(forms, ())
    try:
        return write(join_forms(forms, first.forms()), chain((first,), source))
    except _MisfitError:
        return write(survey_all(pieces(), specs), pieces())


def write_pieces(
    path: Path,
    maxcount: int | None,
    options: Mapping[str, Any],
    forms: Mapping[str, Form],
    pieces: Iterable[Columns],
) -> list[str]:
    """Write columns of known forms as Parquet; return the paths."""
    with _Files(path, maxcount, options, schema_of(forms)) as files:
        for piece in pieces:
            if not _holds(forms, piece.forms()):
                raise _MisfitError
            for part in _parts(piece, files):
                files.add(record_batch(part, forms))
        return files.close()


def _holds(forms: Mapping[str, Form], others: Mapping[str, Form]) -> bool:
    return all(name in forms and forms[name].holds(form) for name, form in others.items())


def _parts(piece: Columns, files: _Files) -> Iterator[Columns]:
    start = 0
    while start < piece.rows:
        stop = min(piece.rows, start + files.room())
        yield piece.cut(start, stop)
        start = stop


class _Files:
    """Files under temporary names until all of them are whole."""

    def __init__(
        self, path: Path, maxcount: int | None, options: Mapping[str, Any], schema: Any
    ) -> None:
        self.path, self.maxcount, self.schema = path, maxcount, schema
        self.options = dict(options)
        self.row_group = int(self.options.pop("row_group_size", ROW_GROUP))
        self._waiting: list[Any] = []
        self._rows = self._bytes = self._in_file = 0
        self._writer: Any = None
        self._done: list[tuple[Path, Path]] = []
        path.parent.mkdir(parents=True, exist_ok=True)

    def room(self) -> int:
        """Rows that may be added before something is written."""
        group = self.row_group - self._rows
        return group if self.maxcount is None else min(group, self.maxcount - self._in_file)

    def add(self, batch: Any) -> None:
        """Add a record batch that has room."""
        self._waiting.append(batch)
        self._rows += batch.num_rows
        self._in_file += batch.num_rows
        self._bytes += batch.nbytes
        full = self.maxcount is not None and self._in_file >= self.maxcount
        if full or self._rows >= self.row_group or self._bytes >= ROW_GROUP_BYTES:
            self._flush()
        if full:
            self._end()

    def _flush(self) -> None:
        pa = need("pyarrow")
        if self._writer is None:
            self._open()
        if self._rows:
            table = pa.Table.from_batches(self._waiting, self.schema)
            self._writer.write_table(table, row_group_size=self._rows)
        self._waiting, self._rows, self._bytes = [], 0, 0

    def _open(self) -> None:
        number = len(self._done)
        final = self.path
        if self.maxcount is not None:
            final = final.with_name(f"{final.stem}-{number:06d}{final.suffix}")
        partial_name = final.with_name(f".{final.name}.{secrets.token_hex(4)}.part")
        self._done.append((partial_name, final))
        writer = need("pyarrow.parquet").ParquetWriter
        self._writer = writer(str(partial_name), self.schema, **self.options)

    def _end(self) -> None:
        self._writer.close()
        self._writer, self._in_file = None, 0
        with self._done[-1][0].open("rb") as file:
            os.fsync(file.fileno())

    def close(self) -> list[str]:
        """Write what waits and give the files their names."""
        if self._waiting or not self._done:
            self._flush()
        if self._writer is not None:
            self._end()
        paths = []
        for partial_name, final in self._done:
            partial_name.replace(final)
            paths.append(str(final))
        return paths

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            return
        if self._writer is not None:
            with contextlib.suppress(Exception):
                self._writer.close()
        for partial_name, _ in self._done:
            partial_name.unlink(missing_ok=True)
