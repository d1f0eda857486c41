"""Arrays: numpy arrays as bytes, and back without ever unpickling.

Written is ``.npy`` 1.0 (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html),
the one form that every reader of the field reads. Read is ``.npy`` 1 to 3, and the compact form of
the newer published package: length and text of ``dtype.str``, number of axes, the axes as
little-endian int64, the elements in C order.
"""

from __future__ import annotations

import io
import math
import re
import struct
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.lib import format as npy

from atdata_nb.errors import ArrayFormatError

if TYPE_CHECKING:
    from typing import TypeAlias

    from atdata_nb.protocols import Buffer

    Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]

NPY_MAGIC: Final = b"\x93NUMPY"
MAX_NDIM: Final = 64
# numpy's own bound: literal_eval of more is slow or crashes.
MAX_HEADER: Final = 10_000
_PREFIX = struct.Struct("<6sBBH")
# What numpy itself writes for every dtype that has a one-word spelling. Nothing in it is repeated
# without a mark between, so that no header takes more than one pass.
_COMMON_HEADER = re.compile(
    rb"\{'descr': '([<>|=]?[a-zA-Z]\d*(?:\[\w+\])?)', 'fortran_order': (True|False), "
    rb"'shape': \(((?:\d{1,19}, )*(?:\d{1,19},?)?)\), \} *\n"
)


def array_to_bytes(array: Array) -> bytes:
    """Return an array as ``.npy`` 1.0.

    Raises:
        ArrayFormatError: the array holds Python objects, or hides elements behind a mask.

    Example:
        >>> len(array_to_bytes(np.zeros((2, 2), np.float32)))
        144
    """
    if isinstance(array, np.ma.MaskedArray):
        # TRAPS C27: writing only the data would turn masked elements into fill values.
        message = "a masked array can't be stored: store .filled(…) and the mask as two fields"
        raise ArrayFormatError(message)
    return encode_header(array) + array.tobytes("A" if _fortran(array) else "C")


def encode_header(array: Array) -> bytes:
    """Return the ``.npy`` header for an array."""
    return _header(array.dtype, array.shape, _fortran(array))


def _fortran(array: Array) -> bool:
    flags = array.flags
    return flags.f_contiguous and not flags.c_contiguous


@lru_cache(maxsize=4096)
def _header(dtype: np.dtype[Any], shape: tuple[int, ...], fortran: bool) -> bytes:  # noqa: FBT001
    if dtype.hasobject:
        message = "an array of Python objects can't be stored: it would need pickle"
        raise ArrayFormatError(message)
    out = io.BytesIO()
    facts = {"descr": npy.dtype_to_descr(dtype), "fortran_order": fortran, "shape": shape}
    try:
        npy.write_array_header_1_0(out, facts)
    except ValueError as error:
        message = f"the dtype {_short_text(dtype)} can't be described in .npy 1.0: {error}"
        raise ArrayFormatError(message) from error
    return out.getvalue()


def bytes_to_array(data: Buffer) -> Array:
    """Return the array in ``data`` as a read-only view of these bytes.

    Raises:
        ArrayFormatError: the bytes are no array, are cut, or would need pickle.

    Example:
        >>> bytes_to_array(array_to_bytes(np.arange(3, dtype=np.int16)))
        array([0, 1, 2], dtype=int16)
    """
    view = memoryview(data)
    if is_npy(view):
        dtype, shape, fortran, start = _npy_layout(view)
    else:
        dtype, shape, start = _compact_layout(view)
        fortran = False
    return view_array(view, dtype, shape, start, fortran=fortran)


def is_npy(data: Buffer) -> bool:
    """Whether bytes begin as a ``.npy`` file does."""
    return bytes(memoryview(data)[:6]) == NPY_MAGIC


def view_array(
    view: memoryview, dtype: np.dtype[Any], shape: tuple[int, ...], start: int, *, fortran: bool
) -> Array:
    """Return the array that starts at ``start`` in a buffer, without a copy."""
    count = math.prod(shape)
    if start + count * dtype.itemsize > len(view):
        message = (
            f"array of shape {_short(shape)} and dtype {dtype} needs {count * dtype.itemsize} "
            f"bytes, {max(len(view) - start, 0)} are there"
        )
        raise ArrayFormatError(message)
    try:
        if count == 0 or dtype.itemsize == 0:
            # Not np.zeros: it widens "S0" to one byte an element and would then allocate.
            array = np.ndarray(shape, dtype, buffer=b"")
        else:
            array = np.frombuffer(view, dtype, count, start)
            array = array.reshape(shape, order="F" if fortran else "C")
    except (ValueError, MemoryError, TypeError) as error:
        message = f"array of shape {_short(shape)} and dtype {dtype}: {error}"
        raise ArrayFormatError(message) from error
    array.flags.writeable = False
    return array


