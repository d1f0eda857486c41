from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atdata_nb.flows.privacy import personal_fields, private_reason, public_part, unreachable
from atdata_nb.schemas import Field, FieldType, Schema

PATH = "a path of this machine"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("/home/ada/raw", PATH),
        ("~/data", PATH),
        ("~ada/data", PATH),
        ("./data", PATH),
        ("../data", PATH),
        ("C:\\Users\\ada", PATH),
        ("D:/data", PATH),
        ("\\\\server\\share", PATH),
        ("file:///tmp/a.tar", PATH),
        ("http://localhost:8888/lab", "a link into this machine or its network"),
        ("https://192.168.1.4/a", "a link into this machine or its network"),
        ("https://ada:pw@example.org/a", "a link with a login"),
        ("https://example.org/a?X-Amz-Signature=00", "a link with a signature"),
        ("https://example.org/a?page=2", ""),
        ("and/or", ""),
        ("//", ""),
        ("3/4", ""),
        ("1.0.0", ""),
        ("s3://bucket/key", ""),
        ("https://[broken", ""),
    ],
)
def test_a_text_stays_here_if_it_belongs_here(text: str, reason: str) -> None:
    """TRAPS S9."""
    assert private_reason(text) == reason


def test_only_what_is_private_is_left_out_and_the_rest_stays_as_it_is() -> None:
    """TRAPS S9."""
    kept, left_out = public_part(
        {"n": 0.5, "made": {"at": "/data/x", "by": ["ada", "~/ada"]}, "flag": None}
    )
    assert kept == {"n": 0.5, "made": {"by": ["ada"]}, "flag": None}
    assert left_out == (f"made.at: {PATH}", f"made.by[1]: {PATH}")
    assert public_part(None) == (None, ())
    assert public_part({"here": "/data"})[0] is None


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(st.dictionaries(st.text(), PLAIN))
def test_what_is_kept_has_nothing_private_left(metadata: dict[str, Any]) -> None:
    kept, left_out = public_part(metadata)
    assert public_part(kept)[1] == ()
    assert bool(left_out) or (kept or {}) == metadata


def test_a_thousand_files_are_one_reason() -> None:
    (note,) = unreachable([f"/data/{n}.tar" for n in range(1000)], ())
    assert "files of this machine" in note.text
    assert note.remedy == "copy the shards: place='blobs' or place='s3'"


def test_what_everybody_can_read_needs_no_remedy() -> None:
    urls = ["https://example.org/a.tar", "at://did:plc:abc/blob/bafy"]
    assert list(unreachable(urls, ())) == []
    assert list(unreachable(["http://127.0.0.1/a.tar"], ("127.0.0.1",))) == []
    (note,) = unreachable(["http://127.0.0.1/a.tar"], ())
    assert "where nobody else can go" in note.text


def test_fields_about_people_are_known_by_their_names() -> None:
    names = ("first_name", "EMAIL", "ip", "tip", "label", "birth_year", "latitude", "relations")
    text = FieldType(kind="primitive", primitive="str")
    schema = Schema("People", "1.0.0", tuple(Field(name, text) for name in names))
    assert personal_fields(schema) == ["first_name", "EMAIL", "ip", "birth_year", "latitude"]
