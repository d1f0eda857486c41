from __future__ import annotations

import gzip
import json
import pickle
import tarfile
import warnings
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from atdata_nb import Dataset, DictSample, lens, packable
from atdata_nb.errors import ResumeError, ShardError, ShardSampleError, ShardWarning
from atdata_nb.shards import write_shard
from atdata_nb.training import BatchStream, Share

COUNTS = (7, 1, 12, 0, 5)


@packable
class Row:
    n: int
    image: NDArray[np.float32]


@packable
class Double:
    twice: int


@lens
def double(row: Row) -> Double:
    return Double(2 * row.n)


def rows(start: int, stop: int) -> list[Row]:
    return [Row(i, np.full((2, 2), i, np.float32)) for i in range(start, stop)]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Dataset[Row]:
    """25 samples in five shards: one of them empty, one compressed, so read as a stream."""
    folder = tmp_path_factory.mktemp("data")
    at = 0
    for i, count in enumerate(COUNTS):
        path = folder / f"{i}.tar"
        if count:
            write_shard(path, rows(at, at + count))
        else:
            tarfile.open(path, "w").close()
        if i == 2:
            path.write_bytes(gzip.compress(path.read_bytes()))
        at += count
    return Dataset[Row](folder / "{0..4}.tar")


def numbers(stream: BatchStream[Any], share: Share | None = None) -> list[list[int]]:
    return [batch.n for batch in stream.batches(share)]


def test_one_reader_gets_everything_in_order(data: Dataset[Row]) -> None:
    given = numbers(BatchStream(data, batch_size=4))
    assert given == [list(range(at, min(at + 4, 25))) for at in range(0, 25, 4)]


@pytest.mark.parametrize("shuffle", [0, 3, 1000])
@pytest.mark.parametrize("readers", [1, 2, 3, 4, 7, 30])
def test_readers_together_get_every_sample_once(
    data: Dataset[Row], readers: int, shuffle: int
) -> None:
    stream = BatchStream(data, batch_size=3, shuffle=shuffle, seed=1)
    given = [numbers(stream, Share(number, readers)) for number in range(readers)]
    assert sorted(n for batches in given for batch in batches for n in batch) == list(range(25))
    # Whole batches but for each reader's last one.
    assert all(len(batch) == 3 for batches in given for batch in batches[:-1])


def test_a_short_last_batch_is_dropped_on_demand(data: Dataset[Row]) -> None:
    assert [len(b) for b in numbers(BatchStream(data, batch_size=10))] == [10, 10, 5]
    assert [len(b) for b in numbers(BatchStream(data, batch_size=10, drop_last=True))] == [10, 10]
    assert [len(b) for b in numbers(BatchStream(data, batch_size=5, drop_last=True))] == [5] * 5
    assert numbers(BatchStream(data, batch_size=26, drop_last=True)) == []


def test_a_seed_and_an_epoch_decide_the_order(data: Dataset[Row]) -> None:
    def order(seed: int | None, epoch: int) -> list[list[int]]:
        stream = BatchStream(data, batch_size=5, shuffle=True, seed=seed)
        stream.set_epoch(epoch)
        return numbers(stream)

    assert order(1, 0) == order(1, 0)
    assert order(1, 3) == order(1, 3)
    different = [order(1, 0), order(1, 1), order(2, 0), order(None, 0), order(None, 0)]
    assert len({str(each) for each in different}) == len(different)


def test_a_full_buffer_mixes_across_shards(data: Dataset[Row]) -> None:
    (batch,) = numbers(BatchStream(data, batch_size=25, shuffle=True, seed=0))
    assert sorted(batch) == list(range(25))
    origins = [sum(n >= end for end in (7, 8, 20)) for n in batch]
    assert sum(a != b for a, b in pairwise(origins)) > 8


