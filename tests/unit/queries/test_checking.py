from typing import Any

import numpy as np
import pytest

from atdata_nb.errors import ComparisonError, ExpressionError
from atdata_nb.queries import parse
from atdata_nb.queries.checking import check
from atdata_nb.samples import DictSample, packable


@packable
class Box:
    width: int


@packable
class Item:
    n: int
    score: float | None
    name: str
    valid: bool
    blob: bytes
    image: np.ndarray
    tags: list[str]
    counts: dict[str, int]
    box: Box
    other: Any


@pytest.mark.parametrize(
    "text",
    [
        "n == 1 and score > n and name >= 'a' and valid",
        "valid == true and 'a' in tags and 'a' in name and name in tags",
        "counts.a > 1 and box.width in [1, 2] and image is missing and box is not missing",
        "other > 1 and other.x.y == 'a' and other and startswith(other, 'a') and 1 in other",
    ],
)
def test_what_the_declared_types_allow_is_allowed(text: str) -> None:
    check(parse(text), Item)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("n == 'a'", 'n is a number, "a" is text'),
        ("n > valid", "n is a number, valid is true or false"),
        ("not (valid or name in [1])", "name is text, 1 is a number"),
        ("valid > true", "and what is true or false by == and !="),
        ("image == 1", "image is an array"),
        ("blob == 'a'", "blob is bytes"),
        ("n", "n is a number: compare it"),
        ("startswith(n, 'a')", "n is a number"),
        ("1 in name", "name is text, 1 is a number"),
        ("1 in n", "looks into text and lists"),
        ("counts.a == 'x'", "counts.a is a number"),
        ("box.width == 'x'", "box.width is a number"),
    ],
)
def test_what_can_never_be_compared_is_refused_before_any_sample_is_read(
    text: str, reason: str
) -> None:
    with pytest.raises(ComparisonError, match=reason):
        check(parse(text), Item)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("nn == 1", "no field 'nn'; there are: n, score"),
        ("box.height == 1", "no field 'height' in box; there are: width"),
        ("n.x == 1", "n is a number: it has no field 'x'"),
    ],
)
def test_a_field_that_is_not_there_is_an_error_that_lists_those_that_are(
    text: str, reason: str
) -> None:
    with pytest.raises(ExpressionError, match=reason):
        check(parse(text), Item)


def test_of_an_undeclared_type_nothing_is_known() -> None:
    check(parse("whatever.x == 1"), DictSample)
