"""Statistics: what is in the columns of a dataset, found in one pass, a part at a time."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from atdata_nb.display import Displayed
from atdata_nb.scanning import map_shards
from atdata_nb.tables.columns import Columns, columns_of_batch, read_columns
from atdata_nb.tables.distinct import Distinct
from atdata_nb.tables.forms import INT64
from atdata_nb.tables.numbers import Numbers

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from atdata_nb.dataset import Dataset
    from atdata_nb.scanning.events import OnEvent

# Of a column with more values or array shapes than this, none are listed.
MAX_LISTED: Final = 1000
_TOP: Final = 3


@dataclass(slots=True)
class ColumnStatistics:
    """What is known of one column.

    Attributes:
        name: the field.
        count: rows that have a value.
        missing: rows that have none.
        kinds: count of values by type: ``int``, ``str``, ``array``, …
        numbers: of integers and floats themselves; of arrays, their elements; of text, bytes and
            containers, their lengths.
        distinct: how many different values; None where there are arrays or containers.
        values: count by value, of text, integers and booleans; None once they are too many.
        arrays: count by dtype and shape; None once they are too many.
    """

    name: str
    count: int = 0
    missing: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    numbers: Numbers = field(default_factory=Numbers)
    distinct: Distinct | None = field(default_factory=Distinct)
    values: Counter[Any] | None = field(default_factory=Counter)
    arrays: Counter[tuple[str, tuple[int, ...]]] | None = field(default_factory=Counter)

    def top(self, n: int = _TOP) -> list[tuple[Any, int]]:
        """Return the ``n`` most frequent values and their counts; equal counts in value order."""
        ranked = sorted((self.values or {}).items(), key=lambda pair: (-pair[1], str(pair[0])))
        return ranked[:n]

    def add(self, values: Any) -> None:
        """Take in values: a list, or arrays stacked along a first axis."""
        if isinstance(values, np.ndarray):
            self._add_arrays(
                list(values) if values.ndim > 1 else [values[i, ...] for i in range(len(values))]
            )
            return
        kinds = {each: _kind(each) for each in set(map(type, values))}
        groups: dict[str, list[Any]] = {}
        if len(kinds) == 1:
            groups = {next(iter(kinds.values())): values}
        else:
            for value in values:
                groups.setdefault(kinds[type(value)], []).append(value)
        self.missing += len(groups.pop("missing", ()))
        for kind, group in groups.items():
            self._add_group(kind, group)

    def _add_group(self, kind: str, values: list[Any]) -> None:
        if kind == "array":
            self._add_arrays(values)
            return
        self.count += len(values)
        self.kinds[kind] += len(values)
        if kind in {"int", "float", "bool"}:
            self.numbers.add(_numbers(values))
        elif kind != "other":
            self.numbers.add(np.fromiter(map(len, values), np.int64, len(values)))
        if kind in {"list", "dict", "other"}:
            self.distinct = self.values = None
            return
        if self.distinct is not None:
            self.distinct.add(values)
        self._count_values({} if kind in {"float", "bytes"} else Counter(values))
        if kind in {"float", "bytes"}:
            self.values = None

    def _add_arrays(self, arrays: Sequence[Any]) -> None:
        self.count += len(arrays)
        self.kinds["array"] += len(arrays)
        self.distinct = self.values = None
        by_form: dict[tuple[str, tuple[int, ...]], list[Any]] = {}
        for array in arrays:
            by_form.setdefault((array.dtype.str, array.shape), []).append(array)
        for each in by_form.values():
            if each[0].dtype.kind in "biuf":
                self.numbers.add(np.stack(each) if len(each) > 1 else each[0])
        self._count_arrays({form: len(each) for form, each in by_form.items()})

    def _count_values(self, more: dict[Any, int]) -> None:
        if self.values is not None:
            self.values.update(more)
            if len(self.values) > MAX_LISTED:
                self.values = None

    def _count_arrays(self, more: dict[tuple[str, tuple[int, ...]], int]) -> None:
        if self.arrays is not None:
            self.arrays.update(more)
            if len(self.arrays) > MAX_LISTED:
                self.arrays = None

    def merge(self, other: ColumnStatistics) -> None:
        """Take in what is known of the same column of other rows."""
        self.count += other.count
        self.missing += other.missing
        self.kinds.update(other.kinds)
        self.numbers.merge(other.numbers)
        if self.distinct is None or other.distinct is None:
            self.distinct = None
        else:
            self.distinct.merge(other.distinct)
        self.values = None if other.values is None else self.values
        self._count_values(other.values or {})
        self.arrays = None if other.arrays is None else self.arrays
        self._count_arrays(other.arrays or {})


@dataclass(slots=True)
class Statistics(Displayed):
    """What is in the columns of a dataset.

    Two of them, of different shards, are merged into that of both.

    Example:
        >>> part = statistics_of(Columns(3, {"n": [1, 2, None]}, {}))
        >>> part.merge(statistics_of(Columns(2, {"n": [5, 5]}, {})))
        >>> part["n"].count, part["n"].missing, part["n"].numbers.mean, part["n"].top(1)
        (4, 1, 3.25, [(5, 2)])
        >>> part
        5 samples
        n  int  1 missing  3 distinct  1 … 5  mean 3.25 ± 1.79  top 5 ×2, 1 ×1, 2 ×1
    """

    rows: int = 0
    columns: dict[str, ColumnStatistics] = field(default_factory=dict)

    def __getitem__(self, name: str) -> ColumnStatistics:
        return self.columns[name]

    def add(self, columns: Columns) -> None:
        """Take in the columns of some rows."""
        part = Statistics(columns.rows)
        for name, values in columns.fields.items():
            column = part.columns[name] = ColumnStatistics(name)
            column.add(values)
        self.merge(part)

    def merge(self, other: Statistics) -> None:
        """Take in what is known of other rows; a column that some lack is missing there."""
        for name in {**self.columns, **other.columns}:
            mine = self.columns.setdefault(name, ColumnStatistics(name, missing=self.rows))
            mine.merge(other.columns.get(name, ColumnStatistics(name, missing=other.rows)))
        self.rows += other.rows

    def __repr__(self) -> str:
        lines = [f"{self.rows:,} sample{'' if self.rows == 1 else 's'}"]
        rows = [_facts(column) for column in self.columns.values()]
        width = max((len(column.name) for column in self.columns.values()), default=0)
        lines += [f"{facts[0]:<{width}}  {'  '.join(facts[1:])}" for facts in rows]
        return "\n".join(lines)


def describe(
    ds: Dataset[Any],
    limit: int | None = None,
    *,
    client: Any = None,
    on_event: OnEvent | None = None,
) -> Statistics:
    """Return statistics of a dataset's columns, read once, several shards at a time.

    They are the same to the bit wherever the shards were read.

    Args:
        ds: the samples.
        limit: samples at most, from the start; then they are read one after the other.
        client: where to read: a Dask ``Client``, ``"processes"``, or what else
            `atdata_nb.map_shards` takes; without one, on threads.
        on_event: called with a ScanEvent of every shard.

    Raises:
        ShardError: a shard or a sample can't be read.
    """
    if limit is not None:
        return _gathered(read_columns(ds, limit=limit))
    found = Statistics()
    for part in map_shards(shard_statistics, ds, executor=client, on_event=on_event):
        found.merge(part)
    return found


def shard_statistics(ds: Dataset[Any]) -> Statistics:
    """Return statistics of all samples of a dataset, in the memory of one block."""
    return _gathered(columns_of_batch(batch, stack=True) for batch in ds.blockwise(even=True))


def statistics_of(*parts: Columns) -> Statistics:
    """Return statistics of columns."""
    return _gathered(parts)


def _gathered(parts: Iterable[Columns]) -> Statistics:
    found = Statistics()
    for part in parts:
        found.add(part)
    return found


_KINDS: Final[tuple[tuple[Any, str], ...]] = (
    (type(None), "missing"),
    (bool | np.bool_, "bool"),
    (int | np.integer, "int"),
    (float | np.floating, "float"),
    (str, "str"),
    (bytes | bytearray | memoryview, "bytes"),
    (np.ndarray, "array"),
    (list | tuple, "list"),
    (dict, "dict"),
)


def _kind(found: type) -> str:
    return next((name for known, name in _KINDS if issubclass(found, known)), "other")


def _numbers(values: list[Any]) -> Any:
    if isinstance(values[0], int | np.integer) and -INT64 <= min(values) <= max(values) < INT64:
        return np.array(values, np.int64)
    if isinstance(values[0], int | np.integer) and 0 <= min(values) <= max(values) < 2 * INT64:
        return np.array(values, np.uint64)
    return np.array(values, np.float64)


def _facts(column: ColumnStatistics) -> list[str]:
    kinds = " | ".join(sorted(column.kinds)) or "nothing"
    facts = [column.name, kinds]
    if column.missing:
        facts.append(f"{column.missing:,} missing")
    if column.distinct is not None and column.count:
        about = "" if column.distinct.exact else "about "
        facts.append(f"{about}{column.distinct.count:,} distinct")
    facts += chain(_array_facts(column), _number_facts(column))
    if shown := ", ".join(f"{_short(value)} ×{count:,}" for value, count in column.top()):
        facts.append(f"top {shown}")
    return facts


def _array_facts(column: ColumnStatistics) -> Iterable[str]:
    if not column.kinds["array"]:
        return
    if column.arrays is None:
        yield f"more than {MAX_LISTED:,} shapes"
        return
    ranked = sorted(column.arrays.items(), key=lambda pair: (-pair[1], pair[0]))
    for (dtype, shape), count in ranked[:_TOP]:
        axes = "×".join(map(str, shape)) or "scalar"
        yield f"{np.dtype(dtype).name} {axes} ×{count:,}"
    if len(ranked) > _TOP:
        yield f"{len(ranked) - _TOP:,} more shapes"


def _number_facts(column: ColumnStatistics) -> Iterable[str]:
    numbers = column.numbers
    if numbers.nan:
        yield f"{numbers.nan:,} NaN"
    if not numbers.count:
        return
    lengths = column.kinds.keys() & {"str", "bytes", "list", "dict"}
    yield f"{'length ' if lengths else ''}{_number(numbers.low)} … {_number(numbers.high)}"
    if numbers.finite:
        yield f"mean {_number(numbers.mean)} ± {_number(numbers.std)}"


def _number(value: float | None) -> str:
    if value is None or not math.isfinite(value):
        return str(value)
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else f"{value:.3g}"  # noqa: PLR2004


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 24 else f"{text[:23]}…"  # noqa: PLR2004 - a cell of a line