@given(
    shuffle=st.sampled_from([0, 1, 4, 1000]),
    size=st.integers(1, 9),
    share=st.sampled_from([Share(), Share(1, 2), Share(0, 3), Share(6, 7)]),
    seen=st.integers(0, 26),
)
def test_a_loaded_state_goes_on_after_the_last_batch(
    data: Dataset[Row], shuffle: int, size: int, share: Share, seen: int
) -> None:
    def stream() -> BatchStream[Row]:
        made = BatchStream(data, batch_size=size, shuffle=shuffle, seed=5)
        made.set_epoch(2)
        return made

    whole = numbers(stream(), share)
    seen = min(seen, len(whole))
    first = stream()
    batches = first.batches(share)
    for _ in range(seen):
        next(batches)
    # As text: whatever keeps it between two runs.
    state = json.loads(json.dumps(first.state_dict()))
    second = BatchStream(data, batch_size=size, shuffle=shuffle, seed=5)
    second.load_state_dict(state)
    assert second.epoch == 2
    assert second.state_dict() == state
    assert numbers(second, share) == whole[seen:]
    assert numbers(second, share) == whole


def test_an_order_without_a_seed_is_kept_in_the_state(data: Dataset[Row]) -> None:
    first = BatchStream(data, batch_size=5, shuffle=True)
    batches = first.batches()
    given = [next(batches).n for _ in range(2)]
    second = BatchStream(data, batch_size=5, shuffle=True)
    second.load_state_dict(first.state_dict())
    rest = [batch.n for batch in batches]
    assert numbers(second) == rest
    assert sorted(n for batch in given + rest for n in batch) == list(range(25))


def test_going_on_in_order_does_not_read_the_shards_before(tmp_path: Path) -> None:
    for name, at in (("a", 0), ("b", 4)):
        write_shard(tmp_path / f"{name}.tar", rows(at, at + 4))
    ds = Dataset[Row](tmp_path / "{a,b}.tar")
    stream = BatchStream(ds, batch_size=3)
    batches = stream.batches()
    next(batches), next(batches)
    (tmp_path / "a.tar").write_bytes(b"no longer needed")
    again = BatchStream(ds, batch_size=3)
    again.load_state_dict(stream.state_dict())
    assert numbers(again) == [[6, 7]]


@pytest.mark.parametrize("shuffle", [0, 10])
def test_of_a_whole_pass_nothing_is_left(data: Dataset[Row], shuffle: int) -> None:
    first = BatchStream(data, batch_size=5, shuffle=shuffle, seed=3)
    whole = numbers(first)
    assert numbers(first) == whole
    second = BatchStream(data, batch_size=5, shuffle=shuffle, seed=3)
    second.load_state_dict(first.state_dict())
    assert numbers(second) == []
    assert numbers(second) == whole


def test_another_epoch_begins_at_its_start(data: Dataset[Row]) -> None:
    first = BatchStream(data, batch_size=5, shuffle=True, seed=3)
    next(first.batches())
    second = BatchStream(data, batch_size=5, shuffle=True, seed=3)
    second.load_state_dict(first.state_dict())
    second.set_epoch(1)
    assert second.state_dict() == {"epoch": 1}
    third = BatchStream(data, batch_size=5, shuffle=True, seed=3)
    third.set_epoch(1)
    assert numbers(second) == numbers(third)


@pytest.mark.parametrize(
    ("settings", "share", "reason"),
    [
        ({"shuffle": 3}, Share(1, 2), "buffer"),
        ({}, Share(0, 2), "reader"),
        ({}, Share(1, 3), "reader"),
    ],
)
def test_a_state_of_other_settings_is_refused(
    data: Dataset[Row], settings: dict[str, Any], share: Share, reason: str
) -> None:
    first = BatchStream(data, batch_size=2)
    next(first.batches(Share(1, 2)))
    second = BatchStream(data, batch_size=2, **settings)
    second.load_state_dict(first.state_dict())
    with pytest.raises(ResumeError, match=reason):
        second.batches(share)


@pytest.mark.parametrize("state", [{}, {"epoch": 0, "place": {}}, {"weights": [1.0]}])
def test_what_is_no_state_is_refused(data: Dataset[Row], state: dict[str, Any]) -> None:
    with pytest.raises(ResumeError, match="not a state"):
        BatchStream(data, batch_size=2).load_state_dict(state)


def test_settings_that_make_no_sense_are_refused(data: Dataset[Row]) -> None:
    with pytest.raises(ValueError, match="batch_size"):
        BatchStream(data, batch_size=0)
    with pytest.raises(ValueError, match="shuffle"):
        BatchStream(data, batch_size=1, shuffle=-1)


