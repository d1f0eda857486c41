import numpy as np
import pytest

from atdata_nb.errors import ExpressionError
from atdata_nb.queries import as_expression, col, parse


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        (col.label == 3, "label == 3"),
        (col.label != np.int64(3), "label != 3"),
        (col.label > 3, "label > 3"),
        ((col.a >= 1) & (col.b <= col.c) | ~col.d, "a >= 1 and b <= c or not d"),
        (col.label.isin([1, 2]), "label in [1, 2]"),
        (col.name.contains("x"), "'x' in name"),
        (col.name.startswith("x"), "startswith(name, 'x')"),
        (col.name.endswith("x"), "endswith(name, 'x')"),
        (col.size.width.is_missing(), "size.width is missing"),
        (col["my name"] == "x", "`my name` == 'x'"),
        (col.valid & col.good, "valid and good"),
        (parse("a == 1") & col.good, "a == 1 and good"),
    ],
)
def test_the_typed_form_says_the_same_as_the_text(typed: object, text: str) -> None:
    assert as_expression(typed) == parse(text)


def test_a_column_alone_is_a_condition() -> None:
    assert as_expression(col.valid) == parse("valid")


def test_and_or_not_and_chains_of_python_are_refused() -> None:
    with pytest.raises(TypeError, match="join conditions with &"):
        bool(col.a == 1)
    with pytest.raises(TypeError, match="join conditions with &"):
        0 < col.a < 3  # noqa: B015
    with pytest.raises(TypeError, match="isin"):
        3 in col.a  # noqa: B015


def test_what_is_no_constant_is_refused() -> None:
    with pytest.raises(ExpressionError, match="`is missing`"):
        col.a == None  # noqa: B015, E711
    with pytest.raises(ExpressionError, match="NaN equals nothing"):
        col.a < float("inf") - float("inf")  # noqa: B015
    with pytest.raises(ExpressionError, match="list can't be compared"):
        col.a == [1]  # noqa: B015
    with pytest.raises(ExpressionError, match="name a field"):
        col == 1  # noqa: B015
    with pytest.raises(ExpressionError, match="a int is no condition"):
        as_expression(3)
