from __future__ import annotations

import re
from html import unescape

import pytest
from unit.views.page_text import page_of, tell_the_same, words

import atdata_nb as at
from atdata_nb.lenses import Lens
from atdata_nb.views.drawing import BOX, draw


@at.packable
class Name:
    text: str


@at.packable
class Shout:
    text: str


def shout(sample: Name) -> Shout:
    return Shout(sample.text.upper())


def network(count: int = 1) -> at.LensNetwork:
    found = at.LensNetwork.fresh()
    for number in range(count):
        found.register(Lens(shout, name=f"shout{number}"), cost=number + 1)
    return found


def test_a_network_tells_the_same_facts_as_text_and_as_html() -> None:
    tell_the_same(network(2), "LensNetwork", "2 lenses", "shout0", "shout1", "Name", "Shout")
    tell_the_same(at.LensNetwork.fresh(), "0 lenses")


def test_a_network_is_a_picture_with_a_table_that_says_the_same() -> None:
    page = page_of(network(2))
    picture = re.search(r"<svg.*?</svg>", page, re.DOTALL)
    assert picture is not None
    assert picture[0].count("<rect") == 2
    assert picture[0].count("<path") == 4
    assert "shout0: Name → Shout" in unescape(picture[0])
    assert "shout1 Name Shout get only 2" in words(page)


def test_where_svg_is_stripped_its_texts_take_no_place() -> None:
    page = page_of(network())
    assert '<div class="at-scroll" style="font-size:0"><svg' in page


def test_a_network_too_large_to_draw_is_a_folded_table() -> None:
    page = page_of(network(150))
    assert "<svg" not in page
    assert page.count("<details>") == 1
    assert "shout149" in words(page)


@pytest.mark.parametrize("count", [1, 2, 5, 12])
def test_no_two_types_in_a_picture_overlap(count: int) -> None:
    links = [(i, (i * 7 + 3) % count) for i in range(count)] + [(0, i) for i in range(count)]
    drawing = draw(
        [f"Type{i}" for i in range(count)], links, [f"lens{i}" for i in range(2 * count)]
    )
    boxes = drawing.boxes
    for i, one in enumerate(boxes):
        assert one.x >= 0
        assert one.x + one.width <= drawing.width
        assert BOX / 2 <= one.y <= drawing.height - BOX / 2
        for other in boxes[:i]:
            beside = one.x + one.width <= other.x or other.x + other.width <= one.x
            assert beside or abs(one.y - other.y) >= BOX
