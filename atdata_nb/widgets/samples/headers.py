"""Headers: what is said above a column, from the statistics of what was read so far."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from atdata_nb.tables.statistics import ColumnStatistics
from atdata_nb.views.amounts import number, shaped, size
from atdata_nb.views.text import one_line

if TYPE_CHECKING:
    from atdata_nb.tables.columns import Columns
    from atdata_nb.tables.statistics import Statistics

MOST_BARS: Final = 20
# Whole numbers within as many values get a bar each.
_EACH: Final = 20
_TOP: Final = 3
# Of larger arrays, evenly spaced elements stand for all.
_MOST_ELEMENTS: Final = 4_096
_LONG: Final = 4_096


@dataclass(frozen=True, slots=True)
class Bars:
    """A histogram: counts, and what the first and the last bar stand for."""

    counts: tuple[int, ...]
    low: str
    high: str


@dataclass(frozen=True, slots=True)
class Header:
    """What is said above a column.

    Attributes:
        type: what its values have in common, e.g. ``float32 8×8``.
        note: range, missing values, or how many different ones.
        bars: of numbers and booleans.
        top: of text, the most frequent values and their shares of what was read, within [0, 1].
    """

    type: str
    note: str
    bars: Bars | None = None
    top: tuple[tuple[str, float], ...] = ()


def take_in(statistics: Statistics, columns: Columns) -> None:
    """Add rows to statistics; large arrays by evenly spaced elements."""
    from atdata_nb.tables.statistics import Statistics

    part = Statistics(columns.rows)
    for name, values in columns.fields.items():
        column = part.columns[name] = ColumnStatistics(name)
        types = set(map(type, values))
        if types <= {int, float, type(None)}:
            # How many different ones is said of text alone, and takes long to find out.
            column.distinct = None
        if np.ndarray in types:
            column.add([_thinned(value) for value in values])
            column.arrays = Counter((v.dtype.str, v.shape) for v in values if hasattr(v, "dtype"))
        elif types & {str, bytes}:
            _add_long(column, values)
        else:
            column.add(values)
    statistics.merge(part)


def _add_long(column: ColumnStatistics, values: Any) -> None:
    """Add values of which some are long: of those, how long they are is all that is counted."""
    long = [v for v in values if isinstance(v, str | bytes) and len(v) > _LONG]
    column.add([v for v in values if not (isinstance(v, str | bytes) and len(v) > _LONG)])
    for kind in (str, bytes):
        lengths = [len(value) for value in long if isinstance(value, kind)]
        if lengths:
            column.count += len(lengths)
            column.kinds[kind.__name__] += len(lengths)
            column.numbers.add(np.array(lengths))
            column.distinct = column.values = None


def _thinned(value: Any) -> Any:
    return thin(value) if getattr(value, "size", 0) > _MOST_ELEMENTS else value


def thin(array: Any) -> Any:
    """Return some of an array's elements, from evenly spaced places."""
    # Neighbouring elements of a few places: of a mapped file only some pages are read.
    flat = array.reshape(-1) if array.flags.c_contiguous else array.flat[:_MOST_ELEMENTS]
    run = 64
    step = max(run, len(flat) // (_MOST_ELEMENTS // run))
    whole = flat[: len(flat) // step * step].reshape(-1, step)
    return whole[: _MOST_ELEMENTS // run, :run]


def header(column: ColumnStatistics | None, declared: str) -> Header:
    """Return what is said above a column of which ``column`` is known."""
    if column is None or not column.count:
        note = "no value" if column is not None and column.missing else ""
        return Header(declared, note)
    missing = _missing(column)
    numbers = column.numbers
    if column.kinds["array"]:
        kind, spread = _arrays(column), _range(numbers.low, numbers.high)
        about = "≈ " if spread and _is_thinned(column) else ""
        return Header(kind or declared, missing or f"{about}{spread}")
    kind = declared or " | ".join(sorted(column.kinds))
    if column.kinds.keys() <= {"int", "float", "bool"}:
        nan = f"{numbers.nan:,} NaN" if numbers.nan else ""
        only = "" if _spread(column) else f"all {number(numbers.low or 0)}"
        return Header(_with(kind, missing or nan), only, _bars(column))
    if column.kinds.keys() == {"str"}:
        return _text(column, kind, missing)
    if column.kinds.keys() == {"bytes"}:
        low, high = int(numbers.low or 0), int(numbers.high or 0)
        reach = size(low) if low == high else f"{size(low)} … {size(high)}"
        return Header(kind, missing or reach)
    return Header(kind, missing or _lengths(column))


def _with(kind: str, more: str) -> str:
    """Return a type and, where the place below is a picture's, what else there is to say."""
    return f"{kind} · {more}" if more else kind


def _is_thinned(column: ColumnStatistics) -> bool:
    """Whether its range is that of some elements of each array, not of all."""
    shapes = [] if column.arrays is None else [shape for _, shape in column.arrays]
    return column.arrays is None or any(math.prod(shape) > _MOST_ELEMENTS for shape in shapes)


def _spread(column: ColumnStatistics) -> bool:
    return column.numbers.low != column.numbers.high


def _missing(column: ColumnStatistics) -> str:
    if not column.missing:
        return ""
    share = 100 * column.missing / (column.missing + column.count)
    return f"{share:.0f} % missing" if share >= 1 else "< 1 % missing"


def _range(low: float | None, high: float | None) -> str:
    if low is None or high is None or not (math.isfinite(low) and math.isfinite(high)):
        return ""
    return f"{number(low)} … {number(high)}"


def _lengths(column: ColumnStatistics, what: str = "items") -> str:
    low, high = column.numbers.low, column.numbers.high
    if low is None or high is None:
        return ""
    return f"{low:,} {what}" if low == high else f"{low:,} … {high:,} {what}"


def _arrays(column: ColumnStatistics) -> str:
    if column.arrays is None:
        return "array, shapes differ"
    names = {one_line(np.dtype(dtype).name, 20) for dtype, _ in column.arrays}
    shapes = {shape for _, shape in column.arrays}
    name = names.pop() if len(names) == 1 else "array"
    if len(shapes) == 1:
        return f"{name} {shaped(shapes.pop())}"
    ranks = {len(shape) for shape in shapes}
    if len(ranks) > 1:
        return f"{name}, shapes differ"
    axes = [{shape[i] for shape in shapes} for i in range(ranks.pop())]
    return f"{name} {shaped([axis.pop() if len(axis) == 1 else None for axis in axes])}"


def _text(column: ColumnStatistics, kind: str, missing: str) -> Header:
    distinct = column.distinct
    if distinct is None:
        return Header(kind, missing or _lengths(column, "characters"))
    about = "" if distinct.exact else "≈ "
    few = column.values is not None and distinct.count <= max(_EACH, column.count // 4)
    rows = column.count + column.missing
    top = tuple((one_line(v, 24) or "“”", n / rows) for v, n in column.top(_TOP)) if few else ()
    note = f"{about}{distinct.count:,} different"
    return Header(_with(kind, missing), note, top=top)


def _bars(column: ColumnStatistics) -> Bars | None:
    numbers = column.numbers
    if not numbers.finite or numbers.low is None or not _spread(column):
        return None
    if column.kinds.keys() == {"bool"}:
        truths = column.values or Counter()
        return Bars((truths[False], truths[True]), "false", "true")
    each = _each(column)
    bins = numbers.histogram()
    counts = each or _merged([count for _, _, count in bins])
    if each:
        return Bars(tuple(each), number(numbers.low), number(numbers.high or 0))
    low = numbers.low if math.isfinite(numbers.low) else bins[0][0]
    high = numbers.high if numbers.high and math.isfinite(numbers.high) else bins[-1][1]
    return Bars(tuple(counts), number(low), number(high))


def _each(column: ColumnStatistics) -> list[int]:
    """Return the count of each whole number between the lowest and the highest, if they are few."""
    low, high = column.numbers.low, column.numbers.high
    if column.kinds.keys() != {"int"} or column.values is None or low is None or high is None:
        return []
    if high - low >= _EACH:
        return []
    return [column.values.get(n, 0) for n in range(int(low), int(high) + 1)]


def _merged(counts: list[int]) -> list[int]:
    step = max(1, math.ceil(len(counts) / MOST_BARS))
    return [sum(counts[start : start + step]) for start in range(0, len(counts), step)]
