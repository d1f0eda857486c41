"""Casts never give a value that means something else."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from atdata_nb.errors import LensError
from atdata_nb.lenses.casts import cast_value
from atdata_nb.samples.packable import same_value


@pytest.mark.parametrize(
    ("value", "to", "wanted"),
    [
        (3, "float", 3.0),
        (3.0, "int", 3),
        ("12", "int", 12),
        ("0.5", "float", 0.5),
        (0.1, "str", "0.1"),
        (True, "str", "true"),
        ("false", "bool", False),
        (1, "bool", True),
        (True, "int", 1),
        (None, "int", None),
        (np.float32(0.5), "float", 0.5),
        (np.array([1.0, 2.0]), "int8", np.array([1, 2], np.int8)),
        (np.array([1 / 3]), "float32", np.array([1 / 3], np.float32)),
        (np.array([1, 0]), "bool", np.array([True, False])),
        (np.array([np.nan, 1.0]), "float16", np.array([np.nan, 1.0], np.float16)),
    ],
)
def test_a_value_is_cast(value: Any, to: str, wanted: Any) -> None:
    made = cast_value(value, to, "f")
    assert type(made) is type(wanted)
    assert same_value(made, wanted)


@pytest.mark.parametrize(
    ("value", "to"),
    [
        (2.5, "int"),
        ("two", "int"),
        ("9" * 500, "int"),
        (float("nan"), "int"),
        (2**53 + 1, "float"),
        (10**400, "float"),
        (2, "bool"),
        ("yes", "bool"),
        (b"1", "int"),
        ([1], "str"),
        (1, "bytes"),
        (np.array([300]), "uint8"),
        (np.array([-1]), "uint64"),
        (np.array([2**63], np.uint64), "int64"),
        (np.array([np.nan]), "int32"),
        (np.array([0.5]), "int32"),
        (np.array([1j]), "float64"),
        (np.array([1]), "object"),
        (np.array(["a"]), "int8"),
        (np.array(["2020"], "M8[Y]"), "int64"),
    ],
)
def test_a_value_without_an_equal_is_refused(value: Any, to: str) -> None:
    with pytest.raises(LensError, match=r"^f[: ]"):
        cast_value(value, to, "f")