def _short_text(dtype: np.dtype[Any]) -> str:
    text = str(dtype)
    return text if len(text) <= 200 else f"{text[:199]}…"  # noqa: PLR2004


def _short(shape: tuple[int, ...]) -> str:
    return str(shape) if len(shape) <= MAX_NDIM else f"of {len(shape)} axes"


def _npy_layout(view: memoryview) -> tuple[np.dtype[Any], tuple[int, ...], bool, int]:
    major = view[6] if len(view) > 8 else 0  # noqa: PLR2004 - magic and version
    width, code = (2, "<H") if major == 1 else (4, "<I")
    if major not in {1, 2, 3} or len(view) < 8 + width:
        message = ".npy header is cut or of an unknown version"
        raise ArrayFormatError(message)
    (length,) = struct.unpack_from(code, view, 8)
    start = 8 + width + length
    if start > len(view) or length > MAX_HEADER:
        message = f".npy header of {length} bytes in {len(view)} bytes"
        raise ArrayFormatError(message)
    return (*_parse_npy_header(bytes(view[6:start])), start)


@lru_cache(maxsize=4096)
def _parse_npy_header(header: bytes) -> tuple[np.dtype[Any], tuple[int, ...], bool]:
    body = header[4:] if header[0] == 1 else header[6:]
    common = _COMMON_HEADER.fullmatch(body)
    if common:
        descr, order, axes = common.groups()
        shape = tuple(int(axis) for axis in axes.replace(b" ", b"").split(b",") if axis)
        return _safe_dtype(descr.decode()), _check_axes(shape), order == b"True"
    return _parse_odd_header(header)


def _parse_odd_header(header: bytes) -> tuple[np.dtype[Any], tuple[int, ...], bool]:
    read = npy.read_array_header_1_0 if header[0] == 1 else npy.read_array_header_2_0
    try:
        shape, fortran, dtype = read(io.BytesIO(header[2:]))
    except Exception as error:  # numpy's parser raises whatever literal_eval and dtype do
        message = f".npy header can't be read: {error}"
        raise ArrayFormatError(message) from error
    return _check_dtype(dtype), _check_axes(tuple(shape)), bool(fortran)


def _compact_layout(view: memoryview) -> tuple[np.dtype[Any], tuple[int, ...], int]:
    length = view[0] if len(view) else 0
    if not length or len(view) < length + 2:
        message = "bytes are no array: neither .npy nor the compact form"
        raise ArrayFormatError(message)
    ndim = view[length + 1]
    start = length + 2 + 8 * ndim
    if ndim > MAX_NDIM or start > len(view):
        message = f"compact array with {ndim} axes in {len(view)} bytes"
        raise ArrayFormatError(message)
    try:
        name = bytes(view[1 : length + 1]).decode("ascii")
    except UnicodeDecodeError as error:
        message = "bytes are no array: neither .npy nor the compact form"
        raise ArrayFormatError(message) from error
    shape = struct.unpack_from(f"<{ndim}q", view, length + 2)
    return _safe_dtype(name), _check_axes(shape), start


def _check_axes(shape: tuple[int, ...]) -> tuple[int, ...]:
    if len(shape) > MAX_NDIM or any(axis < 0 or axis >= 1 << 63 for axis in shape):
        message = f"impossible array shape {_short(shape)}"
        raise ArrayFormatError(message)
    return shape


@lru_cache(maxsize=1024)
def _safe_dtype(name: str) -> np.dtype[Any]:
    # np.dtype("f4,i8") and friends build structures from text; only a plain name gets that far.
    if not re.fullmatch(r"[<>|=]?[a-zA-Z]\d*(\[\d*\w+\])?", name):
        message = f"no plain dtype: {name[:40]!r}"
        raise ArrayFormatError(message)
    try:
        dtype = np.dtype(name)
    except (TypeError, ValueError, OverflowError) as error:
        message = f"unknown dtype {name!r}"
        raise ArrayFormatError(message) from error
    return _check_dtype(dtype)


def _check_dtype(dtype: np.dtype[Any]) -> np.dtype[Any]:
    if dtype.hasobject:
        message = "array of pickled Python objects refused: unpickling runs code of its author"
        raise ArrayFormatError(message)
    return dtype
