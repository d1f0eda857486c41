"""A table of samples: named columns, typed by what is in them, and a cell for every value."""

from __future__ import annotations

import dataclasses
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from math import isfinite
from typing import TYPE_CHECKING, Any

from atdata_nb.views.amounts import counted, number
from atdata_nb.views.arrays import span
from atdata_nb.views.cells import MISSING, Cell, cell_of, fault
from atdata_nb.views.text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MOST_COLUMNS = 40
# Labels are not broken into lines, and no cell is wider than some forty letters.
LABEL = 40
_BINS = 12
_NOTHING = Cell("text", "")
_NUMERIC = frozenset({"number", "bool"})


@dataclass(frozen=True, slots=True)
class Histogram:
    """How the numbers of a column are spread over its shown rows."""

    counts: tuple[int, ...]
    low: str
    high: str


@dataclass(frozen=True, slots=True)
class Column:
    """One field of the samples in a table.

    Attributes:
        name: of the field, made visible.
        type: what the shown values have in common, e.g. ``float32 8×8``.
        note: what else the shown rows have in common: missing values, a range, one value.
        numeric: whether it is set to the right.
        histogram: of a numeric column.
    """

    name: str
    type: str
    note: str
    numeric: bool
    histogram: Histogram | None


@dataclass(frozen=True, slots=True)
class Broken:
    """What stands among samples for one that does not decode.

    Attributes:
        why: the reason, in a line.
    """

    why: str


@dataclass(frozen=True, slots=True)
class SampleTable:
    """The first samples of a dataset.

    Attributes:
        columns: the shown fields.
        rows: one tuple of cells a sample.
        left_out: how many further fields there are.
        complete: whether these are all samples.
        faults: what could not be read, one sentence each.
    """

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    left_out: int = 0
    complete: bool = False
    faults: tuple[str, ...] = ()

    @property
    def caption(self) -> str:
        """Which samples these are, in words."""
        if not self.rows:
            return "No samples" if self.complete else "No sample could be read"
        count = counted(len(self.rows), "sample")
        which = f"All {count}" if self.complete else f"First {count}"
        if self.faults:
            which = f"{count} could be read"
        more = f" · {counted(self.left_out, 'further field')} not shown" if self.left_out else ""
        return f"{which}{more}"


def sample_table(samples: Iterable[Any], count: int, *, side: int = 64) -> SampleTable:
    """Return the table of the first ``count`` samples; a fault ends it and becomes a sentence."""
    shown, complete, faults = read_first(samples, count)
    good = [sample for sample in shown if not isinstance(sample, Broken)]
    names = field_names(good)
    kept = names[:MOST_COLUMNS]
    rows = tuple(_row(sample, kept, side) for sample in shown)
    known = [row for row, each in zip(rows, shown, strict=True) if not isinstance(each, Broken)]
    columns = tuple(_column(name, [row[place] for row in known]) for place, name in enumerate(kept))
    return SampleTable(columns, rows, len(names) - len(kept), complete, tuple(faults))


def read_first(samples: Iterable[Any], count: int) -> tuple[list[Any], bool, list[str]]:
    """Return the first samples, whether that is all of them, and what went wrong on the way."""
    shown: list[Any] = []
    faults: list[str] = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            shown.extend(islice(samples, count + 1))
        except Exception as error:  # noqa: BLE001 - whatever a source raises is said in the table
            faults.append(fault(error).text)
    faults[:0] = [
        one_line(str(w.message), 300) for w in caught if "ShardWarning" in w.category.__name__
    ]
    return shown[:count], len(shown) <= count and not faults, faults


def field_names(samples: Sequence[Any]) -> list[str]:
    """Return the names of all fields of some samples, in the order of their first appearance."""
    return list(dict.fromkeys(name for sample in samples for name in _names(sample)))


def _names(sample: Any) -> list[str]:
    if dataclasses.is_dataclass(sample):
        return [field.name for field in dataclasses.fields(sample)]
    if isinstance(sample, Mapping) or hasattr(sample, "keys"):
        return [str(key) for key in sample.keys()]  # noqa: SIM118 - DictSample is no Mapping
    return ["value"]


def _value(sample: Any, name: str) -> Any:
    if dataclasses.is_dataclass(sample):
        return getattr(sample, name, None)
    if not hasattr(sample, "keys"):
        return sample
    try:
        return sample[name]
    except (KeyError, AttributeError):
        return None


def _row(sample: Any, names: Sequence[str], side: int) -> tuple[Cell, ...]:
    if not isinstance(sample, Broken):
        return tuple(_cell(sample, name, side) for name in names)
    return Cell("fault", one_line(sample.why, 300)), *(_NOTHING for _ in names[1:])


def _cell(sample: Any, name: str, side: int) -> Cell:
    try:
        return cell_of(_value(sample, name), side=side)
    except Exception as error:  # noqa: BLE001 - one value that cannot be shown hides no other
        return fault(error)


def _column(name: str, cells: Sequence[Cell]) -> Column:
    present = [cell for cell in cells if cell is not MISSING]
    types = list(dict.fromkeys(cell.type for cell in present if cell.type))
    numeric = bool(present) and all(cell.kind in _NUMERIC for cell in present)
    return Column(
        name=one_line(name, LABEL),
        type=_common(types),
        note=_note(cells, present),
        numeric=numeric and any(cell.kind == "number" for cell in present),
        histogram=_histogram(present) if numeric else None,
    )


def _note(cells: Sequence[Cell], present: Sequence[Cell]) -> str:
    missing = len(cells) - len(present)
    if missing or not present:
        return f"{missing:,} missing"
    texts = {cell.text for cell in present}
    if len(present) > 1 and len(texts) == 1 and present[0].kind in ("number", "text", "bool"):
        return f"all {one_line(present[0].text, 20)}"
    lows = [cell.low for cell in present if cell.low is not None and isfinite(cell.low)]
    highs = [cell.high for cell in present if cell.high is not None and isfinite(cell.high)]
    if present[0].kind == "bool" or not (lows and highs):
        return ""
    return span(min(lows), max(highs))


def _common(types: Sequence[str]) -> str:
    if len(types) <= 1:
        return "".join(types)
    # Arrays that differ in shape alone: "float32 3" and "float32 5" have float32 in common.
    heads = list(dict.fromkeys(text.partition(" ")[0] for text in types))
    return f"{heads[0]}, shapes differ" if len(heads) == 1 else ", ".join(heads[:3])


def _histogram(cells: Sequence[Cell]) -> Histogram | None:
    import numpy as np

    places = [cell.low for cell in cells if cell.low is not None]
    numbers = np.array([place for place in places if isfinite(place)])
    if numbers.size == 0 or numbers.min() == numbers.max():
        return None
    low, high = float(numbers.min()), float(numbers.max())
    if not np.isfinite(high - low):
        return None
    whole = bool((numbers == np.floor(numbers)).all())
    # A bar for each of a few whole numbers, or some bars would stay empty for no reason.
    bins = int(high - low) + 1 if whole and high - low < _BINS else _BINS
    counts, _ = np.histogram(numbers, bins=bins)
    return Histogram(tuple(int(n) for n in counts), number(low), number(high))
