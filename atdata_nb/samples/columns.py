"""Columns: one field of many samples at once, arrays without a Python call for each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np

from atdata_nb.samples.arrays import bytes_to_array
from atdata_nb.samples.reading import reader_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from atdata_nb.samples.annotations import TypeSpec

    Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]

# Below this size an array is cheaper to copy than to look at; above it, it stays where it is.
SMALL_ARRAY: Final = 4096
_WORTH_JOINING: Final = 4
_NONE: Final = type(None)


def decode_column(spec: TypeSpec, values: list[Any]) -> list[Any]:
    """Return a field's stored values as samples hold them: arrays as read-only views.

    Raises:
        ArrayFormatError: bytes in an array field are no array.
    """
    if spec.kind != "ndarray":
        read = reader_of(spec)
        return values if read is None else [read(value) for value in values]
    stacked = _view_stack(values)
    if stacked is not None:
        # Iterating a stack gives its rows; of one axis it would give scalars.
        return list(stacked) if stacked.ndim > 1 else [stacked[i, ...] for i in range(len(stacked))]
    return [None if value is None else bytes_to_array(value) for value in values]


def stack_column(spec: TypeSpec, values: list[Any]) -> Any:
    """Return a field's stored values as a batch shows them.

    Arrays of one dtype and shape become one new, writable array with the batch as first axis.
    Ragged arrays, arrays with missing ones among them, and everything else become a list.
    """
    if spec.kind != "ndarray":
        return decode_column(spec, values)
    stacked = _view_stack(values)
    if stacked is not None:
        return stacked.copy()
    stacked = _copy_stack(values)
    if stacked is not None:
        return stacked
    return stack_arrays([None if value is None else bytes_to_array(value) for value in values])


def stack_arrays(arrays: Sequence[Any]) -> Any:
    """Stack arrays of one dtype and shape; return others as a list.

    Example:
        >>> stack_arrays([np.zeros(2), np.ones(2)]).shape
        (2, 2)
        >>> stack_arrays([np.zeros(2), None])
        [array([0., 0.]), None]
    """
    first = arrays[0] if arrays else None
    if not all(isinstance(a, np.ndarray) for a in arrays) or first is None:
        return list(arrays)
    if any(a.dtype != first.dtype or a.shape != first.shape for a in arrays):
        return list(arrays)
    out = np.empty((len(arrays), *first.shape), first.dtype)
    for i, array in enumerate(arrays):
        out[i] = array
    return out


def _has_none(values: list[Any]) -> bool:
    # "None in values" would ask every memoryview whether it equals None, which takes long.
    return _NONE in set(map(type, values))


def _copy_stack(values: list[Any]) -> Array | None:
    """Return arrays with equal headers as one new stack; None where they are not."""
    if len(values) < _WORTH_JOINING or _has_none(values):
        return None
    size = len(values[0])
    if set(map(len, values)) != {size}:
        return None
    first = bytes_to_array(values[0])
    start = size - first.nbytes
    if not first.nbytes or (first.ndim > 1 and not first.flags.c_contiguous):
        return None
    out = np.empty((len(values), *first.shape), first.dtype)
    rows = out.reshape(len(values), -1).view(np.uint8)
    head = bytes(values[0][:start])
    for i, value in enumerate(values):
        # Only the header is compared: an array for each would cost more than its copy.
        if value[:start] != head:
            return None
        rows[i] = np.frombuffer(value, np.uint8, first.nbytes, start)
    return out


def _view_stack(values: list[Any]) -> Array | None:
    """Return small arrays with equal headers as one read-only stack; None where they are not."""
    if len(values) < _WORTH_JOINING or _has_none(values):
        return None
    size = len(values[0])
    if size > SMALL_ARRAY or set(map(len, values)) != {size}:
        return None
    first = bytes_to_array(values[0])
    start = size - first.nbytes
    if not first.nbytes or (first.ndim > 1 and not first.flags.c_contiguous):
        return None
    joined = np.frombuffer(b"".join(values), np.uint8).reshape(len(values), size)
    if not (joined[:, :start] == joined[0, :start]).all():
        return None
    return joined[:, start:].view(first.dtype).reshape(len(values), *first.shape)
