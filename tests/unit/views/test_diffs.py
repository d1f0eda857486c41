from __future__ import annotations

import re
from typing import Any

from unit.views.page_text import page_of, tell_the_same, words

import atdata_nb as at
from atdata_nb.schemas import Field, FieldType, Schema

INTEGER = FieldType(kind="primitive", primitive="int")
TEXT = FieldType(kind="primitive", primitive="str")


def diff() -> Any:
    old = Schema("Digit", "1.0.0", (Field("lbl", INTEGER), Field("gone", TEXT)))
    new = Schema("Digit", "1.1.0", (Field("label", INTEGER), Field("n", INTEGER, default=0)))
    return at.diff_schemas(old, new)


def test_a_diff_tells_the_same_facts_as_text_and_as_html() -> None:
    text, page = repr(diff()), words(page_of(diff()))
    facts = ("Digit 1.0.0 → Digit 1.1.0", "lbl is unknown to the reader", "2.0.0 (major)")
    for fact in (*facts, "old data under the new schema", "new data under the old schema"):
        assert fact in text
        assert fact in page


def test_each_change_has_a_sign_as_well_as_a_colour() -> None:
    rows = re.findall(r'<tr class="at-(\w+)">(.*?)</tr>', page_of(diff()))
    assert [(kind, words(row)) for kind, row in rows] == [
        ("add", "+ n added int"),
        ("del", "− gone removed str"),
        ("new", "→ label renamed lbl label"),
    ]


def test_the_verdict_is_in_words_with_its_reasons() -> None:
    assert "old data under the new schema ✗ no lbl is unknown" in words(page_of(diff()))
    old = Schema("D", "1.0.0", (Field("a", INTEGER),))
    new = Schema("D", "1.0.0", (Field("a", INTEGER), Field("b", INTEGER, default=0)))
    shown = words(page_of(at.diff_schemas(old, new)))
    assert "old data under the new schema ✓ yes" in shown
    assert "smallest honest version 1.1.0 (minor)" in shown
    assert "old → new b = 0 where absent" in shown


def test_no_changes_are_said_to_be_none() -> None:
    schema = Schema("Shot", "1.0.0", (Field("a", INTEGER),))
    tell_the_same(at.diff_schemas(schema, schema), "no changes", "Shot 1.0.0")


def test_a_change_inside_a_nested_sample_names_its_path() -> None:
    inner = [Schema("In", "1.0.0", (Field(name, INTEGER, default=0),)) for name in ("a", "b")]
    fields = [Field("box", FieldType(kind="ref", schema=schema)) for schema in inner]
    old, new = (Schema("Out", "1.0.0", (field,)) for field in fields)
    shown = words(page_of(at.diff_schemas(old, new)))
    assert "− box.a removed int" in shown
    assert "+ box.b added int" in shown


def test_a_diff_of_thousands_of_fields_is_folded() -> None:
    old = Schema("Big", "1.0.0", tuple(Field(f"a{i}", INTEGER) for i in range(2_500)))
    page = page_of(at.diff_schemas(old, Schema("Big", "1.0.0", ())))
    assert page.count("<details>") == 19
    assert "… and 500 more changes" in words(page)
    assert "… and 2,480 more reasons" in words(page)
