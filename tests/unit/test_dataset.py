"""Dataset: in order, shuffled, by number, in batches; and what it says when it cannot."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import atdata_nb as at
from atdata_nb.errors import NotRandomAccessError, ShardNotFoundError, UnsafeUrlError
from atdata_nb.shards import write_shard


@at.packable
class Row:
    n: int
    x: NDArray[np.float32]


def rows(*numbers: int) -> list[Row]:
    return [Row(n, np.full(4, n, np.float32)) for n in numbers]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for i in range(3):
        write_shard(tmp_path / f"part-{i:03d}.tar", rows(*range(i * 100, i * 100 + 100)))
    return tmp_path


@pytest.fixture
def ds(folder: Path) -> at.Dataset[Row]:
    return at.Dataset[Row](folder / "part-{000..002}.tar")


def numbers(samples: Any) -> list[int]:
    return [sample.n for sample in samples]


def test_samples_come_in_the_order_they_are_stored_in(ds: at.Dataset[Row]) -> None:
    assert numbers(ds) == numbers(ds.ordered()) == list(range(300))
    assert numbers(ds) == list(range(300))  # and again


@pytest.mark.parametrize("size", [1, 7, 100, 128, 300, 1000])
def test_batches_hold_all_samples_and_the_last_may_be_short(ds: at.Dataset[Row], size: int) -> None:
    batches = list(ds.ordered(batch_size=size))
    assert [n for batch in batches for n in batch.n] == list(range(300))
    assert {len(batch) for batch in batches[:-1]} <= {size}
    assert batches[0].x.shape == (min(size, 300), 4)
    assert batches[0].sample_type is Row


@pytest.mark.parametrize("size", [0, -1])
def test_a_batch_size_below_one_is_refused_at_once(ds: at.Dataset[Row], size: int) -> None:
    with pytest.raises(ValueError, match="batch_size"):
        ds.ordered(batch_size=size)


def test_samples_are_reached_by_number_and_slice(ds: at.Dataset[Row]) -> None:
    assert len(ds) == 300
    assert [ds[i].n for i in (0, 99, 100, 299, -1, -300)] == [0, 99, 100, 299, 299, 0]
    assert numbers(ds[98:102]) == [98, 99, 100, 101]
    assert numbers(ds[::-100]) == [299, 199, 99]
    assert ds[300:] == []
    for place in (300, -301):
        with pytest.raises(IndexError, match="of 300"):
            _ = ds[place]


def test_a_shard_written_anew_is_read_anew(folder: Path) -> None:
    path = folder / "part-000.tar"
    ds = at.Dataset[Row](path)
    assert ds[0].n == 0
    write_shard(path, rows(*range(1000, 1100)))
    assert ds[0].n == 1000
    assert numbers(ds)[:2] == [1000, 1001]


def test_shuffling_gives_every_sample_once_and_repeats_with_its_seed(ds: at.Dataset[Row]) -> None:
    first = numbers(ds.shuffled(seed=1))
    assert sorted(first) == list(range(300))
    assert first != list(range(300))
    assert numbers(ds.shuffled(seed=1)) == first
    assert numbers(ds.shuffled(seed=2)) != first
    batched = [n for b in ds.shuffled(batch_size=32, seed=1) for n in b.n]
    assert batched == first


def test_small_buffers_still_give_every_sample_once(ds: at.Dataset[Row]) -> None:
    assert sorted(numbers(ds.shuffled(1, 1, seed=3))) == list(range(300))
    assert sorted(numbers(ds.shuffled(2, 10, seed=3))) == list(range(300))


def test_head_and_sample_give_a_few(ds: at.Dataset[Row]) -> None:
    assert numbers(ds.head(3)) == [0, 1, 2]
    assert len(ds.head(1000)) == 300
    drawn = numbers(ds.sample(10, seed=4))
    assert len(set(drawn)) == 10
    assert numbers(ds.sample(10, seed=4)) == drawn
    assert len(ds.sample(1000)) == 300


def test_a_stream_has_a_sample_but_no_length(folder: Path) -> None:
    import gzip

    (folder / "z.tar.gz").write_bytes(gzip.compress((folder / "part-000.tar").read_bytes()))
    ds = at.Dataset[Row](folder / "z.tar.gz")
    assert len(set(numbers(ds.sample(10, seed=1)))) == 10
    with pytest.raises(NotRandomAccessError, match="compressed"):
        len(ds)
    with pytest.raises(TypeError):
        _ = ds[0]
    assert numbers(list(ds))[:2] == [0, 1]


@pytest.mark.parametrize("form", [str, Path, lambda path: f"file://{path}", lambda path: [path]])
def test_a_path_may_be_given_in_every_form(form: Any, folder: Path) -> None:
    """TRAPS 4.4."""
    assert numbers(at.Dataset[Row](form(folder / "part-000.tar")))[:2] == [0, 1]


def test_patterns_are_expanded(folder: Path) -> None:
    for pattern in ("part-*.tar", "part-{000,001,002}.tar", "part-00[012].tar"):
        ds = at.Dataset[Row](f"{folder}/{pattern}")
        assert [Path(shard).name for shard in ds.list_shards()] == [
            f"part-{i:03d}.tar" for i in range(3)
        ]


def test_a_path_that_leads_nowhere_is_said_at_once(tmp_path: Path) -> None:
    """TRAPS 4.4."""
    for missing in ("none.tar", "none-{000..002}.tar", "none-*.tar"):
        with pytest.raises(ShardNotFoundError, match="there is no such file; look at the path"):
            at.Dataset[Row](tmp_path / missing)
    with pytest.raises(FileNotFoundError):
        at.Dataset(tmp_path / "none.tar")


def test_a_url_that_runs_a_command_is_refused_at_once() -> None:
    """TRAPS S1."""
    with pytest.raises(UnsafeUrlError, match="pipe"):
        at.Dataset[Row]("pipe:touch /tmp/x; cat y.tar")


def test_without_a_type_every_sample_is_a_dict_sample(folder: Path) -> None:
    """TRAPS 4.4."""
    ds = at.Dataset(folder / "part-000.tar")
    assert ds.sample_type is at.DictSample
    sample = ds[3]
    assert (sample.n, sample["x"].shape, sample.keys()) == (3, (4,), ["n", "x"])
    assert ds.as_type(Row)[3] == rows(3)[0]
    assert next(iter(ds.ordered(batch_size=4))).x.shape == (4, 4)


def test_the_type_may_be_given_as_an_argument(folder: Path) -> None:
    ds = at.Dataset(folder / "part-000.tar", sample_type=Row)
    assert (ds.sample_type, ds[1]) == (Row, rows(1)[0])


def test_a_dataset_says_what_it_is(ds: at.Dataset[Row]) -> None:
    """TRAPS 4.4."""
    text = repr(ds)
    assert "Row" in text
    assert "3 shards" in text
    assert "0x" not in text


class ProtocolOnly:
    """A source that somebody else wrote, with nothing but the protocol's methods."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def list_shards(self) -> list[str]:
        return ["only"]

    @property
    def shards(self) -> Iterator[tuple[str, Any]]:
        yield "only", self.path.open("rb")

    def open_shard(self, shard_id: str, /) -> Any:
        assert shard_id == "only"
        return self.path.open("rb")


def test_any_source_that_keeps_the_protocol_will_do(folder: Path) -> None:
    ds = at.Dataset[Row](ProtocolOnly(folder / "part-001.tar"))
    assert numbers(ds.ordered()) == list(range(100, 200))
    assert numbers(ds.head(2)) == [100, 101]
    with pytest.raises(NotRandomAccessError, match="no local file"):
        len(ds)


def test_raw_members_are_what_a_copy_needs(ds: at.Dataset[Row]) -> None:
    pairs = list(ds.raw())
    assert [key for key, _ in pairs[:2]] == ["000000000", "000000001"]
    assert Row.from_bytes(bytes(pairs[250][1])).n == 250
    assert len(pairs) == 300


def test_several_threads_may_read_one_dataset(ds: at.Dataset[Row]) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(4) as pool:
        parts = list(pool.map(lambda k: [ds[i].n for i in range(k, 300, 4)], range(4)))
    assert sorted(n for part in parts for n in part) == list(range(300))
