from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from atdata_nb import LocalIndex
from atdata_nb.errors import IndexError_
from atdata_nb.index import LocalEntry

if TYPE_CHECKING:
    from collections.abc import Callable


def entry(**facts: Any) -> LocalEntry:
    told: dict[str, Any] = {
        "name": "winter",
        "version": "1.0.0",
        "schema_ref": "atdata://local/sampleSchema/Reading@1.0.0",
        "data_urls": ["https://example.org/a.tar?signature=secret"],
        "cid": "bafy",
        "created_at": "2026-11-22T21:41:42.000000+00:00",
    }
    return LocalEntry(**told | facts)


def test_a_signature_in_a_url_is_not_shown() -> None:
    shown = repr(entry())
    assert "  first     https://example.org/a.tar" in shown.splitlines()
    assert "secret" not in shown


def test_a_long_text_is_one_short_line() -> None:
    shown = repr(entry(description="word\n" * 100))
    assert all(len(line) <= 110 for line in shown.splitlines())
    assert "  about     word word" in shown


def test_an_entry_from_nowhere_says_what_is_missing() -> None:
    with pytest.raises(IndexError_, match="sample_type="):
        entry().dataset()


def test_html_and_text_tell_the_same_facts(
    index: LocalIndex, rows: Callable[..., list[Any]]
) -> None:
    found = index.write_samples(
        rows(3), name="winter", tags=["cold"], description="Two towns.", license="MIT"
    )
    html = re.sub(r"<[^>]*>", " ", found._repr_html_() or "")
    for fact in ("winter", "1.0.0", "Reading", "3 samples", "cold", "Two towns.", "MIT"):
        assert fact in repr(found)
        assert fact in html
    page = re.sub(r"<[^>]*>", " ", index._repr_html_() or "")
    for fact in ("winter", "1 dataset", "Reading"):
        assert fact in repr(index)
        assert fact in page
