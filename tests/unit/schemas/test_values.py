"""Defaults are plain data that JSON carries without loss."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from atdata_nb.errors import SchemaError
from atdata_nb.samples import packable
from atdata_nb.schemas.values import canonical, check_json, decode_value, encode_value, fresh, plain

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
arrays = st.sampled_from([np.zeros((2, 3), ">i2"), np.array(1.5), np.array([], "U3")])
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats()
    | text
    | st.binary(max_size=5)
    | arrays,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=8,
)


@given(values, st.booleans())
def test_every_default_survives_json(value: Any, floats: bool) -> None:  # noqa: FBT001
    written = json.loads(json.dumps(encode_value(value, floats=floats)))
    assert canonical(decode_value(written, "F.x")) == canonical(value)


@given(values)
def test_a_record_holds_no_float_and_no_large_integer(value: Any) -> None:
    def scan(data: Any) -> None:
        assert not isinstance(data, float)
        assert not isinstance(data, int) or abs(data) <= 2**53
        for part in (
            data.values() if isinstance(data, dict) else data if isinstance(data, list) else ()
        ):
            scan(part)

    scan(encode_value(value))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, True),
        (1, 1.0),
        (0.0, -0.0),
        ("a", b"a"),
        ([], {}),
        ([1], np.array([1])),
        (None, 0),
        (np.zeros(2, "f4"), np.zeros(2, "f8")),
        (np.zeros((1, 2)), np.zeros((2, 1))),
    ],
)
def test_values_that_differ_in_type_are_told_apart(one: Any, other: Any) -> None:
    assert canonical(one) != canonical(other)


def test_numpy_scalars_tuples_and_samples_become_plain() -> None:
    @packable
    class Point:
        x: int
        y: float = 0.5

    value = plain((np.float32(0.5), np.int64(2), np.str_("a"), bytearray(b"b"), Point(1)), "F.x")
    assert value == [0.5, 2, "a", b"b", {"x": 1, "y": 0.5}]
    assert [type(item) for item in value] == [float, int, str, bytes, dict]


def test_an_array_is_copied_and_locked() -> None:
    array = np.zeros(3)
    kept = plain(array, "F.x")
    array[0] = 7
    assert kept[0] == 0
    assert not kept.flags.writeable
    assert fresh(kept).flags.writeable


@pytest.mark.parametrize(
    "value",
    [
        object(),
        {1},
        2**64,
        1j,
        {1: 2},
        chr(0xD800),
        np.array([object()]),
        np.datetime64("2026"),
        b"x" * 2**21,
        np.ma.masked_array([1, 2], [0, 1]),
    ],
)
def test_what_a_schema_cannot_carry_is_refused(value: Any) -> None:
    with pytest.raises(SchemaError, match=r"F\.x"):
        plain([value], "F.x")


def test_a_default_without_end_is_refused() -> None:
    loop: list[Any] = []
    loop.append(loop)
    with pytest.raises(SchemaError, match="nested deeper"):
        plain(loop, "F.x")
    with pytest.raises(SchemaError, match="nested deeper"):
        decode_value(loop, "F.x")
    with pytest.raises(SchemaError, match="nested deeper"):
        check_json(loop, "F.x")


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"float": 1},
        {"float": "x"},
        {"int": "9" * 30},
        {"bytes": "*"},
        {"map": [[1, 2]]},
        {"map": {"a": 1}},
        {"map": [1]},
        {"a": 1, "b": 2},
        {"what": 1},
        {"ndarray": {}},
        {1: 2},
        {"ndarray": {"dtype": "f4", "shape": [3], "data": "AAAA"}},
        {"ndarray": {"dtype": "O", "shape": [0], "data": ""}},
        {"ndarray": {"dtype": "f4", "shape": [-1], "data": "AAAA"}},
    ],
)
def test_json_that_spells_no_default_is_refused(data: Any) -> None:
    with pytest.raises(SchemaError):
        decode_value(data, "F.x")
