from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from atdata_nb.errors import ComparisonError, ExpressionError
from atdata_nb.queries import parse
from atdata_nb.queries.expressions import And, Compare, Expression, In, Missing, Not, Or, Truth
from atdata_nb.queries.operands import OPERATORS, Field, Literal
from atdata_nb.samples import DictSample, packable

HUGE = 1 << 53
numbers = (
    st.integers(-3, 3)
    | st.integers(-(1 << 66), 1 << 66)
    | st.sampled_from([HUGE - 1, HUGE, HUGE + 1, -HUGE - 1, (1 << 63) - 1, 1 << 63])
    | st.sampled_from([0.5, -0.0, 1.0, float("inf"), float("-inf"), float(HUGE), 9.3e18])
    | st.floats(allow_nan=False)
)
cells: dict[str, st.SearchStrategy[Any]] = {
    "whole": st.integers(-(1 << 63), (1 << 63) - 1) | st.sampled_from([0, 1, HUGE, HUGE + 1]),
    "real": st.floats() | st.sampled_from([0.0, 0.5, float(HUGE)]),
    "any_number": numbers | st.just(float("nan")),
    "text": st.text("ab\x00é", max_size=3),
    "flag": st.booleans(),
}
columns = st.integers(1, 6).flatmap(
    lambda rows: st.fixed_dictionaries(
        {
            name: st.lists(values | st.none(), min_size=rows, max_size=rows)
            for name, values in cells.items()
        }
    )
)


def of_one(name: str, constants: st.SearchStrategy[Any]) -> st.SearchStrategy[Expression]:
    field = Field((name,))
    operators = st.sampled_from(OPERATORS if name != "flag" else ("==", "!="))
    literals = st.builds(Literal, constants)
    return st.one_of(
        st.builds(Compare, st.just(field), operators, literals),
        st.builds(Compare, literals, operators, st.just(field)),
        st.builds(In, st.just(field), st.lists(literals, min_size=1, max_size=3).map(tuple)),
        st.just(Missing(field)),
    )


number_fields = st.sampled_from(["whole", "real", "any_number"]).map(lambda name: Field((name,)))
conditions = st.recursive(
    st.one_of(
        *(of_one(name, numbers) for name in ("whole", "real", "any_number")),
        of_one("text", cells["text"]),
        of_one("flag", st.booleans()),
        st.just(Truth(Field(("flag",)))),
        st.sampled_from(["'a' in text", "startswith(text, 'a')", "endswith(text, 'b')"]).map(parse),
        st.builds(Compare, number_fields, st.sampled_from(OPERATORS), number_fields),
    ),
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.builds(And, st.tuples(inner, inner)),
        st.builds(Or, st.tuples(inner, inner)),
    ),
    max_leaves=5,
)


def rows_of(values: dict[str, list[Any]]) -> list[dict[str, Any]]:
    return [dict(zip(values, row, strict=True)) for row in zip(*values.values(), strict=True)]


@given(conditions, columns)
def test_a_mask_says_of_all_rows_what_matches_says_of_each(
    condition: Expression, values: dict[str, list[Any]]
) -> None:
    expected = [condition.matches(row) for row in rows_of(values)]
    assert condition.mask(values).tolist() == expected


@given(conditions, columns)
def test_arrow_columns_give_the_same_rows(
    condition: Expression, values: dict[str, list[Any]]
) -> None:
    types = {"whole": pa.int64(), "real": pa.float64(), "text": pa.string(), "flag": pa.bool_()}
    arrow = {
        name: pa.array(column, types[name], from_pandas=False) if name in types else column
        for name, column in values.items()
    }
    assert condition.mask(arrow).tolist() == condition.mask(values).tolist()


@given(conditions, columns)
def test_the_contrary_never_finds_a_missing_value(
    condition: Expression, values: dict[str, list[Any]]
) -> None:
    yes, no = condition.mask(values), Not(condition).mask(values)
    assert not (yes & no).any()
    asked = [values[name] for name in condition.fields]
    whole = [all(value is not None for value in row) for row in zip(*asked, strict=True)]
    assert (yes | no)[whole].all()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("n > 1", [False, True, False]),
        ("not n > 1", [True, False, False]),
        ("n > 1 or n <= 1", [True, True, False]),
        ("n is missing", [False, False, True]),
        ("n > 1 or n is missing", [False, True, True]),
        ("n != 1", [False, True, False]),
        ("n not in [1]", [False, True, False]),
    ],
)
def test_a_missing_value_is_found_by_is_missing_alone(text: str, expected: list[bool]) -> None:
    given_as = [1, 2, None]
    for column in (given_as, np.array(given_as, object), pa.array(given_as)):
        assert parse(text).mask({"n": column}).tolist() == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("x == x", False), ("x != x", True), ("x < 1", False), ("not x < 1", True), ("x != 1", True)],
)
def test_nan_compares_as_the_standard_says_and_is_not_missing(text: str, expected: bool) -> None:  # noqa: FBT001
    nan = float("nan")
    assert parse(text).matches({"x": nan}) is expected
    assert parse(text).mask({"x": np.array([nan], np.float32)}).tolist() == [expected]
    assert parse("x is missing").matches({"x": nan}) is False


