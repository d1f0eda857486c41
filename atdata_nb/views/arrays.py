"""Arrays in a table cell: dtype, shape, range and a tiny curve."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from atdata_nb.views.amounts import number, shaped
from atdata_nb.views.text import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

POINTS = 96
_BLOCKS = "▁▂▃▄▅▆▇█"
# Beyond this many elements the range and the curve are read from evenly spaced ones.
_READ = 1_000_000


@dataclass(frozen=True, slots=True)
class ArrayFacts:
    """What a cell says of an array.

    Attributes:
        kind: dtype and shape.
        span: smallest and largest finite value in words, or empty where there is none.
        low: the smallest of them.
        high: the largest of them.
        curve: at most ``POINTS`` heights within [0, 1]; empty where there is nothing to draw.
    """

    kind: str
    span: str
    curve: tuple[float, ...] = ()
    low: float | None = None
    high: float | None = None


def array_facts(array: NDArray[Any]) -> ArrayFacts:
    """Return an array's facts, after reading at most a million of its elements.

    >>> import numpy as np
    >>> array_facts(np.array([0.0, 1.0, 3.0], np.float32)).span
    '0 … 3'
    """
    import numpy as np

    kind = array_kind(array)
    if array.dtype.kind not in "biuf" or array.size == 0:
        return ArrayFacts(kind, "")
    # A flat view where there is one: ravel() of a transposed array would copy it whole.
    flat = array.reshape(-1) if array.flags.c_contiguous else array.flat[:_READ]
    values = flat[:: max(1, array.size // _READ)].astype(np.float64)
    finite = values[np.isfinite(values)]
    if finite.size == 0:
        return ArrayFacts(kind, "no finite value")
    low, high = float(finite.min()), float(finite.max())
    return ArrayFacts(kind, span(low, high), _curve(values, low, high), low, high)


def array_kind(array: NDArray[Any]) -> str:
    """Return dtype and shape, e.g. ``float32 64×64×3``."""
    return f"{one_line(str(array.dtype), 40)} {shaped(array.shape)}"


def blocks(curve: Sequence[float], width: int = 16) -> str:
    """Return a curve as text, for pages that show no pictures.

    >>> blocks((0.0, 0.5, 1.0))
    '▁▄█'
    """
    step = max(1.0, len(curve) / width)
    picked = [curve[int(i * step)] for i in range(min(width, len(curve)))]
    return "".join(_BLOCKS[round(height * (len(_BLOCKS) - 1) - 0.01)] for height in picked)


def span(low: float, high: float) -> str:
    """Return the smallest and largest value in words.

    >>> span(0.0, 16.0)
    '0 … 16'
    """
    return f"{number(low)} … {number(high)}"


def _curve(values: NDArray[Any], low: float, high: float) -> tuple[float, ...]:
    import numpy as np

    if values.size < 2:  # noqa: PLR2004 - one point is no curve
        return ()
    middle = float(np.nanmean(np.where(np.isfinite(values), values, np.nan)))
    values = np.where(np.isfinite(values), values, middle)
    if values.size > POINTS:
        # Both extremes of each part, so that a sound keeps its outline where a mean would be 0.
        parts = np.array_split(values, POINTS // 2)
        values = np.array([extreme for part in parts for extreme in (part.max(), part.min())])
    heights = (values - low) / ((high - low) or 1.0)
    return tuple(round(float(height), 3) for height in heights.clip(0, 1))
