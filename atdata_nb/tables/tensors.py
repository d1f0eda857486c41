"""Tensors: columns of numpy arrays in Arrow, and the form that loses nothing of any of them."""

from __future__ import annotations

import math
from ast import literal_eval
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.lib import format as npy

from atdata_nb.errors import ArrayFormatError
from atdata_nb.tables.extras import need
from atdata_nb.tables.lists import null_mask, offsets_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from atdata_nb.tables.forms import Form


def element_type(dtype: np.dtype[Any]) -> Any:
    """Return the Arrow type of an array's elements."""
    pa = need("pyarrow")
    if dtype.kind in "US":
        return pa.string() if dtype.kind == "U" else pa.binary()
    return pa.from_numpy_dtype(dtype)


def tensor_type(form: Form) -> Any:
    """Return the type of arrays of one dtype and shape."""
    assert form.dtype is not None  # noqa: S101 - a tensor's form has one
    return need("pyarrow").fixed_shape_tensor(element_type(form.dtype), form.shape)


def nested_type(form: Form) -> Any:
    """Return the type of arrays as lists in lists."""
    assert form.dtype is not None  # noqa: S101 - likewise
    return _nested(form.dtype, form.ndim)


def _nested(dtype: np.dtype[Any], ndim: int) -> Any:
    pa = need("pyarrow")
    found = element_type(dtype)
    for axis in range(ndim):
        # NaT is the null of a time.
        found = pa.list_(pa.field("item", found, nullable=axis == 0 and dtype.kind in "mM"))
    return found


def array_type() -> Any:
    """Return the type of arrays that each have their own dtype and shape."""
    pa = need("pyarrow")
    axes = pa.list_(pa.field("item", pa.int64(), nullable=False))
    parts = {"dtype": pa.string(), "shape": axes, "data": pa.binary()}
    return pa.struct([pa.field(name, kind, nullable=False) for name, kind in parts.items()])


def array_column(form: Form, values: Any) -> Any:
    """Return numpy arrays as an Arrow array of a form's type."""
    if form.kind == "tensor":
        return _tensor(form, values)
    if form.kind == "nested":
        return _nested_lists(form, values)
    rows = [None if value is None else array_row(value) for value in values]
    return need("pyarrow").array(rows, array_type())


def _tensor(form: Form, values: Any) -> Any:
    pa = need("pyarrow")
    mask = None
    stacked = values
    if not isinstance(values, np.ndarray):
        mask = null_mask(values)
        stacked = np.zeros((len(values), *form.shape), form.dtype)
        for i, value in enumerate(values):
            if value is not None:
                stacked[i] = value
    flat = pa.array(np.ascontiguousarray(stacked, form.dtype).reshape(-1))
    storage = pa.FixedSizeListArray.from_arrays(flat, math.prod(form.shape), mask=mask)
    return pa.ExtensionArray.from_storage(tensor_type(form), storage)


def _nested_lists(form: Form, values: Any) -> Any:
    assert form.dtype is not None  # noqa: S101 - as above
    pa = need("pyarrow")
    if not form.ndim:
        # Of no axis: the element itself.
        elements = [None if value is None else value[()] for value in values]
        return pa.array(list(map(_plain, elements)), element_type(form.dtype))
    present = [value for value in values if value is not None]
    parts = [np.asarray(value).reshape(-1) for value in present]
    flat = np.concatenate(parts) if parts else np.empty(0, form.dtype)
    found = _elements(flat, form.dtype)
    nothing = (0,) * form.ndim
    shapes = np.array(
        [nothing if value is None else value.shape for value in values], np.int64
    ).reshape(len(values), form.ndim)
    for axis in reversed(range(form.ndim)):
        lengths = np.repeat(shapes[:, axis], np.prod(shapes[:, :axis], axis=1))
        found = pa.ListArray.from_arrays(
            offsets_of(lengths),
            found,
            type=_nested(form.dtype, form.ndim - axis),
            mask=None if axis else null_mask(values),
        )
    return found


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.str_ | np.bytes_) else value


def _elements(flat: Any, dtype: np.dtype[Any]) -> Any:
    pa = need("pyarrow")
    if dtype.kind in "US":
        # Through Python: pyarrow ends numpy's bytes at their first NUL.
        return pa.array(flat.tolist(), element_type(dtype))
    return pa.array(flat.astype(dtype, copy=False))


def array_row(array: Any) -> dict[str, Any]:
    r"""Return an array as dtype, shape and elements in C order.

    Example:
        >>> array_row(np.array([1, 2], ">i2"))
        {'dtype': '>i2', 'shape': [2], 'data': b'\x00\x01\x00\x02'}
    """
    descr: object = npy.dtype_to_descr(array.dtype)
    text = descr if isinstance(descr, str) else repr(descr)
    return {"dtype": text, "shape": list(array.shape), "data": array.tobytes()}


def row_to_array(row: Mapping[str, Any]) -> np.ndarray[Any, np.dtype[Any]]:
    r"""Return the array that `array_row` took apart, read-only.

    Raises:
        ArrayFormatError: the row is no whole array, or holds Python objects.

    Example:
        >>> row_to_array({"dtype": ">i2", "shape": [2], "data": b"\x00\x01\x00\x02"})
        array([1, 2], dtype='>i2')
    """
    text, shape = str(row["dtype"]), tuple(row["shape"])
    try:
        descr: Any = literal_eval(text) if text[:1] in {"[", "("} else text
        dtype = npy.descr_to_dtype(descr)
        if not dtype.hasobject:
            array = np.ndarray(shape, dtype, buffer=row["data"])
            array.flags.writeable = False
            return array
    except (TypeError, ValueError, SyntaxError) as error:
        message = f"no array of dtype {text[:80]!r} and shape {shape}: {error}"
        raise ArrayFormatError(message) from error
    message = f"an array of dtype {text[:80]!r} would hold Python objects"
    raise ArrayFormatError(message)
