"""Plain values: what stands in the cells of other people's tables, as fields hold it."""

from __future__ import annotations

import datetime as dt
import decimal
import math
import uuid
from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any, Final

import numpy as np

from atdata_nb.schemas import Field
from atdata_nb.schemas.observed import Observed

_AS_TEXT: Final = (decimal.Decimal, uuid.UUID, PurePath)
_DATED: Final = (dt.date, dt.time)  # a datetime is a date


def plain(value: Any) -> Any:
    """Return one value as a field can hold it.

    Times become ISO 8601 text, decimals and paths text, tuples and sets lists, Pillow's images
    arrays, arrays of Python objects lists; what is missing, in whatever spelling, None.

    Example:
        >>> plain((dt.date(2026, 11, 23), decimal.Decimal("1.50"), np.float32(2)))
        ['2026-11-23', '1.50', 2.0]
    """
    if value is None or isinstance(value, str | bytes | bool | int | float):
        return value
    if isinstance(value, np.ndarray):
        return plain(value.tolist()) if value.dtype.hasobject else value
    if isinstance(value, np.datetime64 | np.timedelta64):
        return None if np.isnat(value) else str(value)
    if isinstance(value, np.generic):
        return plain(value.item()) if value.dtype.kind != "c" else np.asarray(value)
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, set | frozenset):
        return [plain(item) for item in sorted(value, key=repr)]
    if isinstance(value, Sequence):
        return [plain(item) for item in value]
    return _known(value)


def _known(value: Any) -> Any:
    if isinstance(value, _AS_TEXT):
        return str(value)
    if isinstance(value, _DATED):
        # NaT is a datetime too.
        return value.isoformat() if value == value else None  # noqa: PLR0124
    if isinstance(value, dt.timedelta):
        return value.isoformat() if hasattr(value, "isoformat") else str(value)
    # By name: neither is imported to find out.
    origin = type(value).__module__.partition(".")[0]
    if origin == "PIL":
        return np.asarray(value)
    if origin == "pandas":
        return None if type(value).__name__ in {"NAType", "NaTType"} else str(value)
    return np.asarray(value) if isinstance(value, complex) else value


def all_numbers(values: list[Any]) -> bool:
    """Whether a NaN among these plain values is a number like the others, not a missing value.

    Example:
        >>> all_numbers([1.5, float("nan"), None]), all_numbers(["a", float("nan")])
        (True, False)
    """
    return {type(value) for value in values} <= {float, int, type(None)}


def is_nan(value: Any) -> bool:
    """Whether a plain value is NaN."""
    return isinstance(value, float) and math.isnan(value)


def observed_field(name: str, values: list[Any], description: str | None = None) -> Field:
    """Return the field that holds all of these plain values, and nothing wider."""
    observed = Observed(shapes=True)
    for value in values:
        observed.look_at({name: value})
    if not values:
        observed.look_at({name: None})
    (field,) = observed.schema("column").fields
    return Field(field.name, field.type, field.optional, field.default, description)
