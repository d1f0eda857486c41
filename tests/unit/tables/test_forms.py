from __future__ import annotations

from functools import reduce
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from atdata_nb.samples import TypeSpec
from atdata_nb.tables.forms import INT64, NULL, Form, form_of_array, join, survey

F4 = np.dtype(np.float32)


def kind_of(*arrays: np.ndarray | None) -> str:
    return survey(list(arrays), TypeSpec("ndarray", optional=True)).kind


def test_arrays_of_one_shape_are_a_tensor() -> None:
    form = survey([np.zeros((2, 3), F4), np.ones((2, 3), F4)], TypeSpec("ndarray"))
    assert form == Form("tensor", dtype=F4, shape=(2, 3), ndim=2)


def test_missing_arrays_do_not_change_the_shape_of_the_others() -> None:
    assert kind_of(None, np.zeros(3), None) == "tensor"
    assert kind_of(None, None) == "unseen"


def test_arrays_with_equally_many_axes_are_lists_in_lists() -> None:
    assert kind_of(np.zeros((2, 3)), np.zeros((5, 1))) == "nested"
    assert kind_of(np.zeros(2), np.zeros(0)) == "nested"
    assert kind_of(np.array(["a", "bc"]), np.array(["long text"])) == "nested"


def test_arrays_that_lists_would_lose_something_of_keep_their_shape_and_dtype() -> None:
    assert kind_of(np.zeros(2), np.zeros((2, 1))) == "array"
    assert kind_of(np.zeros(2, np.int8), np.zeros(2, np.int16)) == "array"
    assert kind_of(np.zeros((0, 3))) == "array"
    assert kind_of(np.zeros((3, 0))) == "nested"
    assert kind_of(np.zeros(2, np.complex64)) == "array"
    assert kind_of(np.zeros(2, np.longdouble)) == "array"
    assert kind_of(np.zeros(2, [("a", "i4")])) == "array"
    assert kind_of(np.zeros(2, "M8[Y]")) == "array"
    assert kind_of(np.zeros(2, "M8[10us]")) == "array"
    assert kind_of(np.array(np.datetime64("2020-01-01", "s"))) == "array"


def test_byte_order_is_no_difference() -> None:
    assert kind_of(np.zeros(2, ">f4"), np.zeros(2, "<f4")) == "tensor"


def test_a_declared_shape_decides_where_there_is_no_array() -> None:
    spec = TypeSpec("ndarray", dtype=F4, shape=(8, 8))
    assert survey([], spec) == Form("tensor", dtype=F4, shape=(8, 8), ndim=2)
    assert survey([], TypeSpec("ndarray", dtype=F4, shape=(8, None))).kind == "unseen"


def test_arrays_that_break_their_declared_shape_still_have_a_form() -> None:
    spec = TypeSpec("ndarray", dtype=F4, shape=(8, 8))
    assert survey([np.zeros((8, 4), F4)], spec).kind == "nested"


def test_values_of_undeclared_fields_give_the_form() -> None:
    assert survey([1, None, 2]).kind == "int"
    assert survey([1, 2.5]).kind == "float"
    assert survey([(1 << 53) + 1, 2.5]).kind == "msgpack"
    assert survey([True, 1]).kind == "msgpack"
    assert survey(["a", b"a"]).kind == "msgpack"
    assert survey([{"a": 1}, {"a": 2}]).kind == "struct"
    assert survey([{"a": 1}, {"b": 2}]).kind == "map"
    assert survey([{1: 2}]).kind == "msgpack"
    assert survey([None]).kind == "null"


def test_integers_need_the_type_that_holds_the_largest() -> None:
    small, large = survey([1]), survey([INT64])
    assert not small.holds(large)
    assert large.holds(small)
    assert not large.holds(survey([-1]))
    assert small.holds(survey([-INT64]))


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-INT64, 2 * INT64 - 1),
    st.floats(),
    st.text(max_size=3),
    st.binary(max_size=3),
    st.lists(st.integers(0, 5), max_size=2),
    st.dictionaries(st.sampled_from("ab"), st.integers(0, 3), max_size=2),
    st.sampled_from([np.zeros(2), np.zeros(3), np.zeros((2, 2)), np.zeros(2, "i4")]),
)


@given(st.lists(VALUES, max_size=3))
def test_a_form_does_not_depend_on_the_order_of_blocks(values: list[object]) -> None:
    forms = [survey([value]) for value in values]
    whole = {reduce(join, order, NULL) for order in permutations(forms)}
    assert len(whole) == 1
    assert all(next(iter(whole)).holds(form) for form in forms)


@pytest.mark.parametrize("shape", [(2,), (0,), (2, 0), (0, 2), ()])
def test_a_form_joined_with_itself_stays(shape: tuple[int, ...]) -> None:
    form = form_of_array(F4, shape)
    assert join(form, form) == form
