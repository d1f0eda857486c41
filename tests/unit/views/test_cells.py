from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from atdata_nb.views.cells import cell_of, outline


@dataclass
class Box:
    left: int
    inside: Any = None


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        (None, "missing", "missing"),
        (True, "bool", "true"),
        (12, "number", "12"),
        (np.float32(1.5), "number", "1.5"),
        ("short", "text", "short"),
        (b"x" * 5_000, "bytes", "bytes (5.0 KB)"),
        ([1, "a", None], "nested", '[1, "a", missing]'),
        ({"a": {"b": {"c": {"d": 1}}}}, "nested", "{a: {b: {c: {…}}}}"),
        (Box(1, Box(2)), "nested", "{left: 1, inside: {left: 2, inside: missing}}"),
        (np.arange(3, dtype="int16"), "array", "int16 3 ▁▄█ 0 … 2"),
        (np.zeros((8, 8), np.uint8), "image", "uint8 8×8"),
    ],
)
def test_a_value_is_shown_by_what_it_is(value: Any, kind: str, text: str) -> None:
    cell = cell_of(value)
    assert (cell.kind, cell.text) == (kind, text)


def test_long_text_is_folded() -> None:
    cell = cell_of("word " * 50_000)
    assert len(cell.text) < 130
    assert len(cell.long) == 2_001


def test_a_long_list_is_cut() -> None:
    assert outline(list(range(1_000_000))).endswith("… 999,992 more]")


def test_an_object_of_a_stranger_is_never_asked_for_its_repr() -> None:
    class Trap:
        def __repr__(self) -> str:
            raise AssertionError

    assert outline([Trap()]) == "[<Trap>]"
