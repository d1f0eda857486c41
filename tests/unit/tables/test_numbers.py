from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from atdata_nb.tables.numbers import MAX_BINS, Numbers

FLOATS = st.lists(st.floats(allow_nan=True, allow_infinity=True), max_size=20)


def numbers_of(*parts: list[float]) -> Numbers:
    found = Numbers()
    for part in parts:
        found.add(np.array(part, np.float64))
    return found


def test_moments_and_range_are_those_of_numpy() -> None:
    values = np.random.default_rng(0).normal(5, 2, 1000)
    found = numbers_of(values[:1].tolist(), values[1:400].tolist(), [], values[400:].tolist())
    assert (found.count, found.low, found.high) == (1000, values.min(), values.max())
    assert found.mean == pytest.approx(values.mean())
    assert found.std == pytest.approx(values.std())


def test_nan_and_infinity_are_counted_apart() -> None:
    found = numbers_of([1.0, math.nan, math.inf, 3.0])
    assert (found.count, found.nan, found.infinite, found.finite) == (3, 1, 1, 2)
    assert (found.low, found.high, found.mean, found.std) == (1.0, math.inf, 2.0, 1.0)
    assert sum(count for _, _, count in found.histogram()) == 2


def test_integers_keep_their_exact_range() -> None:
    found = Numbers()
    found.add(np.array([(1 << 64) - 1, 3], np.uint64))
    assert (found.low, found.high) == (3, (1 << 64) - 1)


def test_nothing_has_no_mean_and_no_histogram() -> None:
    found = numbers_of([])
    assert (found.count, found.low, found.histogram()) == (0, None, [])
    assert math.isnan(found.std)


def test_a_histogram_counts_each_number_between_its_edges() -> None:
    found = numbers_of([0.0, 0.5, 1.0, 63.0])
    bins = found.histogram()
    assert bins[0] == (0.0, 1.0, 2)
    assert bins[1] == (1.0, 2.0, 1)
    assert bins[-1] == (63.0, 64.0, 1)
    assert numbers_of([7.0, 7.0]).histogram()[0][0] == 7.0


def test_huge_numbers_do_not_overflow() -> None:
    top = float(np.finfo(np.float64).max)
    found = numbers_of([top, -top], [top])
    assert sum(found.bins.values()) == 3
    assert found.mean == pytest.approx(top / 3)


@given(FLOATS, FLOATS, FLOATS)
def test_a_histogram_is_the_same_in_any_order_and_division(
    a: list[float], b: list[float], c: list[float]
) -> None:
    whole = numbers_of(a + b + c)
    for parts in ((a, b, c), (c, b, a), (b, c, a)):
        other = numbers_of(*parts)
        assert other.histogram() == whole.histogram()
        assert (other.count, other.nan, other.low, other.high) == (
            whole.count,
            whole.nan,
            whole.low,
            whole.high,
        )


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=20))
def test_a_histogram_covers_all_numbers_with_few_bins(values: list[float]) -> None:
    bins = numbers_of(values).histogram()
    assert len(bins) <= MAX_BINS
    assert sum(count for _, _, count in bins) == len(values)
    for low, high, count in bins:
        assert count == sum(low <= value < high for value in values)
    assert all(left[1] == right[0] for left, right in pairwise(bins))
