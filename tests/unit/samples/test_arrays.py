"""Arrays of every dtype, order and shape go out as .npy 1.0 and come back; nothing is unpickled."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of

from atdata_nb.errors import ArrayFormatError
from atdata_nb.samples import array_to_bytes, bytes_to_array

DTYPES = st.one_of(
    arrays_of.scalar_dtypes(),
    arrays_of.unicode_string_dtypes(max_len=5),
    arrays_of.byte_string_dtypes(max_len=5),
    st.sampled_from(["i4,f8,?", "U3,(2,)f4", "M8[s],S4"]).map(np.dtype),
)
ARRAYS = arrays_of.arrays(DTYPES, arrays_of.array_shapes(min_dims=0, max_dims=4, min_side=0))


def same(a: np.ndarray[Any, Any], b: np.ndarray[Any, Any]) -> bool:
    return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()


@given(ARRAYS, st.booleans(), st.booleans())
def test_every_array_comes_back_as_it_was(
    array: np.ndarray[Any, Any],
    fortran: bool,  # noqa: FBT001
    strided: bool,  # noqa: FBT001
) -> None:
    if fortran:
        array = np.asfortranarray(array)
    if strided and array.ndim:
        array = array[::-2]
    data = array_to_bytes(array)
    assert same(bytes_to_array(data), array)
    # What numpy itself reads of it, and what we read of numpy's own.
    assert same(np.load(io.BytesIO(data), allow_pickle=False), array)
    theirs = io.BytesIO()
    np.save(theirs, array, allow_pickle=False)
    assert same(bytes_to_array(theirs.getvalue()), array)


@given(ARRAYS)
def test_the_version_written_is_the_one_that_every_reader_reads(
    array: np.ndarray[Any, Any],
) -> None:
    assert array_to_bytes(array)[:8] == b"\x93NUMPY\x01\x00"


def compact(array: np.ndarray[Any, Any]) -> bytes:
    name = array.dtype.str.encode()
    axes = b"".join(axis.to_bytes(8, "little") for axis in array.shape)
    return bytes([len(name)]) + name + bytes([array.ndim]) + axes + array.tobytes("C")


@given(arrays_of.arrays(arrays_of.scalar_dtypes(), arrays_of.array_shapes(min_dims=0, min_side=0)))
def test_the_newer_package_s_compact_form_reads(array: np.ndarray[Any, Any]) -> None:
    assert same(bytes_to_array(compact(array)), array)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("033c6638000000000000001440", np.array(5.0)),
        ("033c66340200000000000000000300000000000000", np.zeros((0, 3), np.float32)),
        ("033e69320101000000000000000001", np.array([1], ">i2")),
        (
            "033c6938010300000000000000010000000000000002000000000000000300000000000000",
            np.array([1, 2, 3]),
        ),
    ],
)
def test_known_bytes_of_the_compact_form(text: str, expected: np.ndarray[Any, Any]) -> None:
    assert same(bytes_to_array(bytes.fromhex(text)), expected)


def test_special_values_keep_every_bit() -> None:
    special = np.array([np.nan, -np.nan, np.inf, -np.inf, -0.0, 5e-324])
    assert bytes_to_array(array_to_bytes(special)).tobytes() == special.tobytes()
    days = np.array(["2026-11-22", "NaT"], "M8[D]")
    assert same(bytes_to_array(array_to_bytes(days)), days)


def test_structured_arrays_keep_their_fields() -> None:
    dtype = np.dtype([("xy", "<f4", (2,)), ("name", "<U3"), ("flag", "?")], align=True)
    array = np.zeros(3, dtype)
    array["name"] = ["a", "bc", "日本"]
    assert same(bytes_to_array(array_to_bytes(array)), array)


@pytest.mark.parametrize(
    "array",
    [
        np.array([{}, None], object),
        np.array([("a", None)], [("n", "<U1"), ("o", object)]),
        np.ma.masked_array([1.0, 2.0], [True, False]),
        np.ma.masked_array([1.0, 2.0]),
        np.zeros(1, [("Ā", "f4")]),
        np.zeros(1, [(f"{i:x<99}", "f4") for i in range(800)]),
    ],
    ids=[
        "objects",
        "objects in a structure",
        "masked",
        "masked, nothing hidden",
        "odd names",
        "many names",
    ],
)
def test_what_has_no_safe_form_is_refused(array: np.ndarray[Any, Any]) -> None:
    """TRAPS C27."""
    with pytest.raises(ArrayFormatError):
        array_to_bytes(array)


def test_a_view_shares_the_bytes_it_came_from() -> None:
    data = array_to_bytes(np.arange(1000.0))
    assert np.shares_memory(bytes_to_array(data), np.frombuffer(data, np.uint8))
    assert not bytes_to_array(data).flags.writeable


@given(st.binary(max_size=200))
def test_bytes_are_an_array_or_an_error(data: bytes) -> None:
    for start in (b"", b"\x93NUMPY\x01\x00", b"\x93NUMPY\x02\x00", b"\x03<f4"):
        try:
            array = bytes_to_array(start + data)
        except ArrayFormatError:
            continue
        assert array.nbytes <= len(start + data)
