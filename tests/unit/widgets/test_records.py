from __future__ import annotations

import json
from pathlib import Path

import pytest

import atdata_nb as at
from atdata_nb.errors import DatasetNotFoundError
from atdata_nb.widgets import Browser
from atdata_nb.widgets.following import Follower
from atdata_nb.widgets.known import Known
from atdata_nb.widgets.records import record_wire, tree_of


@at.packable
class Word:
    text: str


@pytest.fixture
def index(tmp_path: Path) -> at.LocalIndex:
    index = at.LocalIndex(tmp_path / "index")
    index.write_samples([Word("a")], name="words", metadata={"of": {"deep": [1, True, None]}})
    return index


def test_a_record_says_what_is_stored_but_no_path_of_this_machine(
    index: at.LocalIndex, tmp_path: Path
) -> None:
    told = json.dumps(record_wire(index.get_dataset("words")))
    assert '["name", ["s", "words"]]' in told
    assert '["deep", ["a", [["v", "1"], ["v", "true"], ["v", "null"]], 0]]' in told
    assert str(tmp_path) not in told


def test_a_record_without_end_is_cut_and_says_by_how_much() -> None:
    kind, items, left_out = tree_of(list(range(100_000)))
    assert (kind, len(items) + left_out) == ("a", 100_000)
    assert len(items) < 5_000
    loop: list[object] = []
    loop.append(loop)
    assert json.dumps(tree_of(loop)).endswith("0]")


def test_a_local_schema_is_followed_and_the_network_needs_somebody_to_ask(
    index: at.LocalIndex,
) -> None:
    known = Known([index])
    follower = Follower([index], known)
    key = follower.follow(index.get_dataset("words").schema_ref)["key"]
    assert known[key].schema["name"] == "Word"
    with pytest.raises(DatasetNotFoundError, match="nobody to ask"):
        follower.follow("did:plc:abc")


def test_code_names_schema_facets_and_choice(index: at.LocalIndex) -> None:
    browser = Browser(index, facets={"place": "local"}, listed="schemas")
    browser.selected = index.get_dataset("words").schema_ref
    assert browser.selected is None
    assert browser.code().splitlines() == [
        "browser = at.browse(index, facets={'place': 'local'}, listed='schemas')",
        "browser.selected = 'atdata://local/sampleSchema/Word@1.0.0'",
    ]
