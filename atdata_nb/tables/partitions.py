"""Partitions: a dataset as a Dask DataFrame, or as Parquet files, a shard at a time, anywhere."""

from __future__ import annotations

import contextlib
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from atdata_nb.errors import SampleTypeError
from atdata_nb.samples import is_packable
from atdata_nb.scanning import Pieces, map_shards
from atdata_nb.scanning.tasks import Job, pack, unpack
from atdata_nb.tables.arrow import record_batch, schema_of
from atdata_nb.tables.columns import (
    Columns,
    columns_of_batch,
    declared_forms,
    join_forms,
    specs_of,
    survey_all,
)
from atdata_nb.tables.cutting import cut, read_span
from atdata_nb.tables.extras import need
from atdata_nb.tables.parquet import write_pieces

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Mapping, Sequence

    from atdata_nb.dataset import Dataset
    from atdata_nb.scanning.events import OnEvent
    from atdata_nb.scanning.tasks import Task
    from atdata_nb.tables.cutting import Span
    from atdata_nb.tables.forms import Form

_OPEN: Final = frozenset({"unseen", "null", "msgpack"})
_FIRST: Final = 256


def dataset_to_dask(
    ds: Dataset[Any],
    *,
    client: Any = None,
    survey: bool = False,
    blocksize: int | str | None = None,
) -> Any:
    """Return a dataset as a Dask DataFrame, a partition a shard or block; see `Exports.to_dask`.

    Raises:
        MissingExtraError: Dask or pyarrow is not installed.
        ValueError: that is no size of a block.
        SampleTypeError: no type says what the columns are, and there is no sample to look at.
    """
    need("pyarrow")
    need("pandas")
    frames = need("dask.dataframe")
    forms = _surveyed(ds, client) if survey else _expected(ds)
    read = Partition(forms)
    parts = ds.by_shard()
    blocks = cut(ds, blocksize)
    tasks = [
        pack(Job(_itself, (parts[i], span), parts.names[i], i))
        for i, spans in enumerate(blocks)
        for span in spans
    ]
    if not tasks:
        return frames.from_pandas(read.empty(), npartitions=1)
    return frames.from_map(
        read, tasks, meta=read.empty(), enforce_metadata=False, label="atdata-shard"
    )


class Partition:
    """Reads one shard as a pandas DataFrame whose columns are Arrow's.

    Args:
        forms: what the columns are.
    """

    def __init__(self, forms: Mapping[str, Form]) -> None:
        self.forms = dict(forms)

    def empty(self) -> Any:
        """A frame without rows."""
        return _frame([], self.forms)

    def __call__(self, task: Task, columns: Sequence[str] | None = None) -> Any:
        """Read the shard that a task holds; of its columns, those that Dask needs."""
        _, (ds, span) = unpack(task)
        forms = self.forms if columns is None else {name: self.forms[name] for name in columns}
        batches = []
        for piece in _pieces(ds, list(forms), span):
            _check_fits(forms, piece.forms(), ds)
            batches.append(record_batch(piece, forms))
        return _frame(batches, forms)


def _itself(ds: Any) -> Any:
    return ds


def _frame(batches: list[Any], forms: Mapping[str, Form]) -> Any:
    table = need("pyarrow").Table.from_batches(batches, schema_of(forms))
    return table.to_pandas(types_mapper=need("pandas").ArrowDtype, ignore_metadata=True)


def _pieces(ds: Dataset[Any], names: Sequence[str], span: Span | None = None) -> Iterator[Columns]:
    specs = specs_of(ds.sample_type)
    for batch in ds.blockwise(even=True) if span is None else read_span(ds, span):
        if is_packable(ds.sample_type):
            yield Columns(len(batch), {name: batch.column(name) for name in names}, specs)
        else:
            found = columns_of_batch(batch, stack=True)
            yield Columns(found.rows, {name: found.column(name) for name in names}, specs)


def _check_fits(forms: Mapping[str, Form], found: Mapping[str, Form], ds: Dataset[Any]) -> None:
    for name, form in found.items():
        if not forms[name].holds(form):
            raise SampleTypeError(
                f"{ds.list_shards()[0]}: column {name!r} is no {forms[name].kind} as in the first "
                "shard; to_dask(survey=True) reads all shards for their types first"
            )


def _expected(ds: Dataset[Any]) -> dict[str, Form]:
    """Return what the columns are: as the type says, else as in the first samples."""
    forms = declared_forms(specs_of(ds.sample_type))
    if forms and not any(form.kind in _OPEN for form in forms.values()):
        return forms
    first = next(ds.blockwise(first=_FIRST), None)
    if first is None:
        if not forms:
            raise SampleTypeError("there are no samples, and no type that says their columns")
        return forms
    return join_forms(forms, columns_of_batch(first, stack=True).forms())


def _surveyed(ds: Dataset[Any], client: Any, on_event: OnEvent | None = None) -> dict[str, Form]:
    """Return what the columns are in all shards."""
    found = declared_forms(specs_of(ds.sample_type))
    for forms in map_shards(shard_forms, ds, executor=client, on_event=on_event):
        found = join_forms(found, forms)
    return found


def shard_forms(ds: Dataset[Any]) -> dict[str, Form]:
    """Return what the columns of a dataset are."""
    batches = (columns_of_batch(batch, stack=True) for batch in ds.blockwise())
    return survey_all(batches, specs_of(ds.sample_type))


def shards_to_parquet(
    ds: Dataset[Any],
    path: str | os.PathLike[str],
    *,
    client: Any,
    on_event: OnEvent | None = None,
    **options: Any,
) -> list[str]:
    """Write each shard as a Parquet file ``{stem}-{000000}{suffix}``; return the paths.

    All files have the same columns: the shards are read once for their types, then once more. A
    failure leaves no file.

    Raises:
        MissingExtraError: pyarrow is not installed.
        ShardError: a shard can't be read.
    """
    need("pyarrow.parquet")
    # Workers may be in another folder.
    target = Path(path).absolute()
    names, parts = ds.list_shards(), ds.by_shard()
    forms = _surveyed(ds, client, on_event)
    files = [target.with_name(f"{target.stem}-{i:06d}{target.suffix}") for i in range(len(names))]
    places = {name: place for place, name in enumerate(names)}
    pieces = Pieces(names, lambda name: (parts[places[name]], files[places[name]]))
    write = partial(shard_to_parquet, forms=forms, options=options)
    try:
        for _ in map_shards(write, pieces, executor=client, on_event=on_event):
            pass
    except BaseException:
        for file in files:
            with contextlib.suppress(OSError):
                file.unlink(missing_ok=True)
        raise
    return [str(Path(path).with_name(file.name)) for file in files]


def shard_to_parquet(
    piece: tuple[Dataset[Any], Path], *, forms: Mapping[str, Form], options: Mapping[str, Any]
) -> None:
    """Write one shard as one Parquet file."""
    ds, file = piece
    write_pieces(file, None, options, forms, _pieces(ds, list(forms)))
