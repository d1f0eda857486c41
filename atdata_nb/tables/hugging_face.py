"""Hugging Face: samples as a ``datasets.Dataset``, in memory or written to a file."""

from __future__ import annotations

import io
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from atdata_nb.tables.columns import specs_of
from atdata_nb.tables.extras import need
from atdata_nb.tables.plain import PlainStream
from atdata_nb.tables.tensors import row_to_array

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator

    import datasets

    from atdata_nb.dataset import Dataset
    from atdata_nb.samples import TypeSpec

_COLOURS: Final = frozenset({3, 4})
_AXES: Final = 3


def dataset_to_huggingface(
    ds: Dataset[Any], path: str | os.PathLike[str] | None = None
) -> datasets.Dataset:
    """Return a dataset as a ``datasets.Dataset``.

    Images (declared as uint8, height × width × 3 or 4) become ``Image``, without loss as PNG; all
    else the features of the columns that `Dataset.to_arrow` gives, maps lists of keys and values.

    Args:
        ds: the samples.
        path: an Arrow file to write them to, in the memory of one block, and to map. None: into
            memory.

    Raises:
        MissingExtraError: datasets is not installed.
        ShardError: a shard or a sample can't be read.
    """
    hf = need("datasets")
    pa = need("pyarrow")
    stream = PlainStream(ds)
    images = {name for name, spec in specs_of(ds.sample_type).items() if _is_image(spec)}
    features = _features(stream.schema, images)
    batches = _batches(stream, images, features.arrow_schema)
    if path is None:
        table = pa.Table.from_batches(batches, features.arrow_schema)
        found: datasets.Dataset = hf.Dataset(hf.table.InMemoryTable(table))
        return found
    _write(Path(path), batches, features.arrow_schema)
    mapped: datasets.Dataset = hf.Dataset.from_file(str(path))
    return mapped


def _is_image(spec: TypeSpec) -> bool:
    shape = spec.shape
    if spec.kind != "ndarray" or spec.dtype is None or shape is None or len(shape) != _AXES:
        return False
    return spec.dtype.str == "|u1" and shape[2] in _COLOURS


def _features(schema: Any, images: set[str]) -> Any:
    hf, pa = need("datasets"), need("pyarrow")
    # Types come from the Arrow columns, but images and maps have none there.
    plain = pa.schema([_without_map(item) for item in schema if item.name not in images])
    known = hf.Features.from_arrow_schema(plain)
    return hf.Features({n: hf.Image() if n in images else known[n] for n in schema.names})


def _without_map(item: Any) -> Any:
    pa = need("pyarrow")
    if not pa.types.is_map(item.type):
        return item
    pair = pa.struct([item.type.key_field, item.type.item_field])
    return item.with_type(pa.list_(pair))


def _batches(stream: PlainStream, images: set[str], schema: Any) -> Iterator[Any]:
    pa = need("pyarrow")
    for batch in stream.batches():
        columns = [
            _pictures(column) if name in images else column.cast(schema.field(name).type)
            for name, column in zip(batch.schema.names, batch.columns, strict=True)
        ]
        yield pa.RecordBatch.from_arrays(columns, schema=schema)


def _pictures(column: Any) -> Any:
    import numpy as np

    pa = need("pyarrow")
    image_of = need("PIL.Image").fromarray
    rows: list[dict[str, bytes | None] | None] = []
    for value in column.to_pylist():
        if value is None:
            rows.append(None)
            continue
        pixels = row_to_array(value) if isinstance(value, dict) else np.array(value, np.uint8)
        file = io.BytesIO()
        image_of(pixels).save(file, "png")
        rows.append({"bytes": file.getvalue(), "path": None})
    return pa.array(rows, pa.struct({"bytes": pa.binary(), "path": pa.string()}))


def _write(path: Path, batches: Iterator[Any], schema: Any) -> None:
    ipc = need("pyarrow.ipc")
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        with partial.open("wb") as file, ipc.new_stream(file, schema) as writer:
            for batch in batches:
                writer.write_batch(batch)
        partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
