"""ColumnFacts: what a manifest says of one field of a shard's samples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

import msgspec
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

# Text that is longer bounds nothing here.
MAX_TEXT: Final = 100
TOP: Final = 8
# With at most so many different values, all of them are listed.
MAX_LISTED: Final = 32

Value: TypeAlias = bool | int | float | str


class ColumnFacts(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is in one column.

    Attributes:
        name: the field.
        kinds: how many values are of each kind: ``int float bool text bytes array list map``.
        missing: samples without a value.
        absent: those among them where the field is not even stored.
        nan: values that are NaN; they are in no other figure but ``kinds``.
        low: smallest value; None where there is none, or it can't be written.
        high: largest value, likewise.
        distinct: number of different values; None where they were not counted.
        top: the commonest values and how often they are there; equal counts in value order.
        complete: whether ``top`` has every value there is.
    """

    name: str
    kinds: dict[str, int] = {}
    missing: int = 0
    absent: int = 0
    nan: int = 0
    low: Value | None = None
    high: Value | None = None
    distinct: int | None = None
    top: tuple[tuple[Value, int], ...] = ()
    complete: bool = False

    @property
    def count(self) -> int:
        """Number of values."""
        return sum(self.kinds.values())


def facts_of(
    name: str, values: Any, *, kinds: Mapping[str, int], missing: int, absent: int
) -> ColumnFacts:
    """Return the facts of a column.

    Args:
        name: the field.
        values: its values without the missing ones: a numpy array of numbers or booleans, an
            Arrow array of text, or None where they are of no one kind.
        kinds: how many values are of each kind.
        missing: samples without a value.
        absent: those among them that have not even the field.
    """
    known: dict[str, Any] = {
        "name": name,
        "kinds": dict(kinds),
        "missing": missing,
        "absent": absent,
    }
    if values is None or not len(values):
        return ColumnFacts(**known)
    if isinstance(values, np.ndarray):
        return _of_numbers(values, known)
    return _of_text(values, known)


def _of_numbers(values: np.ndarray[Any, Any], known: dict[str, Any]) -> ColumnFacts:
    nan = 0
    if values.dtype.kind == "f":
        is_nan = np.isnan(values)
        nan = int(np.count_nonzero(is_nan))
        # -0.0 and 0.0 are one value.
        values = (values[~is_nan] if nan else values) + 0.0
    different, counts = np.unique(values, return_counts=True)
    if not len(different):
        return ColumnFacts(**known, nan=nan, distinct=0)
    order = np.argsort(-counts, kind="stable")[: _listed(len(different))]
    pairs = list(zip(different[order].tolist(), counts[order].tolist(), strict=True))
    low, high = different[0].item(), different[-1].item()
    return ColumnFacts(
        **known,
        nan=nan,
        low=low if _writable(low) else None,
        high=high if _writable(high) else None,
        distinct=len(different),
        top=tuple(pairs) if all(_writable(value) for value, _ in pairs) else (),
        complete=len(pairs) == len(different) and all(_writable(value) for value, _ in pairs),
    )


def _of_text(values: Any, known: dict[str, Any]) -> ColumnFacts:
    import pyarrow.compute as pc

    counted = pc.value_counts(values)
    different, counts = counted.field("values"), counted.field("counts").to_numpy()
    bounds = pc.min_max(different).as_py()
    low, high = bounds["min"], bounds["max"]
    listed = _listed(len(different))
    # Only what can be among the commonest is made text and sorted.
    least = np.partition(counts, -listed)[-listed]
    likely = np.flatnonzero(counts >= least)
    ranked = sorted(
        zip(different.take(likely).to_pylist(), counts[likely].tolist(), strict=True),
        key=lambda pair: (-pair[1], pair[0]),
    )[:listed]
    top = tuple(pair for pair in ranked if _writable(pair[0]))
    return ColumnFacts(
        **known,
        low=low if _writable(low) else None,
        high=high if _writable(high) else None,
        distinct=len(different),
        top=top,
        complete=len(top) == len(different),
    )


def _listed(different: int) -> int:
    return different if different <= MAX_LISTED else TOP


def _writable(value: Any) -> bool:
    """Whether a value can stand in a manifest: JSON has no infinity."""
    if isinstance(value, str):
        return len(value) <= MAX_TEXT
    return not isinstance(value, float) or bool(np.isfinite(value))
