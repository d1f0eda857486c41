"""Arrow values: stretches of Arrow columns as the values of fields."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from atdata_nb.bridges.values import plain
from atdata_nb.errors import SampleTypeError
from atdata_nb.schemas.dtypes import dtype_text
from atdata_nb.tables import row_to_array
from atdata_nb.tables.extras import need

if TYPE_CHECKING:
    from collections.abc import Sequence

    from atdata_nb.bridges.columns import Read


def as_they_are(array: Any) -> list[Any]:
    """Values that Python has the same types for."""
    found: list[Any] = array.to_pylist()
    return found


def plainly(array: Any) -> list[Any]:
    """Times and decimals as text."""
    return [plain(value) for value in array.to_pylist()]


def packed_arrays(array: Any) -> list[Any]:
    """Arrays that were taken apart into dtype, shape and data."""
    return [None if row is None else row_to_array(row) for row in array.to_pylist()]


def unpacked(array: Any) -> list[Any]:
    """Values of any type from their msgpack bytes."""
    return [None if data is None else msgspec.msgpack.decode(data) for data in array.to_pylist()]


@dataclass(frozen=True, slots=True)
class Beneath:
    """Values of an extension type or of a dictionary, by what they are stored as."""

    read: Read

    def __call__(self, array: Any) -> list[Any]:
        """Field values of a stretch."""
        stored = array.storage if hasattr(array, "storage") else array.dictionary_decode()
        return self.read(stored)


@dataclass(frozen=True, slots=True)
class Tensors:
    """Arrays of one shape."""

    shape: tuple[int, ...]

    def __call__(self, array: Any) -> list[Any]:
        """Field values of a stretch."""
        stored = array.storage if hasattr(array, "storage") else array
        # Lists that are missing are not among the flat values.
        stacked = _elements(_flat(stored)).reshape(-1, *self.shape)
        rows = iter(stacked[i, ...] for i in range(len(stacked)))
        return [next(rows) if there else None for there in array.is_valid().to_pylist()]


@dataclass(frozen=True, slots=True)
class Ragged:
    """Arrays of equally many axes, each of its own shape."""

    ndim: int

    def __call__(self, array: Any) -> list[Any]:
        """Field values of a stretch."""
        if not self.ndim:
            flat = _elements(array.drop_null())
            rows = iter(flat[i, ...] for i in range(len(flat)))
            return [next(rows) if there else None for there in array.is_valid().to_pylist()]
        return [self._one(scalar.values) if scalar.is_valid else None for scalar in array]

    def _one(self, level: Any) -> Any:
        shape, total = [len(level)], len(level)
        for _ in range(self.ndim - 1):
            level = level.flatten()
            shape.append(len(level) // total if total else 0)
            total = len(level)
        return _elements(level).reshape(shape)


@dataclass(frozen=True, slots=True)
class Lists:
    """Lists of what another reader reads."""

    items: Read

    def __call__(self, array: Any) -> list[Any]:
        """Field values of a stretch."""
        inner = self.items(array.flatten())
        lengths = array.value_lengths().to_pylist()
        ends = accumulate((length or 0 for length in lengths), initial=0)
        cuts = (inner[start:stop] for start, stop in pairwise(ends))
        return [None if length is None else cut for length, cut in zip(lengths, cuts, strict=True)]


@dataclass(frozen=True, slots=True)
class Maps:
    """Maps with what another reader reads as values."""

    items: Read

    def __call__(self, array: Any) -> list[Any]:
        """Field values of a stretch."""
        return [self._one(scalar.values) if scalar.is_valid else None for scalar in array]

    def _one(self, pairs: Any) -> dict[str, Any]:
        keys, values = pairs.flatten()
        return dict(zip(map(str, keys.to_pylist()), self.items(values), strict=True))


@dataclass(frozen=True, slots=True)
class Structs:
    """Structs as dicts, by field."""

    names: tuple[str, ...]
    reads: tuple[Read, ...]

    def __call__(self, array: Any) -> list[Any]:
        """Field values of a stretch."""
        there = array.is_valid().to_pylist()
        columns = [read(part) for read, part in zip(self.reads, array.flatten(), strict=True)]
        rows = zip(*columns, strict=True) if columns else iter([()] * len(there))
        dicts = (dict(zip(self.names, row, strict=True)) for row in rows)
        return [row if valid else None for row, valid in zip(dicts, there, strict=True)]


def _flat(array: Any) -> Any:
    while is_list(array.type):
        array = array.flatten()
    return array


def _elements(array: Any) -> Any:
    kind = array.type
    types = need("pyarrow").types
    if not is_number(kind) and not types.is_temporal(kind):
        return np.array(array.to_pylist(), dtype="S" if types.is_binary(kind) else "U")
    if array.null_count and not (types.is_floating(kind) or types.is_temporal(kind)):
        message = f"a list of {kind} has missing numbers, which no array can hold: fill them"
        raise SampleTypeError(message)
    return array.to_numpy(zero_copy_only=False)


def is_list(kind: Any) -> bool:
    """Whether an Arrow type is a list, in any spelling."""
    types = need("pyarrow").types
    return bool(types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind))


def is_number(kind: Any) -> bool:
    """Whether numpy has the elements of an Arrow type as numbers, truth values among them."""
    types = need("pyarrow").types
    return bool(types.is_integer(kind) or types.is_floating(kind) or types.is_boolean(kind))


def element(kind: Any) -> Any:
    """Return the type of the innermost items of a list type."""
    while is_list(kind):
        kind = kind.value_type
    return kind


def depth(kind: Any) -> int:
    """Return how many lists are in each other."""
    return 1 + depth(kind.value_type) if is_list(kind) else 0


def fixed_shape(kind: Any) -> tuple[int, ...]:
    """Return the lengths of fixed-size lists in each other."""
    fixed = need("pyarrow").types.is_fixed_size_list(kind)
    return (kind.list_size, *fixed_shape(kind.value_type)) if fixed else ()


def dtype_of(kind: Any) -> str | None:
    """Return the dtype of an Arrow type's elements; None for text, whose width differs."""
    if is_number(kind) or need("pyarrow").types.is_temporal(kind):
        return dtype_text(np.dtype(kind.to_pandas_dtype()))
    return None


def parts_of(array: Any) -> Sequence[Any]:
    """Return the fields of a struct column, those of structs that are there."""
    parts: Sequence[Any] = array.drop_null().flatten()
    return parts
