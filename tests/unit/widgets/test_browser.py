from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import atdata_nb as at
from atdata_nb.errors import DatasetNotFoundError
from atdata_nb.widgets import Browser


@at.packable
class Digit:
    image: NDArray[np.float32]
    label: int


class Asked:
    """A browser as its page sees it: requests in, answers out."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self.sent: list[tuple[dict[str, Any], list[bytes]]] = []
        browser.send = lambda content, buffers=None: self.sent.append((content, buffers or []))

    def ask(self, **request: Any) -> tuple[dict[str, Any], list[bytes]]:
        self.browser._handle_custom_msg({"id": 7, **request}, [])
        return self.sent.pop()


@pytest.fixture
def index(tmp_path: Path) -> at.LocalIndex:
    index = at.LocalIndex(tmp_path / "index")
    pixels = np.arange(64, dtype=np.float32).reshape(8, 8)
    index.write_samples([Digit(pixels, i) for i in range(30)], name="digits", description="Grey")
    return index


def test_the_first_page_is_part_of_the_state(index: at.LocalIndex) -> None:
    browser = Browser(index)
    assert browser.first["total"] == 1
    assert browser.first["items"][0]["name"] == "digits"


def test_the_state_holds_no_path_of_this_machine(index: at.LocalIndex, tmp_path: Path) -> None:
    browser = Browser(index)
    browser.selected = "digits"
    state = {k: v for k, v in browser.get_state().items() if isinstance(v, (str, dict, list))}
    assert str(tmp_path) not in json.dumps(state)


def test_what_is_chosen_is_a_value(index: at.LocalIndex) -> None:
    browser = Browser(index)
    with pytest.raises(DatasetNotFoundError, match="nothing is chosen"):
        browser.dataset()
    browser.set_state({"chosen": browser.first["items"][0]["key"]})
    assert browser.selected == index.get_dataset("digits")
    assert browser.dataset()[3].label == 3


def test_an_entry_can_be_chosen_by_name_and_dropped(index: at.LocalIndex) -> None:
    browser = Browser(index)
    browser.selected = "digits"
    assert browser.selected == index.get_dataset("digits")
    browser.selected = None
    assert browser.selected is None


def test_samples_are_those_of_the_dataset_that_is_named(index: at.LocalIndex) -> None:
    browser = Browser(index)
    asked, key = Asked(browser), browser.first["items"][0]["key"]
    table, _ = asked.ask(kind="table", key=key)
    assert [column["name"] for column in table["answer"]["columns"]] == ["image", "label"]
    refused, _ = asked.ask(kind="table", key="another")
    assert refused["error"]["kind"] == "DatasetNotFoundError"


def test_overview_and_schema_are_answered(index: at.LocalIndex) -> None:
    browser = Browser(index)
    key, asked = browser.first["items"][0]["key"], Asked(browser)
    overview, _ = asked.ask(kind="overview", key=key)
    assert overview["answer"]["code"] == "dataset = index.get_dataset('digits@1.0.0').dataset()"
    schema, _ = asked.ask(kind="schema", key=key)
    assert [field["name"] for field in schema["answer"]["fields"]] == ["image", "label"]


def test_an_index_with_only_the_protocols_methods_is_browsed(
    index: at.LocalIndex, plain: Any
) -> None:
    entry = index.get_dataset("digits")
    plain.stored = {entry.schema_ref: dict(entry.schema)}
    plain.entries[0].data_urls = entry.data_urls
    plain.entries[0].schema_ref = entry.schema_ref
    browser = Browser(plain)
    browser.selected = "dataset-00000"
    assert browser.dataset()[4].label == 4
    content, _ = Asked(browser).ask(kind="table", key=browser.chosen)
    assert [column["name"] for column in content["answer"]["columns"]] == ["image", "label"]


@pytest.mark.parametrize(
    "request_",
    [
        {"kind": "overview", "key": "no such key"},
        {"kind": "no such kind"},
        {"kind": "list", "query": "", "offset": -1, "limit": 50},
        {"kind": "list", "query": "", "offset": 0, "limit": 10**9},
        {},
    ],
)
def test_a_request_that_cannot_be_met_is_refused_by_its_number(
    index: at.LocalIndex, request_: dict[str, Any]
) -> None:
    content, _ = Asked(Browser(index)).ask(**request_)
    assert content["id"] == 7
    assert set(content["error"]) == {"kind", "text"}


def test_messages_of_others_are_let_be(index: at.LocalIndex) -> None:
    asked = Asked(Browser(index))
    for message in ({"event": "click"}, "text", None, {"id": "a"}):
        asked.browser._handle_custom_msg(message, [])
    assert asked.sent == []


def test_a_dead_index_is_said_in_place_and_can_be_asked_again(plain: Any) -> None:
    whole = plain.entries
    plain.entries = None
    browser = Browser(plain)
    assert browser.first["error"]["kind"] == "TypeError"
    assert "not iterable" in browser._repr_mimebundle_()[0]["text/html"]
    plain.entries = whole
    content, _ = Asked(browser).ask(kind="list", query="", offset=0, limit=50, fresh=True)
    assert len(content["answer"]["items"]) == 50


def test_the_static_twin_is_small_and_the_same_each_time(index: at.LocalIndex) -> None:
    first, second = (Browser(index)._repr_mimebundle_()[0] for _ in range(2))
    assert first["text/html"] == second["text/html"]
    assert first["text/plain"] == second["text/plain"] == "Browser of LocalIndex: 1 dataset"
    assert len(first["text/html"]) < 200_000
    assert "digits" in first["text/html"]


def test_browse_is_a_verb_of_the_package_and_of_the_index(index: at.LocalIndex) -> None:
    assert isinstance(at.browse(index, query="dig"), Browser)
    assert index.browse().index is index
