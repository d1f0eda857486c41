"""Dtypes: the element type of an array as text, and back, with nothing lost and nothing guessed.

The common types have their plain names (``float32``, ``uint8``, little-endian), as the existing
package writes them. Everything else has numpy's own spelling (``>f4``, ``<U16``, ``<M8[ns]``), and
a structured type the JSON text of its description: ``[["x", "<f4"], ["y", "<f4", [2]]]``.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.lib import format as npy

from atdata_nb.errors import SchemaError

if TYPE_CHECKING:
    from typing import TypeAlias

    Dtype: TypeAlias = np.dtype[Any]

MAX_TEXT: Final = 10_000  # numpy's own bound for the description of a dtype in a file
_MAX_DEPTH: Final = 8
_MAX_ITEMSIZE: Final = 1 << 31

_PLAIN: Final = (
    *("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
    *("float16", "float32", "float64", "complex64", "complex128"),
)
_NAMES: Final = {np.dtype(name).newbyteorder("<").str: name for name in _PLAIN}
_SPELLING: Final = re.compile(
    r"(?:[<>|=]?(?:[?bhilqpBHILQPefdgFDGSUVmM]|[biufcSUVmM][0-9]+)|[a-z]{3,}_?[0-9]*)"
    r"(?:\[[0-9]*[A-Za-z]+\])?"
)


def dtype_text(dtype: Dtype) -> str:
    """Return the text for a dtype.

    Raises:
        SchemaError: its elements are Python objects.

    Example:
        >>> dtype_text(np.dtype(np.uint8)), dtype_text(np.dtype(">f4")), dtype_text(np.dtype("U3"))
        ('uint8', '>f4', '<U3')
    """
    if dtype.hasobject:
        message = (
            f"dtype {dtype}: arrays of Python objects can't be stored (they would need pickle)"
        )
        raise SchemaError(message)
    if dtype.names is not None:
        return _describe(dtype)
    return _NAMES.get(dtype.str, dtype.str)


def _describe(dtype: Dtype) -> str:
    try:
        return json.dumps(npy.dtype_to_descr(dtype))
    except ValueError as error:
        message = f"dtype {dtype}: {error}"
        raise SchemaError(message) from error


def parse_dtype(text: object) -> Dtype:
    """Return the dtype that a text spells; the text is read as a whole, never by a part of it.

    Raises:
        SchemaError: no dtype has this name, or its elements are Python objects.

    Example:
        >>> parse_dtype("uint8"), parse_dtype("datetime64[ns]")
        (dtype('uint8'), dtype('<M8[ns]'))
    """
    if not isinstance(text, str) or len(text) > MAX_TEXT:
        message = f"dtype {text!r:.80}: not a short text"
        raise SchemaError(message)
    return _parse(text)


@lru_cache(maxsize=1024)
def _parse(text: str) -> Dtype:
    dtype = _structured(text) if text.startswith("[") else _scalar(text)
    if dtype.hasobject:
        message = f"dtype {text!r:.80}: arrays of Python objects can't be read safely"
        raise SchemaError(message)
    if dtype.itemsize > _MAX_ITEMSIZE:
        message = f"dtype {text!r:.80}: one element has {dtype.itemsize} bytes"
        raise SchemaError(message)
    return dtype


def canonical_dtype(text: object) -> str:
    """Return the one spelling of a dtype that has several.

    Raises:
        SchemaError: as in parse_dtype.

    Example:
        >>> canonical_dtype("<f4"), canonical_dtype("double"), canonical_dtype("|u1")
        ('float32', 'float64', 'uint8')
    """
    return dtype_text(parse_dtype(text))


def _scalar(text: str) -> Dtype:
    if text in _PLAIN:
        return np.dtype(text).newbyteorder("<")
    # numpy would also read "f4,i8" and "{...}" as structures: only a plain name gets that far.
    if not _SPELLING.fullmatch(text):
        message = f"dtype {text!r:.80}: no plain name of a dtype"
        raise SchemaError(message)
    try:
        return np.dtype(text)
    except (TypeError, ValueError, OverflowError) as error:
        message = f"dtype {text!r:.80}: {error}"
        raise SchemaError(message) from error


def _structured(text: str) -> Dtype:
    try:
        description = json.loads(text)
        # Undoes what numpy's own description does to padding between members.
        return npy.descr_to_dtype(_description(description, text, 0))
    except SchemaError:
        raise
    except (ValueError, TypeError, OverflowError, RecursionError, MemoryError) as error:
        message = f"dtype {text!r:.80}: {error}"
        raise SchemaError(message) from error


def _description(described: Any, text: str, depth: int) -> Any:
    if isinstance(described, str):
        return _scalar(described).str
    if isinstance(described, list) and depth <= _MAX_DEPTH:
        return [_member(member, text, depth) for member in described]
    message = f"dtype {text!r:.80}: no description of a structured dtype"
    raise SchemaError(message)


def _member(member: Any, text: str, depth: int) -> tuple[Any, ...]:
    match member:
        case [str() | [str(), str()] as name, str() | list() as described, *rest] if len(rest) < 2:  # noqa: PLR2004
            key = name if isinstance(name, str) else tuple(name)
            inner = _description(described, text, depth + 1)
            return (key, inner, *(_lengths(shape, text) for shape in rest))
    message = f"dtype {text!r:.80}: {member!r:.80} describes no member"
    raise SchemaError(message)


def _lengths(shape: Any, text: str) -> tuple[int, ...]:
    axes = shape if isinstance(shape, list) else [shape]
    if all(type(axis) is int and axis >= 0 for axis in axes):
        return tuple(axes)
    message = f"dtype {text!r:.80}: {shape!r:.80} is no shape"
    raise SchemaError(message)
