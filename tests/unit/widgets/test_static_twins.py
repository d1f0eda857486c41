from __future__ import annotations

import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pytest
from nbconvert import HTMLExporter
from numpy.typing import NDArray

import atdata_nb as at

VIEW = "application/vnd.jupyter.widget-view+json"
HIDDEN_WORD = "hunter2-s3cret"
# What an untrusted notebook leaves of a picture: nothing that these tags or attributes do.
STRIPPED = re.compile(r"<style.*?</style>|<svg.*?</svg>|<script.*?</script>", re.DOTALL)


@at.packable
class Digit:
    image: NDArray[np.float32]
    label: int
    note: str | None = None


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> at.LocalIndex:
    index = at.LocalIndex(tmp_path_factory.mktemp("twins") / "index")
    pixels = np.random.default_rng(0).random((400, 64, 64), np.float32)
    digits = [Digit(image, i % 10, "by hand") for i, image in enumerate(pixels)]
    index.write_samples(digits, name="digits", description="Grey values", license="CC0-1.0")
    for i in range(15):
        tags = tuple(f"tag {n}" for n in range(20))
        index.write_samples(digits[:1], name=f"copy-{i}", description="word " * 500, tags=tags)
    return index


MAKERS: dict[str, Callable[[at.LocalIndex], Any]] = {
    "browse": at.browse,
    "preview an entry": lambda index: at.preview(index.get_dataset("digits")),
    "preview a dataset": lambda index: at.preview(index.get_dataset("digits").dataset()),
    "promote": lambda index: at.promote(index.get_dataset("digits")),
    "publish": lambda index: at.publish(index.path / "shards" / "digits", index),
}


class Words(HTMLParser):
    """What is left to read of a picture."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def read(html: str) -> str:
    words = Words()
    words.feed(STRIPPED.sub("", html))
    return " ".join(" ".join(words.words).split())


def bundle(widget: Any) -> dict[str, Any]:
    data, _ = widget._repr_mimebundle_()
    return {kind: value for kind, value in data.items() if kind != VIEW}


@pytest.mark.parametrize("name", MAKERS)
def test_every_widget_has_a_picture_and_a_text_that_are_the_same_in_two_runs(
    name: str, index: at.LocalIndex
) -> None:
    first, second = (bundle(MAKERS[name](index)) for _ in range(2))
    assert first == second
    assert set(first) == {"text/html", "text/plain"}
    assert sum(map(len, first.values())) < 200_000
    for shown in first.values():
        assert str(index.path) not in shown
        assert str(Path.home()) not in shown
    assert re.search(r"0x[0-9a-f]{6,}", first["text/plain"]) is None


@pytest.mark.parametrize("name", MAKERS)
def test_a_picture_reads_well_where_styles_drawings_and_ids_are_taken_away(
    name: str, index: at.LocalIndex
) -> None:
    html = bundle(MAKERS[name](index))["text/html"]
    assert "digits" in read(html) or "copy-0" in read(html)
    # It would be there in a trusted notebook and gone in another.
    assert not re.search(r"\s(id|hidden|onclick)[=\s>]", STRIPPED.sub("", html))


def test_nbconvert_shows_the_picture_of_each_widget(index: at.LocalIndex) -> None:
    outputs = []
    for make in MAKERS.values():
        data, metadata = make(index)._repr_mimebundle_()
        outputs.append(nbformat.v4.new_output("display_data", data, metadata=metadata))
    cells = [nbformat.v4.new_code_cell("…", outputs=[output]) for output in outputs]
    page, _ = HTMLExporter().from_notebook_node(nbformat.v4.new_notebook(cells=cells))
    shown = read(page)
    for output in outputs:
        assert read(output["data"]["text/html"]) in shown
    assert "widget-view+json" not in page


def test_a_password_in_an_address_is_in_no_picture_and_in_no_state(redis_url: str) -> None:
    address = redis_url.replace("redis://", f"redis://default:{HIDDEN_WORD}@")
    index = at.LocalIndex(redis=address)
    browser = at.browse(index)
    state = {name: value for name, value in browser.get_state().items() if name[0] != "_"}
    assert HIDDEN_WORD not in repr(state)
    assert HIDDEN_WORD not in repr(bundle(browser))
    assert HIDDEN_WORD not in repr(index)
