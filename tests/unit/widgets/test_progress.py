from __future__ import annotations

from typing import Any

import pytest

import atdata_nb as at
from atdata_nb.errors import ScanError
from atdata_nb.widgets.progress import ScanProgress

NAMES = ["a.tar", "b.tar", "c.tar"]


class Client:
    dashboard_link = 'http://127.0.0.1:8787/status?"><script>'


def test_a_bar_follows_a_scan_to_its_end() -> None:
    bar = at.progress()
    seen: list[int] = []
    bar.bar.observe(lambda change: seen.append(change["new"]), "value")
    list(at.map_shards(len, NAMES, on_event=bar))
    assert seen == [1, 2, 3]
    assert (bar.bar.max, bar.bar.bar_style, bar.label.value) == (3, "success", "len: 3 of 3 shards")


def test_a_failure_shows_and_stays() -> None:
    bar = ScanProgress()

    def picky(name: str) -> Any:
        raise ValueError(name)

    with pytest.raises(ScanError):
        list(at.map_shards(picky, NAMES, on_event=bar, retries=0))
    assert (bar.bar.value, bar.bar.bar_style) == (3, "danger")


def test_the_link_leads_to_the_dashboard_and_is_no_markup() -> None:
    html = ScanProgress(Client()).box.children[2].value
    assert html.startswith('<a href="http://127.0.0.1:8787/status?&#34;&gt;&lt;script&gt;"')
    assert len(ScanProgress().box.children) == 2
