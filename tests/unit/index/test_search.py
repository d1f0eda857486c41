from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atdata_nb.index.search import document, match_expression, words


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("MNIST_digits-2024", ["mnist", "digits", "2024"]),
        ("Größe, ÉCOLE", ["grosse", "ecole"]),
        ("日本の天気", ["日", "本", "の", "天", "気"]),
        ("ﬁrst ①", ["first", "1"]),
        ("name:* ^x NEAR(a b)", ["name", "x", "near", "a", "b"]),
        ("\x00\ud800", []),
    ],
)
def test_text_is_cut_into_plain_words(text: str, cut: list[str]) -> None:
    assert words(text) == cut


def test_words_inside_a_camel_case_name_are_found_too() -> None:
    assert document(["MNISTImageSample"]) == "mnistimagesample mnist image sample"


@given(st.text())
def test_every_query_is_a_valid_expression_that_finds_its_own_text(text: str) -> None:
    expression = match_expression(text)
    if expression is None:
        return
    with closing(sqlite3.connect(":memory:")) as db:
        db.execute("CREATE VIRTUAL TABLE t USING fts5(x, tokenize='unicode61 remove_diacritics 0')")
        db.execute("INSERT INTO t VALUES (?)", (document([text]),))
        assert db.execute("SELECT count(*) FROM t WHERE t MATCH ?", (expression,)).fetchone() == (
            1,
        )
