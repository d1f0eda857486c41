from __future__ import annotations

import re
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from unit.views.page_text import page_of, words

import atdata_nb as at
from atdata_nb.schemas import Field, FieldType, Schema

INTEGER = FieldType(kind="primitive", primitive="int")


@at.packable
class Point:
    x: Annotated[float, "across"]
    y: float = 0.0


@at.packable
class Shot:
    """One photograph."""

    img: Annotated[NDArray[np.uint8], (64, None, 3)]
    lbl: int
    corners: list[Point]
    camera: str = "unknown"


@at.packable
class Name:
    text: str


def test_a_nested_type_is_folded_with_all_it_says() -> None:
    page = page_of(at.schema_from_type(Shot))
    folded = re.search(r"<details><summary>list\[Point\]</summary>(.*?)</details>", page, re.DOTALL)
    assert folded is not None
    assert words(folded[1]) == "field type default description x float across y float 0.0"
    assert "<details open" not in page


def test_a_schema_of_two_thousand_fields_is_whole_but_folded() -> None:
    fields = tuple(Field(f"field_{i:04}", INTEGER) for i in range(2_000))
    page = page_of(Schema("Big", "1.0.0", fields))
    assert page.count("<details><summary>") == 19
    assert "<summary>101 – 200: field_0100 … field_0199</summary>" in page
    assert all(f">{field.name}</td>" in page for field in fields)


def test_of_a_larger_schema_the_rest_is_counted() -> None:
    fields = tuple(Field(f"field_{i:04}", INTEGER) for i in range(2_500))
    assert "500 further fields" in words(page_of(Schema("Big", "1.0.0", fields)))


def test_columns_in_which_nothing_stands_are_left_out() -> None:
    assert "default" not in words(page_of(at.schema_from_type(Name)))


def test_a_schema_without_fields_says_so() -> None:
    assert "no fields" in words(page_of(Schema("Empty", "1.0.0", ())))
