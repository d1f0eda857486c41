from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from atdata_nb.views.text import one_line, visible


def test_a_direction_override_is_shown_and_does_not_act() -> None:
    assert visible("invoice\u202egpj.exe") == "invoice\\u202egpj.exe"


def test_nul_and_escape_are_shown() -> None:
    assert visible("a\x00b\x1b[31m") == "a\\x00b\\x1b[31m"


def test_a_lone_surrogate_can_be_sent_as_utf8() -> None:
    assert visible("\ud800").encode() == b"\\ud800"


def test_a_hundred_kilobytes_are_cut() -> None:
    assert visible("x" * 100_000, 50) == "x" * 50 + "…"


def test_stacked_marks_do_not_paint_over_other_lines() -> None:
    assert len(visible("e" + "\u0301" * 500)) == 5


def test_persian_and_emoji_joiners_stay() -> None:
    family = "👩\u200d👧"
    assert visible(family) == family


def test_an_object_is_named_by_its_type_without_an_address() -> None:
    assert visible(object()) == "<object>"


def test_lines_become_one() -> None:
    assert one_line("first\n\n  second\tthird") == "first ⏎ second ⏎ third"


@given(st.text())
def test_any_text_comes_out_printable_and_sendable(text: str) -> None:
    shown = one_line(text)
    assert "\n" not in shown
    shown.encode()
