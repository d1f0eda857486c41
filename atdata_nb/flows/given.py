"""Given: what somebody wants to publish, in whatever form it came, as samples with a schema."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sized
from dataclasses import dataclass, replace
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from atdata_nb.bridges.values import plain
from atdata_nb.dataset import Dataset
from atdata_nb.errors import (
    EmptyDatasetError,
    FlowError,
    NotRandomAccessError,
    SampleTypeError,
)
from atdata_nb.samples import DictSample, field_specs, is_packable
from atdata_nb.samples.codec import codec_of
from atdata_nb.schemas import schema_from_type, schema_to_type
from atdata_nb.schemas.names import class_name
from atdata_nb.schemas.observed import Observed
from atdata_nb.shards.made import MadeSource

if TYPE_CHECKING:
    from collections.abc import Sequence

    from atdata_nb.schemas import Schema

# So many of a stream are looked at; a list is looked at whole, up to a bound.
_LOOKED_AT: Final = 1_000
_MOST_LOOKED_AT: Final = 100_000
_PACKED: Final = 50


@dataclass(frozen=True, slots=True)
class Given:
    """Samples of one type, and what is known of them.

    Attributes:
        samples: a Dataset, or what gives samples.
        sample_type: their type.
        schema: their schema.
        count: how many; None where nobody knows before they were read.
        bytes: about how large they are, packed; None where nobody knows.
        where: ``shards`` where they are shards that can stay where they are.
    """

    samples: Dataset[Any] | Iterable[Any]
    sample_type: type[Any]
    schema: Schema
    count: int | None
    bytes: int | None
    where: str = ""

    def as_schema(self, schema: Schema, renames: Mapping[str, str] | None = None) -> Given:
        """Return the same samples as those of an edited schema.

        Fields that it does not have are dropped; a field that only it has gets its default; arrays
        and numbers become what it says.

        Args:
            schema: the edited one.
            renames: what fields of it were called before, where that was something else.

        Raises:
            SampleTypeError: a field needs a value, and the samples have none.
        """
        before = dict(renames or {})
        there = {item.name for item in self.schema.fields}
        there |= {new for new, old in before.items() if old in there}
        missing = [item.name for item in schema.fields if item.required and item.name not in there]
        if missing:
            raise SampleTypeError(
                f"the samples have no {', '.join(missing)}: give a default, or leave it out; there "
                f"are {', '.join(sorted(there))}"
            )
        made = schema_to_type(schema)
        return replace(
            self,
            samples=Retyped(self.samples, made, before),
            sample_type=made,
            schema=schema,
            where="",
        )


class Retyped:
    """Samples, given as another type field by field."""

    def __init__(
        self,
        samples: Iterable[Any],
        sample_type: type[Any],
        renames: Mapping[str, str] | None = None,
    ) -> None:
        self._samples, self._type, self._renames = samples, sample_type, dict(renames or {})

    def __iter__(self) -> Iterator[Any]:
        make, dtypes = codec_of(self._type).from_data, _dtypes(self._type)
        names = {spec.name: spec.name for spec in field_specs(self._type)} | self._renames
        for sample in self._samples:
            found = _values(sample)
            data = {new: found[old] for new, old in names.items() if old in found}
            for name, dtype in dtypes.items():
                if data.get(name) is not None:
                    data[name] = _as_array(data[name], dtype)
            yield make(data)


class Once:
    """A stream, whose first samples were looked at; it can be read one time."""

    def __init__(self, first: Sequence[Any], rest: Iterator[Any]) -> None:
        self._first, self._rest, self._is_read = first, rest, False

    def __iter__(self) -> Iterator[Any]:
        if self._is_read:
            raise FlowError(
                "these samples came as a stream and were read already: give a list, or make the "
                "plan anew"
            )
        self._is_read = True
        return chain(self._first, self._rest)


def given(data: Any, name: str) -> Given:
    """Return what was given as samples with a schema.

    Args:
        data: a Dataset; a DataFrame; Arrow data; samples of one type, or dicts; the path of a
            file or a folder that `from_path` knows.
        name: what the dataset will be called.

    Raises:
        EmptyDatasetError: there are no samples.
        SampleTypeError: it is nothing that could be published.
        ShardNotFoundError: there is no such file or folder.
    """
    if isinstance(data, Dataset):
        return _of_dataset(data, name)
    if isinstance(data, str | os.PathLike):
        return _of_path(Path(data).expanduser(), name)
    if type(data).__module__.partition(".")[0] == "pandas" and hasattr(data, "columns"):
        from atdata_nb.bridges import from_pandas

        return _of_dataset(from_pandas(data, name=name), name)
    if hasattr(data, "__arrow_c_stream__") or _is_arrow(data):
        from atdata_nb.bridges import from_arrow

        return _of_dataset(from_arrow(data, name=name), name)
    if isinstance(data, Iterable) and not isinstance(data, Mapping | bytes):
        return _of_samples(data, name)
    raise SampleTypeError(
        f"{type(data).__name__} can't be published: give samples, a Dataset, a DataFrame, an "
        "Arrow table, or the path of a folder"
    )


def _is_arrow(data: Any) -> bool:
    return type(data).__module__.startswith("pyarrow.") and hasattr(data, "to_batches")


def _of_path(path: Path, name: str) -> Given:
    from atdata_nb.bridges import from_path

    ds = from_path(path, name=name)
    found = _of_dataset(ds, name)
    return found if isinstance(ds.source, MadeSource) else replace(found, where="shards")


def _of_dataset(ds: Dataset[Any], name: str) -> Given:
    first = ds.head(_PACKED)
    if not first:
        raise EmptyDatasetError(f"{name}: there are no samples to publish")
    schema = ds.schema or _observed(ds.head(_LOOKED_AT), name)
    try:
        count: int | None = len(ds)
    except NotRandomAccessError:
        count = None
    return Given(ds, ds.sample_type, schema, count, _bytes(first, count))


def _of_samples(data: Iterable[Any], name: str) -> Given:
    whole = list(data) if isinstance(data, Sized) and not hasattr(data, "__getitem__") else data
    count = len(whole) if isinstance(whole, Sized) else None
    if count is None:
        rest = iter(whole)
        first = list(islice(rest, _LOOKED_AT))
        samples: Iterable[Any] = Once(first, rest)
    else:
        samples, first = whole, list(islice(whole, _MOST_LOOKED_AT))
    if not first:
        raise EmptyDatasetError(f"{name}: there are no samples to publish")
    kind = type(first[0])
    if is_packable(kind):
        schema = schema_from_type(kind)
        return Given(samples, kind, schema, count, _bytes(first[:_PACKED], count))
    if not isinstance(first[0], Mapping | DictSample):
        raise SampleTypeError(
            f"a {kind.__qualname__} is no sample: give @packable samples, or dicts"
        )
    schema = _observed(first, name)
    made = schema_to_type(schema)
    size = _bytes(list(islice(Retyped(first, made), _PACKED)), count)
    return Given(Retyped(samples, made), made, schema, count, size)


def _observed(samples: Iterable[Any], name: str) -> Schema:
    # Shapes of a stream's first samples may not be those of all, so they are not promised.
    found = list(samples)
    seen = Observed(shapes=len(found) < _LOOKED_AT)
    for sample in found:
        seen.look_at(_values(sample))
    return replace(seen.schema(name), name=class_name(name))


def _bytes(first: Sequence[Any], count: int | None) -> int | None:
    if count is None:
        return None
    packed = codec_of(type(first[0])).pack_many(first)
    mean = sum(512 + -(-len(payload) // 512) * 512 for payload in packed) / len(packed)
    return int(mean * count)


def _values(sample: Any) -> Mapping[str, Any]:
    if isinstance(sample, Mapping | DictSample):
        return {str(name): plain(value) for name, value in sample.items()}
    return {spec.name: getattr(sample, spec.name) for spec in field_specs(type(sample))}


def _dtypes(sample_type: type[Any]) -> dict[str, Any]:
    specs = field_specs(sample_type)
    return {spec.name: spec.type.dtype for spec in specs if spec.type.kind == "ndarray"}


def _as_array(value: Any, dtype: Any) -> Any:
    import numpy as np

    return np.asarray(value, dtype=dtype)
