"""Whether a value of one field's type may stand in another field."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from atdata_nb.lenses.compatible import is_value, may_stand
from atdata_nb.samples import TypeSpec, packable


@packable
class Inner:
    a: int


@packable
class Other:
    a: int


F32 = np.dtype("f4")
ANY = TypeSpec("any", optional=True)
ARRAY = TypeSpec("ndarray")
ROWS = TypeSpec("ndarray", dtype=F32, shape=(None, 3))
FOUR = TypeSpec("ndarray", dtype=F32, shape=(4, 3))
INT = TypeSpec("int")


@pytest.mark.parametrize(
    ("given", "wanted", "may"),
    [
        (INT, INT, True),
        (INT, TypeSpec("float"), False),
        (INT, ANY, True),
        (ANY, INT, False),
        (FOUR, ROWS, True),
        (ROWS, FOUR, False),
        (ROWS, ARRAY, True),
        (ARRAY, ROWS, False),
        (TypeSpec("list", items=INT), TypeSpec("list", items=ANY), True),
        (TypeSpec("list", items=INT), TypeSpec("list", items=TypeSpec("str")), False),
        (TypeSpec("list", items=INT), TypeSpec("dict", items=INT), False),
        (TypeSpec("packable", sample_type=Inner), TypeSpec("packable", sample_type=Inner), True),
        (TypeSpec("packable", sample_type=Inner), TypeSpec("packable", sample_type=Other), False),
    ],
)
def test_types(given: TypeSpec, wanted: TypeSpec, may: bool) -> None:  # noqa: FBT001
    assert may_stand(given, wanted) is may


@pytest.mark.parametrize(
    ("value", "spec", "fits"),
    [
        (1, INT, True),
        (True, INT, False),
        (1, TypeSpec("float"), True),
        (None, INT, False),
        (None, ANY, True),
        (None, TypeSpec("int", optional=True), True),
        (np.zeros((4, 3), "f4"), FOUR, True),
        (np.zeros((5, 3), "f4"), FOUR, False),
        (np.zeros((4, 3)), FOUR, False),
        ([1, 2], TypeSpec("list", items=INT), True),
        ([1, "2"], TypeSpec("list", items=INT), False),
        ({"k": 1}, TypeSpec("dict", items=INT), True),
        (Inner(1), TypeSpec("packable", sample_type=Inner), True),
        (Other(1), TypeSpec("packable", sample_type=Inner), False),
        (b"", TypeSpec("bytes"), True),
        ("", TypeSpec("bytes"), False),
    ],
)
def test_values(value: Any, spec: TypeSpec, fits: bool) -> None:  # noqa: FBT001
    assert is_value(value, spec) is fits
