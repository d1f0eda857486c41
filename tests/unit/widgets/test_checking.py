from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import atdata_nb as at
from atdata_nb.widgets.checking import Check
from atdata_nb.widgets.shard_list import shard_list


@at.packable
class Word:
    text: str


@pytest.fixture
def index(tmp_path: Path) -> at.LocalIndex:
    index = at.LocalIndex(tmp_path / "index")
    words = [Word(f"word {n}") for n in range(30)]
    index.write_samples(words, name="words", maxcount=10)
    return index


def finished(check: Check) -> Any:
    check.begin()
    while check.state.name == "running":
        check.wait()
    return check.state


def test_shards_as_written_are_verified_one_by_one(index: at.LocalIndex) -> None:
    entry = index.get_dataset("words")
    state = finished(Check(entry, index))
    assert (state.name, state.done, state.total) == ("good", 3, 3)
    assert [state.shards[shard.url][0] for shard in shard_list(entry)] == [True] * 3


def test_a_changed_shard_and_one_that_is_gone_are_told_apart_from_the_good(
    index: at.LocalIndex,
) -> None:
    entry = index.get_dataset("words")
    first, second, _ = map(Path, entry.data_urls)
    first.write_bytes(first.read_bytes()[:-1] + b"x")
    second.unlink()
    state = finished(Check(entry, index))
    assert state.name == "bad"
    assert state.why.startswith("2 of 3 shards are not as written")
    assert [state.shards[shard.url][0] for shard in shard_list(entry)] == [False, False, True]


def test_what_is_small_and_here_is_verified_without_being_asked_for(
    index: at.LocalIndex, tmp_path: Path
) -> None:
    entry = index.get_dataset("words")
    assert Check(entry, index).is_cheap
    far = at.Dataset("https://example.org/a.tar", sample_type=Word)
    assert not Check(index.insert_dataset(far, name="far"), index).is_cheap


def test_a_shard_that_nobody_answers_for_is_unreachable(index: at.LocalIndex) -> None:
    far = at.Dataset("http://127.0.0.1:9/a.tar", sample_type=Word)
    state = finished(Check(index.insert_dataset(far, name="far"), index))
    assert state.name == "unreachable"


def test_shards_are_listed_without_paths_of_this_machine(
    index: at.LocalIndex, tmp_path: Path
) -> None:
    shards = shard_list(index.get_dataset("words"))
    assert [shard.samples for shard in shards] == ["10", "10", "10"]
    assert all(len(shard.sha256) == 64 for shard in shards)
    assert str(tmp_path) not in "".join(shard.name for shard in shards)
