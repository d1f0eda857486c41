"""Tensors: a batch as torch takes it, without a copy where the batch's memory is its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from atdata_nb.samples import field_specs, is_packable
from atdata_nb.tables.extras import need

if TYPE_CHECKING:
    from atdata_nb.batch import SampleBatch

_NUMBERS: Final[dict[type, Any]] = {bool: np.bool_, int: np.int64, float: np.float64}


def to_tensors(batch: SampleBatch[Any]) -> dict[str, Any]:
    """Return the fields of a batch by name.

    Arrays of one shape become one tensor with the batch as first axis; it shares memory with the
    batch's own array. Columns of ``bool``, ``int`` and ``float`` become tensors of bool, int64
    and float64. All else comes as a list: text, bytes, nested samples, arrays of several shapes
    (each a tensor), and fields that are declared optional, whether or not one is missing in this
    batch. What torch has no dtype for stays as it is.

    Raises:
        MissingExtraError: torch is not installed.
        ShardSampleError: a sample does not decode; names shard, member and offset.
    """
    torch = need("torch")
    optional: set[str] = set()
    if is_packable(batch.sample_type):
        optional = {spec.name for spec in field_specs(batch.sample_type) if spec.type.optional}
    return {
        name: _listed(torch, batch[name]) if name in optional else _column(torch, batch[name])
        for name in batch.field_names
    }


def _column(torch: Any, values: Any) -> Any:
    if isinstance(values, np.ndarray):
        return _tensor(torch, values)
    kinds = set(map(type, values))
    kind = kinds.pop() if len(kinds) == 1 else object
    if kind in _NUMBERS:
        try:
            return torch.from_numpy(np.array(values, _NUMBERS[kind]))
        except OverflowError:  # integers beyond 64 bits, and those of uint64 beyond int64
            return values
    if issubclass(kind, np.number | np.bool_):
        return _tensor(torch, np.array(values))
    return _listed(torch, values)


def _listed(torch: Any, values: Any) -> list[Any]:
    if isinstance(values, np.ndarray):
        stacked = _tensor(torch, values)
        return list(stacked)
    # Arrays of samples are read-only views, of which torch would make tensors all the same.
    return [_tensor(torch, v.copy()) if isinstance(v, np.ndarray) else v for v in values]


def _tensor(torch: Any, array: Any) -> Any:
    native = array.dtype.newbyteorder("=")
    try:
        return torch.from_numpy(array.astype(native, copy=False))
    except TypeError:  # text, dates, records
        return array
