"""Hugging Face: a ``datasets.Dataset``, from disk or as a stream, as a Dataset."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from atdata_nb.bridges.arrow_columns import Way, column_of, way_of
from atdata_nb.bridges.arrow_values import Beneath, Ragged, as_they_are
from atdata_nb.bridges.columns import Column, ColumnRows, samples_of, type_of
from atdata_nb.bridges.media import Pixels, Waves
from atdata_nb.dataset import Dataset
from atdata_nb.errors import SampleTypeError
from atdata_nb.schemas import FieldType
from atdata_nb.schemas.names import field_names
from atdata_nb.shards.made import MadeSource, Rows
from atdata_nb.tables.extras import need

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_STRIDE: Final = 256
# Headers are read of so many images; of more, sizes are not fixed in the schema.
_LOOKED_AT: Final = 1_000
_FEW: Final = 100


def from_huggingface(data: Any, *, name: str = "rows") -> Dataset[Any]:
    """Return a Hugging Face dataset as a Dataset, a sample a row.

    Images become arrays as in `from_folder`, recordings ``{column}`` (frames × channels) and
    ``{column}_rate``, ``ArrayND`` arrays of that shape, class labels integers whose description
    names them; all else is as in `from_arrow`. Rows are read where they lie, files and servers
    included, and decoded when they are asked for.

    Args:
        data: a ``datasets.Dataset``; or an ``IterableDataset`` that knows its features, which is
            read in order only.
        name: what to call the dataset, and in CamelCase the sample type.

    Raises:
        SampleTypeError: ``data`` is neither, does not know its features, or has a column that no
            field can hold.
        MissingExtraError: datasets is not installed.

    Example:
        >>> import datasets
        >>> kind = datasets.ClassLabel(names=["cat", "dog"])
        >>> data = datasets.Dataset.from_dict({"kind": [1, 0]}, datasets.Features(kind=kind))
        >>> ds = from_huggingface(data, name="animals")
        >>> ds[0], ds.schema.get_field("kind").description
        (Animals(kind=1), '0 = cat, 1 = dog')
    """
    datasets = need("datasets")
    rows: Rows
    if isinstance(data, datasets.Dataset):
        rows = TableRows(data, name)
    elif isinstance(data, datasets.IterableDataset):
        if data.features is None:
            message = "this stream does not say its features: pass features= where it is made"
            raise SampleTypeError(message)
        rows = StreamRows(data, name)
    else:
        hint = "; choose a split" if isinstance(data, dict) else ""
        message = f"from_huggingface takes one datasets.Dataset, got {type(data).__name__}{hint}"
        raise SampleTypeError(message)
    return Dataset(MadeSource(rows), sample_type=rows.sample_type, name=name)


class TableRows(ColumnRows):
    """The rows of a ``datasets.Dataset``."""

    def __init__(self, data: Any, name: str) -> None:
        self._data = data.with_format("arrow")
        columns = _columns(data.features, data.features.arrow_schema, self._data)
        row_bytes = data.data.nbytes / max(data.data.num_rows, 1)
        super().__init__(columns, len(data), row_bytes, name, None)

    def stretch(self, start: int, stop: int) -> list[list[Any]]:
        """Field values of rows ``start`` to ``stop``, a list a column."""
        return _read(self.columns, self._data[start:stop])


class StreamRows(Rows):
    """The rows of a ``datasets.IterableDataset``, in order."""

    def __init__(self, data: Any, name: str) -> None:
        self._data = data.with_format("arrow")
        self._columns = _columns(data.features, data.features.arrow_schema, None)
        self.sample_type = type_of(self._columns, name)
        self._numbers = {f"{name}-{number:06d}": number for number in range(data.num_shards)}

    def parts(self) -> Mapping[str, int | None]:
        """A part a shard of the stream."""
        return dict.fromkeys(self._numbers)

    def read(self, part: str, start: int = 0, stop: int | None = None) -> Iterator[Any]:
        """Samples of one part."""
        shard = self._data.shard(num_shards=len(self._numbers), index=self._numbers[part])
        tables = shard.iter(batch_size=_STRIDE)
        samples = (
            sample
            for table in tables
            for sample in samples_of(self.sample_type, self._columns, _read(self._columns, table))
        )
        return islice(samples, start, stop)


def _read(columns: Any, table: Any) -> list[list[Any]]:
    joined = {name: table.column(name).combine_chunks() for name in table.column_names}
    return [column.read(joined[column.source]) for column in columns]


def _columns(features: Any, schema: Any, data: Any) -> list[Column]:
    datasets = need("datasets")
    found: list[Column] = []
    for label, name in zip(schema.names, field_names(schema.names), strict=True):
        feature, values = features[label], None if data is None else data.data.column(label)
        optional = values is None or values.null_count > 0
        if isinstance(feature, datasets.Image):
            pixels, whole = Pixels(), data is not None and len(data) <= _LOOKED_AT
            if data is not None:
                pixels = Pixels.of(_files(data[:_LOOKED_AT].column(label)), whole=whole)
            found.append(Column(label, pixels.field(name, optional=optional), _Images(pixels)))
        elif isinstance(feature, datasets.Audio):
            found += _sounds(label, name, data, optional=optional)
        else:
            way = _way(feature, schema.field(label), values)
            found.append(column_of(0, label, name, way, optional=optional))
            found[-1] = Column(label, found[-1].field, found[-1].read)
    return found


def _way(feature: Any, item: Any, values: Any) -> Way:
    if isinstance(feature, need("datasets").ClassLabel):
        names = [f"{number} = {name}" for number, name in enumerate(feature.names or ())]
        told = ", ".join(names[:_FEW]) + (", …" if len(names) > _FEW else "")
        whole = FieldType(kind="primitive", primitive="int")
        return Way(whole, as_they_are, told or None)
    shape = getattr(feature, "shape", None)
    if isinstance(shape, tuple):
        kind = FieldType(kind="ndarray", dtype=feature.dtype, shape=shape)
        return Way(kind, Beneath(Ragged(len(shape))))
    return way_of(item, values)


def _sounds(label: str, name: str, data: Any, *, optional: bool) -> list[Column]:
    waves, whole = Waves(), data is not None and len(data) <= _LOOKED_AT
    if data is not None:
        waves = Waves.of(_files(data[:_LOOKED_AT].column(label)), whole=whole)
    frames, rate = waves.fields(name, f"{name}_rate", optional=optional)
    return [
        Column(label, frames, _Sounds(waves, part=0)),
        Column(label, rate, _Sounds(waves, part=1)),
    ]


@dataclass(frozen=True, slots=True)
class _Images:
    """Decodes images that are kept as bytes, or as paths."""

    pixels: Pixels

    def __call__(self, array: Any) -> list[Any]:
        return [None if file is None else self.pixels.read(file) for file in _each(array)]


@dataclass(frozen=True, slots=True)
class _Sounds:
    """Decodes recordings; ``part`` is 0 for their frames, 1 for their rate."""

    waves: Waves
    part: int

    def __call__(self, array: Any) -> list[Any]:
        return [None if file is None else self.waves.read(file)[self.part] for file in _each(array)]


def _files(array: Any) -> Iterator[Path | bytes]:
    return (file for file in _each(array) if file is not None)


def _each(array: Any) -> Iterator[Path | bytes | None]:
    for value in array.to_pylist():
        if value is None:
            yield None
        else:
            yield Path(value["path"]) if value["bytes"] is None else value["bytes"]
