from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra import numpy as hnp

from atdata_nb.views.arrays import POINTS, array_facts, blocks


@given(hnp.arrays(hnp.scalar_dtypes(), hnp.array_shapes(min_dims=0, min_side=0, max_side=6)))
def test_any_array_has_facts(array: np.ndarray[Any, Any]) -> None:
    facts = array_facts(array)
    assert all(0 <= height <= 1 for height in facts.curve)
    assert len(facts.curve) <= POINTS


def test_the_peaks_of_a_sound_survive() -> None:
    sound = np.zeros(44_100, np.float32)
    sound[20_000], sound[20_001] = 1, -1
    curve = array_facts(sound).curve
    assert (max(curve), min(curve)) == (1, 0)


def test_values_that_are_not_finite_do_not_hide_the_others() -> None:
    assert array_facts(np.array([np.nan, 1, np.inf, 3])).span == "1 … 3"
    assert array_facts(np.array([np.nan, np.nan])).span == "no finite value"


@pytest.mark.parametrize("array", [np.array(["a"]), np.array([], np.float32), np.array([1j])])
def test_what_has_no_curve_still_has_dtype_and_shape(array: np.ndarray[Any, Any]) -> None:
    facts = array_facts(array)
    assert facts.curve == ()
    assert facts.kind.startswith(str(array.dtype))


def test_a_curve_can_be_read_as_text() -> None:
    assert blocks(array_facts(np.arange(8)).curve) == "▁▂▃▄▅▆▇█"
