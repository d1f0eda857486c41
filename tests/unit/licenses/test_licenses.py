from __future__ import annotations

import pytest

from atdata_nb.licenses import USUAL, is_known, licenses, search


def test_the_list_is_the_whole_one_without_what_is_deprecated() -> None:
    assert len(licenses()) == 667
    assert "GPL-3.0" not in licenses()
    assert licenses()["GPL-3.0-only"].name == "GNU General Public License v3.0 only"


def test_what_is_usual_for_data_comes_first() -> None:
    assert tuple(one.id for one in search("", limit=len(USUAL))) == USUAL


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("cc-by", "CC-BY-4.0"),
        ("CC BY 4", "CC-BY-4.0"),
        ("zero", "CC0-1.0"),
        ("odbl", "ODbL-1.0"),
        ("mit", "MIT"),
        ("mozilla 2", "MPL-2.0"),
    ],
)
def test_a_search_finds_by_identifier_and_by_name(query: str, first: str) -> None:
    assert search(query)[0].id == first


def test_a_search_for_nothing_there_is_empty() -> None:
    assert search("no such license") == []


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("CC-BY-4.0", True),
        ("GPL-2.0-only+", True),
        ("Apache-2.0 OR MIT", True),
        ("LicenseRef-mine", True),
        ("https://example.org/terms", True),
        ("CC-BY", False),
        ("free for all", False),
        ("()", False),
    ],
)
def test_a_typing_error_is_told_from_a_license(text: str, known: bool) -> None:  # noqa: FBT001
    assert is_known(text) is known
