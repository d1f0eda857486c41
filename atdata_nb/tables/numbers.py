"""Numbers: count, range, mean, deviation and histogram of numbers, in one pass, mergeable."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

import numpy as np

Floats: TypeAlias = np.ndarray[Any, np.dtype[np.float64]]

MAX_BINS: Final = 64
# Bits of a float64's significand: floor(x / width) stays an exact integer.
_BITS: Final = 53
# The smallest float64 is two to this power.
_SMALLEST: Final = -1074


@dataclass(slots=True)
class Numbers:
    """What is known of numbers that came by.

    Bins are multiples of a power of two, the smallest one that covers the whole range with at most
    64 of them. So histograms of two parts merge exactly, and in any order.

    Attributes:
        count: numbers that are not NaN.
        nan: numbers that are.
        infinite: infinite ones; they count for the range only.
        low: smallest, None where there is none.
        high: largest.
        mean: mean of the finite ones.
        squares: sum of their squared differences from the mean.
        exponent: width of a bin, as a power of two.
        bins: count of numbers by number of the bin.

    Example:
        >>> numbers = Numbers()
        >>> numbers.add(np.array([1, 2, 3, 10]))
        >>> numbers.low, numbers.high, numbers.mean, round(numbers.std, 3)
        (1, 10, 4.0, 3.536)
    """

    count: int = 0
    nan: int = 0
    infinite: int = 0
    low: int | float | None = None
    high: int | float | None = None
    mean: float = 0.0
    squares: float = 0.0
    exponent: int = 0
    bins: dict[int, int] = field(default_factory=dict)

    @property
    def finite(self) -> int:
        """How many finite numbers there are."""
        return self.count - self.infinite

    @property
    def std(self) -> float:
        """Standard deviation of the finite numbers (of all, not of a sample of them)."""
        return math.sqrt(self.squares / self.finite) if self.finite else math.nan

    def histogram(self) -> list[tuple[float, float, int]]:
        """Return ``(from, to, count)`` of each bin from the lowest to the highest."""
        if not self.bins:
            return []
        numbers = range(min(self.bins), max(self.bins) + 1)
        width = self.exponent
        return [(_edge(i, width), _edge(i + 1, width), self.bins.get(i, 0)) for i in numbers]

    def add(self, values: Any) -> None:
        """Take in an array of integers, floats or booleans, of any shape."""
        flat = np.asarray(values).reshape(-1)
        if flat.dtype.kind == "f":
            flat = flat.astype(np.float64, copy=False)
            known = flat[~np.isnan(flat)]
        else:
            known = flat.astype(np.uint8) if flat.dtype.kind == "b" else flat
        part = Numbers(count=len(known), nan=len(flat) - len(known))
        if len(known):
            part.low, part.high = known.min().item(), known.max().item()
            if known.dtype.itemsize == 1:
                part._measure_bytes(known)
            else:
                part._measure(known.astype(np.float64, copy=False))
        self.merge(part)

    def _measure(self, known: Floats) -> None:
        finite = known[np.isfinite(known)]
        self.infinite = len(known) - len(finite)
        if not len(finite):
            return
        # In parts of the largest, so that a sum of huge numbers stays finite.
        scale = math.frexp(float(np.abs(finite).max()))[1]
        scaled = np.ldexp(finite, -scale)
        mean = float(scaled.mean())
        self.mean = math.ldexp(mean, scale)
        self.squares = _ldexp(float(np.square(scaled - mean).sum()), 2 * scale)
        self.exponent = _exponent(float(finite.min()), float(finite.max()))
        places = np.floor(np.ldexp(finite, -self.exponent))
        # What is too small for a float64 at this scale is still below zero.
        places[(finite < 0) & (places == 0)] = -1
        first = places.min()
        counts = np.bincount((places - first).astype(np.intp)).tolist()
        self.bins = {int(first) + i: count for i, count in enumerate(counts) if count}

    def _measure_bytes(self, known: Any) -> None:
        # Of pictures: there are 256 values at most, so how often each comes says it all.
        counts = np.bincount(known.view(np.uint8), minlength=256).tolist()
        values = np.arange(256, dtype=np.uint8).view(known.dtype).tolist()
        pairs = [(value, count) for value, count in zip(values, counts, strict=True) if count]
        total = sum(value * count for value, count in pairs)
        self.mean = total / len(known)
        squares = sum(value * value * count for value, count in pairs)
        self.squares = (len(known) * squares - total * total) / len(known)
        self.exponent = _exponent(min(pairs)[0], max(pairs)[0])
        for value, count in pairs:
            place = _bin(value, self.exponent)
            self.bins[place] = self.bins.get(place, 0) + count

    def merge(self, other: Numbers) -> None:
        """Take in what is known of other numbers."""
        self._merge_moments(other)
        self._merge_bins(other)
        self.count += other.count
        self.nan += other.nan
        self.infinite += other.infinite
        lows = [low for low in (self.low, other.low) if low is not None]
        highs = [high for high in (self.high, other.high) if high is not None]
        self.low, self.high = min(lows, default=None), max(highs, default=None)

    def _merge_moments(self, other: Numbers) -> None:
        # Chan, Golub, LeVeque: Updating formulae and a pairwise algorithm for sample variances.
        mine, theirs = self.finite, other.finite
        if not theirs:
            return
        share = theirs / (mine + theirs)
        step = other.mean - self.mean if mine else 0.0
        self.squares += other.squares + step * step * mine * share
        self.mean = self.mean * (1 - share) + other.mean * share if mine else other.mean

    def _merge_bins(self, other: Numbers) -> None:
        if not self.bins or not other.bins:
            self.bins, self.exponent = (
                (dict(other.bins), other.exponent) if other.bins else (self.bins, self.exponent)
            )
            return
        exponent = max(self.exponent, other.exponent)
        while True:
            both = _widened(self.bins, exponent - self.exponent)
            for i, count in _widened(other.bins, exponent - other.exponent).items():
                both[i] = both.get(i, 0) + count
            if max(both) - min(both) < MAX_BINS:
                break
            exponent += _steps(max(both) - min(both))
        self.bins, self.exponent = both, exponent


def _widened(bins: dict[int, int], steps: int) -> dict[int, int]:
    out: dict[int, int] = {}
    for i, count in bins.items():
        out[i >> steps] = out.get(i >> steps, 0) + count
    return out


def _exponent(low: float, high: float) -> int:
    """Return the smallest power of two that covers a range with MAX_BINS bins."""
    largest = max(abs(low), abs(high))
    found = max(math.frexp(largest)[1] - _BITS, _SMALLEST) if largest else _SMALLEST
    while (bins := _bin(high, found) - _bin(low, found)) >= MAX_BINS:
        found += _steps(bins)
    return found


def _bin(value: float, exponent: int) -> int:
    place = math.floor(math.ldexp(value, -exponent))
    return -1 if value < 0 and not place else place


def _steps(bins: int) -> int:
    """Return how often a width can be doubled for sure before there are few enough bins."""
    return max(1, bins.bit_length() - MAX_BINS.bit_length())


def _edge(i: int, exponent: int) -> float:
    try:
        return math.ldexp(i, exponent)
    except OverflowError:
        return math.copysign(math.inf, i)


def _ldexp(value: float, exponent: int) -> float:
    try:
        return math.ldexp(value, exponent)
    except OverflowError:
        return math.inf
