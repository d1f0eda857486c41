"""What tests read of a page: its HTML, and the words that are left where all else is stripped."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

from atdata_nb.views import html


def page_of(thing: Any) -> str:
    page = html(thing)
    assert page is not None
    assert page == html(thing), "the same every time"
    assert " id=" not in page
    assert re.search(r"0x[0-9a-f]{6}", page) is None
    return page


def words(page: str) -> str:
    """What is left of a page where tags, styles and pictures are stripped."""
    page = re.sub(r"<style>.*?</style>|<svg.*?</svg>", "", page, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


def tell_the_same(thing: Any, *facts: str) -> None:
    text, page = " ".join(repr(thing).split()), words(page_of(thing))
    for fact in facts:
        assert fact in text
        assert fact in page
