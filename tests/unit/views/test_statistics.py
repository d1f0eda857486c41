from __future__ import annotations

import re

import numpy as np
from unit.views.page_text import page_of, tell_the_same, words

from atdata_nb.tables import Statistics
from atdata_nb.tables.columns import Columns
from atdata_nb.tables.statistics import statistics_of


def statistics() -> Statistics:
    columns = {
        "n": [1, 2, 2, None],
        "title": ["a", "bb", "bb", "cccc"],
        "image": [np.zeros((8, 8), np.float32)] * 4,
    }
    return statistics_of(Columns(4, columns, {}))


def test_statistics_tell_the_same_facts_as_text_and_as_html() -> None:
    tell_the_same(statistics(), "4 samples", "n", "int", "float32 8×8 ×4", "length 1 … 4", "2 ×2")


def test_statistics_have_a_tiny_histogram_of_letters() -> None:
    shown = re.findall(r'<code class="at-bars">(.*?)</code>', page_of(statistics()))
    assert len(shown) == 3
    assert shown[0][-1] == "█"
    assert all(1 <= len(bars) <= 16 for bars in shown)


def test_statistics_of_nothing_are_shown() -> None:
    assert "0 samples" in words(page_of(Statistics()))
