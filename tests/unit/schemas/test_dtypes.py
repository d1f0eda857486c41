"""Dtypes keep their text, and no text is taken for a dtype by a part of it."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from atdata_nb.errors import SchemaError
from atdata_nb.schemas.dtypes import canonical_dtype, dtype_text, parse_dtype

scalars = hnp.scalar_dtypes() | hnp.byte_string_dtypes() | hnp.unicode_string_dtypes()
dtypes = scalars | hnp.array_dtypes(scalars, max_size=3).filter(lambda dtype: dtype.names)


@given(dtypes)
def test_every_dtype_is_spelled_and_read_back(dtype: np.dtype) -> None:
    text = dtype_text(dtype)
    assert parse_dtype(text) == dtype
    assert canonical_dtype(text) == text


@pytest.mark.parametrize("name", ["bool", "int8", "uint8", "uint16", "uint32", "uint64", "float16"])
def test_an_unsigned_type_stays_unsigned(name: str) -> None:
    """TRAPS C10."""
    assert dtype_text(np.dtype(name)) == name
    assert parse_dtype(name) == np.dtype(name)


@pytest.mark.parametrize(
    ("dtype", "text"),
    [
        (np.dtype(">f4"), ">f4"),
        (np.dtype("U5"), "<U5"),
        (np.dtype("S3"), "|S3"),
        (np.dtype("M8[ns]"), "<M8[ns]"),
        (np.dtype("V8"), "|V8"),
        (np.dtype([("x", "f4"), ("y", "u1", (2,))]), '[["x", "<f4"], ["y", "|u1", [2]]]'),
    ],
)
def test_rarer_types_keep_byte_order_width_and_structure(dtype: np.dtype, text: str) -> None:
    assert dtype_text(dtype) == text
    assert parse_dtype(text) == dtype


def test_padding_between_members_is_kept() -> None:
    dtype = np.dtype([("a", "u1"), ("b", "f8")], align=True)
    assert parse_dtype(dtype_text(dtype)).fields["b"][1] == 8


@pytest.mark.parametrize(
    "text",
    [
        "O",
        "object",
        "f4,i8",
        "T",
        "a5",
        "{'a': 1}",
        "[" * 5000,
        "[1]",
        "uint8 ",
        "Float32",
        "int8x",
        "my_uint8_thing",
        '[["a", "O"]]',
        '[["a", "f4"], ["a", "f4"]]',
        "float32\n",
        '[["a", "f4", [99999999999999]]]',
        "V9999999999",
        "M8[foo]",
        "",
        '[["a", ["f4"]]]',
        '[["a", "f4", [-1]]]',
        '[["a", "f4", 2, 3]]',
        '{"a": "f4"}',
        "x" * 20000,
        4,
        None,
        f'[["a", "f4", [{1 << 30}, 2]]]',
        "[" + '["a", [' * 20 + "]]" * 20 + "]",
    ],
)
def test_what_is_no_dtype_is_refused(text: object) -> None:
    with pytest.raises(SchemaError, match="dtype"):
        parse_dtype(text)


def test_arrays_of_objects_have_no_text() -> None:
    with pytest.raises(SchemaError, match="pickle"):
        dtype_text(np.dtype(object))


def test_members_that_overlap_have_no_text() -> None:
    dtype = np.dtype({"names": ["a", "b"], "formats": ["<i4", "u1"], "offsets": [0, 0]})
    with pytest.raises(SchemaError, match="overlapping"):
        dtype_text(dtype)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4) | st.sampled_from(["f4", "u1"]),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=10,
)


@given(st.text() | json_values.map(json.dumps))
def test_no_text_makes_anything_but_a_dtype_or_its_error(text: str) -> None:
    try:
        dtype = parse_dtype(text)
    except SchemaError:
        return
    assert not dtype.hasobject