def test_integers_above_two_to_the_fifty_third_are_not_rounded() -> None:
    column = np.array([HUGE, HUGE + 1])
    assert parse(f"n == {HUGE + 1}").mask({"n": column}).tolist() == [False, True]
    assert parse(f"n > {float(HUGE)!r}").mask({"n": column}).tolist() == [False, True]
    assert parse(f"n in [{HUGE}]").mask({"n": column.astype(np.uint64)}).tolist() == [True, False]
    assert parse(f"x < {HUGE + 1}").mask({"x": np.array([float(HUGE)])}).tolist() == [True]


def test_a_float32_is_what_it_holds_and_not_what_was_meant() -> None:
    column = np.array([0.1], np.float32)
    assert parse("x == 0.1").mask({"x": column}).tolist() == [False]
    assert parse("x > 0.1").mask({"x": column}).tolist() == [True]


@pytest.mark.parametrize("column", [["a"], ["a", None], pa.array(["a"]), np.array(["a"])])
@pytest.mark.parametrize("text", ["s == 1", "s > 1.5", "s in [1, 2]", "s == true", "1 in s"])
def test_text_and_numbers_are_not_compared(text: str, column: Any) -> None:
    with pytest.raises(ComparisonError, match="s is text"):
        parse(text).mask({"s": column})
    with pytest.raises(ComparisonError, match="s is text"):
        parse(text).matches({"s": "a"})


@pytest.mark.parametrize(
    ("text", "value", "reason"),
    [
        ("x == 'a'", 1, 'x is a number, "a" is text'),
        ("x == 1", True, "x is true or false, 1 is a number"),
        ("x == true", 1, "x is a number, true is true or false"),
        ("x < true", True, "compare text with text"),
        ("x", 3, "x is a number: compare it"),
        ("x", "a", "x is text: compare it"),
        ("startswith(x, 'a')", 3, "x is a number"),
        ("'a' in x", 3, "looks into text and lists"),
        ("x == 1", b"a", "x is bytes"),
        ("x == 1", np.zeros(2), "x is an array"),
        ("x == 1", [1], "x is a list"),
        ("x == 1", {"a": 1}, "x is a sample or dict"),
    ],
)
def test_values_of_different_kinds_are_refused_one_by_one_and_together(
    text: str, value: Any, reason: str
) -> None:
    with pytest.raises(ComparisonError, match=reason):
        parse(text).matches({"x": value})
    with pytest.raises(ComparisonError, match=reason):
        parse(text).mask({"x": [value]})


def test_a_column_of_several_kinds_is_refused_too() -> None:
    with pytest.raises(ComparisonError, match="x is text"):
        parse("x > 1").mask({"x": [1, "a"]})


def test_lists_are_looked_into_for_an_item_of_its_kind() -> None:
    tags = [["a", "b"], [], None, ["1"], [1, True]]
    for column in (tags, np.array([*tags, 0], object)[:-1]):
        assert parse("'a' in t").mask({"t": column}).tolist() == [True, *[False] * 4]
        assert parse("1 in t").mask({"t": column}).tolist() == [*[False] * 4, True]
        assert parse("'a' not in t").mask({"t": column}).tolist() == [
            False,
            True,
            False,
            True,
            True,
        ]
    arrow = parse("2 in t").mask({"t": pa.array([[1, 2], [3], None])})
    assert arrow.tolist() == [True, False, False]


@packable
class Size:
    width: int
    unit: str | None = None


@packable
class Picture:
    size: Size
    other: Size | None
    tags: dict[str, int]


def test_fields_inside_of_samples_dicts_and_structs_are_named_by_their_path() -> None:
    samples = [Picture(Size(3), None, {"a": 1}), Picture(Size(5, "px"), Size(7), {})]
    columns = {
        name: [getattr(sample, name) for sample in samples] for name in ("size", "other", "tags")
    }
    arrow = pa.table(
        {
            "size": [{"width": 3, "unit": None}, {"width": 5, "unit": "px"}],
            "other": [None, {"width": 7, "unit": None}],
            "tags": pa.array([[("a", 1)], []], pa.map_(pa.string(), pa.int64())),
        }
    )
    for text, expected in (
        ("size.width > 3", [False, True]),
        ("other.width == 7", [False, True]),
        ("other.width is missing", [True, False]),
        ("size.unit == 'px'", [False, True]),
        ("tags.a == 1", [True, False]),
        ("tags.a is missing", [False, True]),
        ("size.width < other.width", [False, True]),
    ):
        condition = parse(text)
        assert [condition.matches(sample) for sample in samples] == expected
        assert condition.mask(columns).tolist() == expected
        by_name = {name: arrow.column(name) for name in condition.fields}
        assert condition.mask(by_name).tolist() == expected


def test_a_name_with_a_dot_is_not_the_path_through_two_fields() -> None:
    sample = DictSample({"a.b": 1, "a": {"b": 2}})
    assert parse("`a.b` == 1 and a.b == 2").matches(sample)


def test_a_field_that_a_type_does_not_have_is_an_error_that_lists_them() -> None:
    picture = Picture(Size(3), None, {})
    with pytest.raises(ExpressionError, match="no field 'sise'; there are: size, other, tags"):
        parse("sise.width == 3").matches(picture)
    with pytest.raises(ExpressionError, match="no field 'w' in size; there are: width, unit"):
        parse("size.w == 3").matches(picture)
    with pytest.raises(ExpressionError, match="no field '__class__'"):
        parse("__class__ is missing").matches(picture)
    with pytest.raises(ExpressionError, match="no field 'x'; there are: y"):
        parse("x == 3").mask({"y": [1]})
    assert parse("x is missing").matches(DictSample(y=1))
