"""Difference: the first place where two samples are not the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from atdata_nb.errors import SampleTypeError
from atdata_nb.lenses.definitions import same_definition
from atdata_nb.samples import DictSample, field_specs
from atdata_nb.samples.packable import show_value


@dataclass(frozen=True, slots=True)
class Difference:
    """Where two values differ, and how.

    Attributes:
        where: path inside the sample, for example ``box.corners[2]``; empty for the whole.
        left: what the one has there, shortened.
        right: what the other has there, shortened.
    """

    where: str
    left: str
    right: str

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        return f"{place}{self.left} ≠ {self.right}"


def first_difference(
    left: Any, right: Any, *, tolerance: float = 0.0, where: str = ""
) -> Difference | None:
    """Return the first difference of two samples or values; None when they are the same.

    Arrays are the same when dtype, shape and elements are; NaN is the same as NaN.

    Args:
        left: one value.
        right: the other value.
        tolerance: how far floats may lie apart, relative to their size.
        where: path of the values.

    Example:
        >>> import numpy as np
        >>> print(first_difference({"a": np.array([1, 2])}, {"a": np.array([1, 3])}))
        a[1]: 2 ≠ 3
    """
    if isinstance(left, np.ndarray) and isinstance(right, np.ndarray):
        return _array_difference(left, right, tolerance, where)
    if not (type(left) is type(right) or same_definition(type(left), type(right))):
        return Difference(where, _spell(left), _spell(right))
    ours, theirs = _parts(left), _parts(right)
    if ours is None or theirs is None:
        if _same(left, right, tolerance):
            return None
        return Difference(where, _spell(left), _spell(right))
    for name in ours | theirs:
        inside = _join(where, name)
        if name not in ours or name not in theirs:
            return Difference(inside, _spell_part(ours, name), _spell_part(theirs, name))
        found = first_difference(ours[name], theirs[name], tolerance=tolerance, where=inside)
        if found is not None:
            return found
    return None


def _parts(value: Any) -> dict[Any, Any] | None:
    if isinstance(value, DictSample):
        return value.to_dict()
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, list | tuple):
        return dict(enumerate(value))
    try:
        return {spec.name: getattr(value, spec.name) for spec in field_specs(type(value))}
    except SampleTypeError:
        return None


def _join(where: str, name: Any) -> str:
    if isinstance(name, int):
        return f"{where}[{name}]"
    return f"{where}.{name}" if where else str(name)


def _same(left: Any, right: Any, tolerance: float) -> bool:
    if isinstance(left, float | complex | np.inexact):
        return bool(np.isclose(left, right, rtol=tolerance, atol=0, equal_nan=True))
    return bool(left == right)


def _spell(value: Any) -> str:
    return f"{show_value(value)} ({type(value).__name__})"


def _spell_part(parts: dict[Any, Any], name: Any) -> str:
    return _spell(parts[name]) if name in parts else "nothing"


def _array_difference(
    left: np.ndarray[Any, Any], right: np.ndarray[Any, Any], tolerance: float, where: str
) -> Difference | None:
    if left.dtype != right.dtype or left.shape != right.shape:
        return Difference(where, show_value(left), show_value(right))
    unlike = np.atleast_1d(~_alike(left, right, tolerance))
    if not unlike.any():
        return None
    place = tuple(int(axis) for axis in np.argwhere(unlike)[0]) if left.ndim else ()
    inside = f"[{', '.join(map(str, place))}]" if place else ""
    return Difference(where + inside, str(left[place]), str(right[place]))


def _alike(left: np.ndarray[Any, Any], right: np.ndarray[Any, Any], tolerance: float) -> Any:
    if left.dtype.kind in "fc":
        return np.isclose(left, right, rtol=tolerance, atol=0, equal_nan=True)
    same = left == right
    # NaT, like NaN, is not equal to itself.
    return same | (np.isnat(left) & np.isnat(right)) if left.dtype.kind in "mM" else same