def test_batches_are_seen_through_the_lens(data: Dataset[Row]) -> None:
    for shuffle in (False, True):
        stream = BatchStream(data.as_type(Double), batch_size=4, shuffle=shuffle, seed=1)
        batches = list(stream.batches())
        assert sorted(n for batch in batches for n in batch.twice) == list(range(0, 50, 2))
        assert {batch.sample_type for batch in batches} == {Double}


def test_large_samples_are_batched_as_well(tmp_path: Path) -> None:
    images = [np.full((200, 200), i, np.float32) for i in range(30)]
    write_shard(tmp_path / "a.tar", [Row(i, image) for i, image in enumerate(images)])
    for shuffle in (False, 5):
        stream = BatchStream(Dataset[Row](tmp_path / "a.tar"), batch_size=8, shuffle=shuffle)
        for batch in stream.batches(Share(1, 2)):
            assert batch.image.flags.writeable
            assert batch.image[:, 7, 7].tolist() == batch.n


def damaged(tmp_path: Path) -> Dataset[Row]:
    image = np.zeros(2, np.float32)
    fourth = [DictSample(n="three" if i == 3 else i, image=image) for i in range(7)]
    write_shard(tmp_path / "a.tar", fourth)
    (tmp_path / "b.tar").write_bytes(b"damaged")
    write_shard(tmp_path / "c.tar", rows(7, 10))
    return Dataset[Row](tmp_path / "{a,b,c}.tar")


@pytest.mark.parametrize("shuffle", [0, 1000])
def test_what_cannot_be_read_is_an_error_that_says_where(tmp_path: Path, shuffle: int) -> None:
    ds = damaged(tmp_path)
    with pytest.raises((ShardError, ShardSampleError), match=r"[ab]\.tar"):
        numbers(BatchStream(ds, batch_size=2, shuffle=shuffle, seed=0))


@pytest.mark.parametrize("shuffle", [0, 1, 1000])
def test_what_cannot_be_read_is_stepped_over_on_demand(tmp_path: Path, shuffle: int) -> None:
    stream = BatchStream(damaged(tmp_path), batch_size=2, shuffle=shuffle, seed=0, errors="warn")
    with pytest.warns(ShardWarning) as caught:
        whole = numbers(stream)
    assert sorted(str(each.message).partition("tar")[0][-2:] for each in caught) == ["a.", "b."]
    assert [len(batch) for batch in whole] == [2, 2, 2, 2, 1]
    assert sorted(n for batch in whole for n in batch) == [0, 1, 2, 4, 5, 6, 7, 8, 9]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ShardWarning)
        for seen in range(len(whole) + 1):
            batches = stream.batches()
            for _ in range(seen):
                next(batches)
            again = BatchStream(stream.ds, batch_size=2, shuffle=shuffle, seed=0, errors="warn")
            again.load_state_dict(stream.state_dict())
            assert numbers(again) == whole[seen:]


def test_batches_of_one_sample_know_their_keys(tmp_path: Path) -> None:
    write_shard(tmp_path / "a.tar", rows(0, 3000))
    stream = BatchStream(Dataset[Row](tmp_path / "a.tar"), batch_size=1)
    keys = [batch.sample_keys for batch in stream.batches()]
    assert keys == [[f"{i:09d}"] for i in range(3000)]


def test_a_stream_travels_to_another_process_with_its_place(data: Dataset[Row]) -> None:
    first = BatchStream(data, batch_size=5)
    first.load_state_dict(_after(data, 2))
    second = pickle.loads(pickle.dumps(first))
    assert numbers(second) == numbers(first)


def _after(data: Dataset[Row], count: int) -> dict[str, Any]:
    stream = BatchStream(data, batch_size=5)
    batches = stream.batches()
    for _ in range(count):
        next(batches)
    return stream.state_dict()


def test_a_stream_says_what_it_is(data: Dataset[Row]) -> None:
    stream = BatchStream(data, batch_size=5, shuffle=7, seed=1, drop_last=True)
    settings = "batch_size=5, shuffle=7, seed=1, drop_last=True"
    assert repr(stream) == f"BatchStream({data!r}, {settings})"
