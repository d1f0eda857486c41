"""Numbers: what the whole sample says of an array beyond its dtype and shape."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from atdata_nb.views.amounts import number
from atdata_nb.views.text import one_line

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Beyond this many elements, what is said is made from evenly spaced ones, and says so.
MOST_READ: Final = 2_000_000
POINTS: Final = 600
_BINS: Final = 48
_HEAD: Final = 32
_LOOKED: Final = 10_000


def numbers_wire(array: NDArray[Any]) -> dict[str, Any]:
    """Return facts, histogram, curve and first elements of an array.

    >>> import numpy as np
    >>> dict(numbers_wire(np.array([0.0, 2.0, np.nan]))["facts"])["mean"]
    '1'
    """
    answer: dict[str, Any] = {"facts": [], "histogram": None, "curve": [], "basis": ""}
    answer["head"] = _head(array)
    if array.size == 0 or array.dtype.kind not in "biuf":
        return answer
    import numpy as np

    values = thinned(array)
    if values.size < array.size:
        answer["basis"] = f"from {values.size:,} evenly spaced of {array.size:,} elements"
    values = values.astype(np.float64)
    finite = values[np.isfinite(values)]
    answer["facts"] = _facts(array, values, finite)
    if finite.size and finite.min() < finite.max():
        counts, edges = np.histogram(finite, min(_BINS, 1 + len(np.unique(finite[:_LOOKED]))))
        low, high = number(float(edges[0])), number(float(edges[-1]))
        answer["histogram"] = {"counts": counts.tolist(), "low": low, "high": high}
    if array.ndim == 1:
        answer["curve"] = envelope(values)
    return answer


def thinned(array: NDArray[Any]) -> NDArray[Any]:
    """Return at most some `MOST_READ` of an array's elements, evenly spaced."""
    # A flat view where there is one: ravel() of a transposed array would copy it whole.
    flat = array.reshape(-1) if array.flags.c_contiguous else array.T.reshape(-1)
    return flat[:: -(-array.size // MOST_READ)] if array.size > MOST_READ else flat


def envelope(values: NDArray[Any], points: int = POINTS) -> list[float]:
    """Return heights within [0, 1]: of few values each, of many the extremes of each stretch."""
    import numpy as np

    values = np.asarray(values, np.float64)
    finite = values[np.isfinite(values)]
    if values.size < 2 or not finite.size:  # noqa: PLR2004 - one point is no curve
        return []
    low, high = float(finite.min()), float(finite.max())
    values = np.where(np.isfinite(values), values, (low + high) / 2)
    if values.size > points:
        edges = np.linspace(0, values.size, points // 2, endpoint=False).astype(np.int64)
        tops, bottoms = np.maximum.reduceat(values, edges), np.minimum.reduceat(values, edges)
        values = np.stack([tops, bottoms], 1).reshape(-1)
    heights = (values - low) / ((high - low) or 1.0)
    return [round(float(height), 4) for height in heights]


def _facts(
    array: NDArray[Any], values: NDArray[Any], finite: NDArray[Any]
) -> list[tuple[str, str]]:
    import numpy as np

    facts: list[tuple[str, str]] = []
    if finite.size:
        facts = [
            ("min", number(float(finite.min()))),
            ("max", number(float(finite.max()))),
            ("mean", number(float(finite.mean()))),
            ("std", number(float(finite.std()))),
            ("median", number(float(np.median(finite)))),
            ("zeros", _share(int((values == 0).sum()), values.size)),
        ]
    if array.dtype.kind == "f":
        facts.append(("NaN", _share(int(np.isnan(values).sum()), values.size)))
        if endless := int(np.isinf(values).sum()):
            facts.append(("infinite", _share(endless, values.size)))
    return facts


def _share(count: int, total: int) -> str:
    if count in (0, total):
        return "none" if count == 0 else "all"
    return f"{count:,} ({100 * count / total:.2g} %)"


def _head(array: NDArray[Any]) -> str:
    shown = array.reshape(-1)[:_HEAD] if array.flags.c_contiguous else array.flat[:_HEAD]
    plain = array.dtype.kind in "biuf"
    texts = [number(v) if plain else one_line(str(v), 60) for v in shown.tolist()]
    return ", ".join(texts) + (", …" if array.size > len(texts) else "")
