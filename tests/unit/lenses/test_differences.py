"""The first difference of two samples."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from atdata_nb.lenses.differences import first_difference
from atdata_nb.samples import DictSample, packable


@packable
class Point:
    xy: np.ndarray


@packable
class Shape:
    corners: list[Point]
    name: str


def shape(*last: float) -> Shape:
    return Shape([Point(np.zeros(2)), Point(np.array(last, float))], "s")


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (shape(1, 2), shape(1, 2)),
        (np.array([np.nan, 1]), np.array([np.nan, 1])),
        (float("nan"), float("nan")),
        (np.array(["NaT"], "M8[s]"), np.array(["NaT"], "M8[s]")),
        (DictSample(a=[1, {"b": None}]), DictSample(a=[1, {"b": None}])),
        (np.array(3), np.array(3)),
        ({}, {}),
    ],
)
def test_the_same_values_have_none(left: Any, right: Any) -> None:
    assert first_difference(left, right) is None


@pytest.mark.parametrize(
    ("left", "right", "text"),
    [
        (shape(1, 2), shape(1, 3), "corners[1].xy[1]: 2.0 ≠ 3.0"),
        (np.zeros(2), np.zeros(3), "<float64 2> ≠ <float64 3>"),
        (np.zeros(2, "i4"), np.zeros(2, "i8"), "<int32 2> ≠ <int64 2>"),
        (np.zeros((2, 2)), np.eye(2), "[0, 0]: 0.0 ≠ 1.0"),
        (np.array(3), np.array(4), "3 ≠ 4"),
        (1, 1.0, "1 (int) ≠ 1.0 (float)"),
        (True, 1, "True (bool) ≠ 1 (int)"),
        ({"a": 1}, {}, "a: 1 (int) ≠ nothing"),
        ([1, 2], [1], "[1]: 2 (int) ≠ nothing"),
        (DictSample(a=1), DictSample(a=2), "a: 1 (int) ≠ 2 (int)"),
        ("a", None, "'a' (str) ≠ None (NoneType)"),
    ],
)
def test_the_first_difference_is_named_by_its_path(left: Any, right: Any, text: str) -> None:
    assert str(first_difference(left, right)) == text
