from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atdata_nb.errors import IndexConflictError, SampleTypeError
from atdata_nb.index.draft import Draft, Known, fingerprint, split_ref, version_of
from atdata_nb.schemas.versions import Version

versions = st.builds(Version, *[st.integers(0, 20)] * 3)
listings = st.dictionaries(versions, st.integers(0, 3)).map(
    lambda listed: [Known(version, content) for version, content in listed.items()]
)


@given(listings, st.integers(0, 4))
def test_listing_twice_gives_the_version_of_the_first_time(
    known: list[Known], content: int
) -> None:
    version, is_new = version_of("x", None, content, known)
    assert is_new == all(item.content != content for item in known)
    listed = [*known, Known(version, content)] if is_new else known
    assert version_of("x", None, content, listed) == (version, False)


@given(listings, st.integers(0, 4))
def test_new_content_comes_after_all_that_is_listed(known: list[Known], content: int) -> None:
    version, is_new = version_of("x", None, content, known)
    if is_new:
        assert all(version > item.version for item in known)


@given(listings, versions, st.integers(0, 4))
def test_a_wanted_version_is_given_or_refused(
    known: list[Known], wanted: Version, content: int
) -> None:
    taken = [item.content for item in known if item.version == wanted]
    if taken and taken != [content]:
        with pytest.raises(IndexConflictError):
            version_of("x", str(wanted), content, known)
    else:
        assert version_of("x", str(wanted), content, known) == (wanted, not taken)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"data_urls": ("ab", "c")}, {"data_urls": ("a", "bc")}),
        ({"data_urls": ("a",), "tags": ("b",)}, {"data_urls": ("a", "b")}),
        ({"description": ""}, {"description": None}),
        ({"description": "a"}, {"license": "a"}),
        ({"metadata": b"\x80"}, {"metadata": None}),
    ],
)
def test_drafts_that_say_different_things_are_told_apart(
    one: dict[str, Any], other: dict[str, Any]
) -> None:
    first, second = Draft(name="x", **one), Draft(name="x", **other)
    assert fingerprint(first, "s") != fingerprint(second, "s")
    assert fingerprint(first, "s") == fingerprint(Draft(name="y", **one), "s")
    assert fingerprint(first, "s") != fingerprint(first, "t")


@pytest.mark.parametrize(
    "said",
    [
        {"tags": [1]},
        {"tags": ["\ud800"]},
        {"description": b"x"},
        {"license": 3},
        {"metadata": [1]},
        {"metadata": {"x": "\ud800"}},
        {"metadata": {"x": 2**70}},
    ],
)
def test_what_cannot_be_stored_is_refused_at_once(said: dict[str, Any]) -> None:
    with pytest.raises(SampleTypeError):
        Draft.told("x", **said)


def test_a_single_tag_need_not_be_a_list() -> None:
    assert Draft.told("x", tags="cold").tags == ("cold",)
    assert Draft.told("x", tags=["a", "b", "a"]).tags == ("a", "b")


def test_a_version_is_split_from_the_end_of_a_name() -> None:
    assert split_ref("a@b@1.2.3") == ("a@b", Version(1, 2, 3))
    assert split_ref("a@1.2") == ("a@1.2", None)
    assert split_ref("a@99999999999.0.0") == ("a@99999999999.0.0", None)
