"""Casts: values of one type as another, and never a value that means something else.

Text becomes a number only where it spells one, a number an integer only where it is one, and an
integer array a smaller one only where every element fits. Floating point may lose digits, as it
does everywhere.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from atdata_nb.errors import LensError, SchemaError
from atdata_nb.schemas.dtypes import dtype_text, parse_dtype

SCALARS: Final = ("str", "int", "float", "bool")
# Booleans, integers, floats, complex numbers: what casts from one to another make sense between.
NUMBERS: Final = "biufc"
MAX_DIGITS: Final = 400
# An integer up to here is one and the same as a float.
MAX_EXACT_INT: Final = 2**53


def cast_value(value: Any, to: str, field: str) -> Any:
    """Return a value as ``str``, ``int``, ``float``, ``bool``, or an array as a dtype.

    None stays None.

    Raises:
        LensError: the value has no equal of that type.

    Example:
        >>> cast_value("12", "int", "count")
        12
        >>> cast_value(2.5, "int", "count")
        Traceback (most recent call last):
        atdata_nb.errors.LensError: count: 2.5 has no equal as int
    """
    if value is None:
        return None
    if isinstance(value, np.ndarray):
        return _cast_array(value, to, field)
    if isinstance(value, np.generic):
        value = value.item()
    try:
        return _SCALAR_CASTS[to](value)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        shown = repr(value)
        message = f"{field}: {shown[:60]} has no equal as {to}"
        raise LensError(message) from error


def number_dtype(text: str, field: str) -> np.dtype[Any]:
    """Return the dtype of that name.

    Raises:
        LensError: there is none, or its elements are no numbers.
    """
    try:
        dtype = parse_dtype(text)
    except SchemaError as error:
        message = f"{field} can't become {text[:40]}: {error}"
        raise LensError(message) from error
    if dtype.kind not in NUMBERS:
        message = f"{field} can't become {text[:40]}: arrays are cast to numbers only"
        raise LensError(message)
    return dtype


def type_of(value: Any) -> str:
    """Return the name that `cast_value` would cast to this value's type by."""
    if isinstance(value, np.ndarray):
        return dtype_text(value.dtype)
    return type(value).__name__


def _to_str(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    raise TypeError


def _to_int(value: Any) -> int:
    if isinstance(value, str) and len(value) > MAX_DIGITS:
        raise ValueError
    if isinstance(value, str | int) or (isinstance(value, float) and value.is_integer()):
        return int(value)
    raise TypeError


def _to_float(value: Any) -> float:
    if isinstance(value, int) and abs(value) > MAX_EXACT_INT and int(float(value)) != value:
        raise ValueError
    if isinstance(value, str | int | float):
        return float(value)
    raise TypeError


def _to_bool(value: Any) -> bool:
    words = {"true": True, "false": False}
    if isinstance(value, str):
        return words[value]
    if isinstance(value, int | float) and value in {0, 1}:
        return bool(value)
    raise TypeError


_SCALAR_CASTS: Final[dict[str, Any]] = {
    "str": _to_str,
    "int": _to_int,
    "float": _to_float,
    "bool": _to_bool,
}


def _cast_array(value: np.ndarray[Any, Any], to: str, field: str) -> np.ndarray[Any, Any]:
    dtype = number_dtype(to, field)
    known = value.dtype.kind in NUMBERS
    if not known or (value.dtype.kind == "c" and dtype.kind != "c"):
        message = f"{field}: an array of {value.dtype} can't be cast to {to}"
        raise LensError(message)
    with np.errstate(invalid="ignore", over="ignore"):
        made = value.astype(dtype, copy=False)
        if dtype.kind in "fc" or np.array_equal(made, value):
            return made
    message = f"{field}: some elements of the {value.dtype} array have no equal as {to}"
    raise LensError(message)
