"""Facts of statistics: one row a column, with a histogram made of letters."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from atdata_nb.views.amounts import counted, number, shaped
from atdata_nb.views.arrays import blocks, span
from atdata_nb.views.folds import MOST_ROWS, Part, folded
from atdata_nb.views.text import one_line

if TYPE_CHECKING:
    from atdata_nb.tables.statistics import ColumnStatistics, Statistics

BARS = 16
_TOP = 3
_LENGTHS = frozenset({"str", "bytes", "list", "dict"})


@dataclass(frozen=True, slots=True)
class ColumnFacts:
    """What a face shows of one column, each in a few words, empty where there is nothing to say.

    Attributes:
        name: of the field.
        type: kinds of its values; of arrays, with dtype and shape.
        missing: how many rows have no value.
        distinct: how many different values there are.
        range: smallest and largest number; of text and containers, of their lengths.
        mean: mean and standard deviation.
        bars: the histogram, as letters of different heights.
        top: the most frequent values.
    """

    name: str
    type: str
    missing: str
    distinct: str
    range: str
    mean: str
    bars: str
    top: str


@dataclass(frozen=True, slots=True)
class StatisticsFacts:
    """What a face shows of statistics."""

    title: str
    parts: tuple[Part[ColumnFacts], ...]
    left_out: int


def statistics_facts(statistics: Statistics) -> StatisticsFacts:
    """Return the facts of statistics."""
    columns = [_column(column) for column in islice(statistics.columns.values(), MOST_ROWS)]
    return StatisticsFacts(
        title=counted(statistics.rows, "sample"),
        parts=folded(columns, lambda column: column.name),
        left_out=max(0, len(statistics.columns) - MOST_ROWS),
    )


def bars(counts: list[int]) -> str:
    """Return a histogram as letters; what is not empty is never shown as empty.

    >>> bars([1, 0, 4, 100])
    '▁ ▁█'
    """
    merged = _merged(counts)
    tallest = max(merged, default=0)
    return "".join(blocks((count / tallest,)) if count else " " for count in merged)


def _merged(counts: list[int]) -> list[int]:
    step = max(1, math.ceil(len(counts) / BARS))
    return [sum(counts[start : start + step]) for start in range(0, len(counts), step)]


def _column(column: ColumnStatistics) -> ColumnFacts:
    numbers = column.numbers
    lengths = bool(column.kinds.keys() & _LENGTHS)
    known = numbers.low is not None and numbers.high is not None
    reach = span(numbers.low, numbers.high) if known else ""  # type: ignore[arg-type]
    nan = f"{numbers.nan:,} NaN" if numbers.nan else ""
    return ColumnFacts(
        name=one_line(column.name, 60),
        type=_type(column),
        missing=f"{column.missing:,}" if column.missing else "",
        distinct=_distinct(column),
        range=", ".join(filter(None, (f"length {reach}" if lengths and reach else reach, nan))),
        mean=f"{number(numbers.mean)} ± {number(numbers.std)}" if numbers.finite else "",
        bars=bars([count for _, _, count in numbers.histogram()]),
        top=", ".join(f"{_value(value)} ×{count:,}" for value, count in column.top(_TOP)),
    )


def _type(column: ColumnStatistics) -> str:
    kinds = " | ".join(sorted(column.kinds)) or "nothing"
    if not column.kinds["array"]:
        return kinds
    if column.arrays is None:
        return f"{kinds}, many shapes"
    ranked = sorted(column.arrays.items(), key=lambda pair: (-pair[1], pair[0]))
    shown = [f"{_dtype(dtype)} {shaped(shape)} ×{n:,}" for (dtype, shape), n in ranked[:_TOP]]
    rest = len(ranked) - _TOP
    return ", ".join([kinds, *shown, *([f"{rest:,} more shapes"] if rest > 0 else [])])


def _dtype(text: str) -> str:
    import numpy as np

    return one_line(np.dtype(text).name, 40)


def _distinct(column: ColumnStatistics) -> str:
    if column.distinct is None or not column.count:
        return ""
    return f"{'' if column.distinct.exact else 'about '}{column.distinct.count:,}"


def _value(value: Any) -> str:
    return one_line(repr(value) if isinstance(value, str) else str(value), 24)
