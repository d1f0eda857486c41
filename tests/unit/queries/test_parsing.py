import pytest
from hypothesis import given
from hypothesis import strategies as st

from atdata_nb.errors import ExpressionError
from atdata_nb.queries import parse
from atdata_nb.queries.expressions import (
    And,
    Compare,
    Contains,
    Ends,
    Expression,
    In,
    Missing,
    Not,
    Or,
    Starts,
    Truth,
)
from atdata_nb.queries.operands import OPERATORS, Field, Literal

A, B = Field(("a",)), Field(("b",))

fields = st.builds(
    Field, st.lists(st.text(min_size=1, max_size=5), min_size=1, max_size=3).map(tuple)
)
numbers = st.integers() | st.floats(allow_nan=False)
literals = st.builds(Literal, st.booleans() | numbers | st.text(max_size=8))
alike = st.one_of(
    *(st.lists(kind, min_size=1, max_size=3) for kind in (numbers, st.text(max_size=4)))
)
tests = st.one_of(
    st.builds(Compare, fields, st.sampled_from(OPERATORS), fields | literals),
    st.builds(Compare, literals, st.sampled_from(OPERATORS), fields),
    st.builds(In, fields, alike.map(lambda values: tuple(map(Literal, values)))),
    st.builds(Contains, fields, fields | literals),
    st.builds(Starts, fields, st.text(max_size=8)),
    st.builds(Ends, fields, st.text(max_size=8)),
    st.builds(Missing, fields),
    st.builds(Truth, fields),
)
several = st.recursive(
    tests,
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.builds(And, st.lists(inner, min_size=2, max_size=3).map(tuple)),
        st.builds(Or, st.lists(inner, min_size=2, max_size=3).map(tuple)),
    ),
    max_leaves=8,
)


@given(several)
def test_the_text_of_an_expression_parses_to_it_again(expression: Expression) -> None:
    assert parse(str(expression)) == expression


@given(st.text(max_size=30) | st.text('ab01 .<>=!()[]"`\\,-', max_size=30))
def test_any_text_is_an_expression_or_an_error_that_says_where(text: str) -> None:
    place: int | None = 0
    try:
        found = parse(text)
    except ExpressionError as error:
        place = error.position
    else:
        assert parse(str(found)) == found
    assert place is not None
    assert 0 <= place <= len(text)


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("a==3", Compare(A, "==", Literal(3))),
        (".5<a", Compare(Literal(0.5), "<", A)),
        ("a >= -1_000", Compare(A, ">=", Literal(-1000))),
        ("a != 'it\\'s'", Compare(A, "!=", Literal("it's"))),
        ('a == "\\u00e9\\n"', Compare(A, "==", Literal("é\n"))),
        ("0 < a <= b", And((Compare(Literal(0), "<", A), Compare(A, "<=", B)))),
        ("a in [1, 2,]", In(A, (Literal(1), Literal(2)))),
        ("a not in ['x']", Not(In(A, (Literal("x"),)))),
        ("'x' in a", Contains(A, Literal("x"))),
        ("contains(a, 'x')", Contains(A, Literal("x"))),
        ("startswith(a, 'x')", Starts(A, "x")),
        ("endswith(a, 'x')", Ends(A, "x")),
        ("a is missing", Missing(A)),
        ("a is not missing", Not(Missing(A))),
        ("a and not b", And((Truth(A), Not(Truth(B))))),
        ("a or b and a", Or((Truth(A), And((Truth(B), Truth(A)))))),
        ("(a or b) and a", And((Or((Truth(A), Truth(B))), Truth(A)))),
        ("a.b == true", Compare(Field(("a", "b")), "==", Literal(value=True))),
        ("`a.b`.`is` == 1", Compare(Field(("a.b", "is")), "==", Literal(1))),
        ("größe > 1", Compare(Field(("größe",)), ">", Literal(1))),
    ],
)
def test_each_form_has_its_tree(text: str, tree: Expression) -> None:
    assert parse(text) == tree


@pytest.mark.parametrize(
    ("text", "position", "reason"),
    [
        ("a = 3", 2, "`==`"),
        ("a ==", 4, "the text ends: expected a field, a number"),
        ("a == 1 b", 7, "expected `and`, `or` or the end"),
        ("a && b", 2, "`and`"),
        ("a || b", 2, "`or`"),
        ("!a", 0, "`not`"),
        ("a <> 1", 2, "`!=`"),
        ("a is None", 5, "`is missing`"),
        ("a == null", 5, "`is missing`"),
        ("1 == 2", 0, "needs a field"),
        ("1 in [1]", 0, "needs a field"),
        ("a in []", 6, "expected a field, a number"),
        ("a in [1, 'x']", 0, "numbers and text"),
        ("a in [b]", 6, "expected a number, text"),
        ("a in 3", 5, "a list in [ ]"),
        ("a in (1, 2)", 5, '"(" here: expected a field'),
        ("a < 'x", 4, "does not end"),
        ("a == 3x", 5, "a number that goes on"),
        ("a == 'x\\q'", 7, "stands for nothing"),
        ("a == '\\U00110000'", 6, "no character"),
        ("eval(a, 'x')", 0, "no function 'eval'; there are: startswith, endswith, contains"),
        ("startswith('a', 'x')", 11, "expected a field"),
        ("startswith(a, 1)", 14, "expected text in quotes"),
        ("a.", 2, "the name of a field"),
        ("(a", 2, "`)`"),
        ("a; b", 1, "may stand here"),
        ("a @ b", 2, "may stand here"),
        ("a == - b", 7, "a number"),
        ("a == " + "9" * 401, 5, "that many digits"),
        ("(" * 70 + "a" + ")" * 70, 65, "inside each other"),
        ("not " * 70 + "a", 260, "inside each other"),
        ("a" * 10_001, 10_000, "longer than 10,000 characters"),
    ],
)
def test_an_error_says_where_and_what_may_stand_there(
    text: str, position: int, reason: str
) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse(text)
    assert (caught.value.position, caught.value.text) == (position, text)
    assert str(caught.value).startswith(f"character {position + 1}: ")
    assert reason in str(caught.value)


def test_the_fields_of_an_expression_are_named_once_each() -> None:
    expression = parse("a.x > 1 and (b is missing or a.y < a.x) and 'z' in b")
    assert expression.fields == ("a", "b")
    assert expression.paths == (("a", "x"), ("b",), ("a", "y"))
