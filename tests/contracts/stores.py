"""What every store promises: a class of tests that each kind of store is put through."""

from __future__ import annotations

import pickle
import threading
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from atdata_nb import Dataset, DictSample, packable
from atdata_nb.errors import (
    EmptyDatasetError,
    SampleTypeError,
    ShardNotFoundError,
    UnsafePathError,
)
from atdata_nb.shards import Shard, write_shard
from atdata_nb.shards.access import ShardAccess

UNSAFE = [
    "../x",
    "../../x",
    "a/../../x",
    "a/..",
    "..",
    ".",
    "",
    "/x",
    "x/",
    "a//b",
    ".hidden",
    "a/.hidden",
    "a\\..\\..\\x",
    "C:x",
    "a\0b",
    "a\nb",
    "{a,b}",
    "a*",
    "a?",
    "[a]",
    "\ud800",
    "x" * 300,
]


@packable
class Number:
    n: int


def numbers(count: int, start: int = 0) -> list[Number]:
    return [Number(start + i) for i in range(count)]


def opened(store: Any, shards: list[Shard], sample_type: type = Number) -> Dataset[Any]:
    """Shards of a store as a dataset, as an index would open them."""
    urls = [shard.url for shard in shards]
    source = store.source(urls) if hasattr(store, "source") else urls
    return Dataset(source, sample_type=sample_type, written=shards)


def content(store: Any, shard: Shard) -> bytes:
    ds = opened(store, [shard])
    with ds.source.open_shard(shard.url) as stream:
        return stream.read()


class StoreContract:
    """Needs a fixture ``store``: a new, empty store."""

    def test_a_shard_is_named_by_its_content(self, store: Any) -> None:
        (shard,) = store.write(numbers(3), prefix="group/counts")
        data = content(store, shard)
        digest = sha256(data).hexdigest()
        assert shard.url.endswith(f"/group/counts/counts-000000-{digest[:12]}.tar")
        assert (shard.sha256, shard.bytes, shard.samples) == (digest, len(data), 3)
        assert store.supports_streaming()

    def test_what_is_written_is_what_is_read(self, store: Any) -> None:
        shards = store.write(numbers(25), prefix="a", maxcount=10)
        ds = opened(store, shards)
        assert [sample.n for sample in ds] == list(range(25))
        assert (len(ds), ds[24].n, [s.n for s in ds[8:12]]) == (25, 24, [8, 9, 10, 11])

    def test_a_shard_has_its_member_index_beside_it(self, store: Any) -> None:
        shards = store.write(numbers(2500), prefix="a")
        source = opened(store, shards).source
        assert source.read_index(shards[0].url, 0, 8) == b"ATDATAIX"
        found = ShardAccess(source).ranged(shards[0].url)
        assert found is not None
        assert len(found) == 2500
        assert [found.where(i)[0] for i in (0, 2499)] == ["000000000", "000002499"]
        assert [Number.from_bytes(bytes(data)).n for data in found.payloads([7, 2400])] == [7, 2400]

    def test_the_same_samples_twice_are_the_same_shards(self, store: Any) -> None:
        first = store.write(numbers(5), prefix="a", maxcount=2)
        assert store.write(numbers(5), prefix="a", maxcount=2) == first
        other = store.write(numbers(5, start=9), prefix="a", maxcount=2)
        assert len(store.list()) == 6
        assert not {shard.url for shard in first} & {shard.url for shard in other}

    def test_shards_are_cut_by_count_and_by_size(self, store: Any) -> None:
        assert [s.samples for s in store.write(numbers(5), prefix="a", maxcount=2)] == [2, 2, 1]
        big = [DictSample(data=bytes(10_000)) for _ in range(5)]
        assert [s.samples for s in store.write(big, prefix="b", maxsize=25_000)] == [2, 2, 1]
        assert [s.samples for s in store.write(big, prefix="c", maxsize=1)] == [1] * 5
        with pytest.raises(SampleTypeError, match="maxcount"):
            store.write(numbers(1), prefix="d", maxcount=0)

    @pytest.mark.parametrize("prefix", UNSAFE)
    def test_a_prefix_never_leads_out_of_the_store(self, store: Any, prefix: str) -> None:
        """TRAPS S4."""
        with pytest.raises(UnsafePathError):
            store.write(numbers(2), prefix=prefix)
        assert store.list() == []

    def test_a_failed_write_leaves_nothing(self, store: Any) -> None:
        """TRAPS C25."""

        def samples() -> Iterator[Any]:
            yield from numbers(5_000)
            raise RuntimeError("broken")

        with pytest.raises(RuntimeError, match="broken"):
            store.write(samples(), prefix="a", maxcount=1000)
        with pytest.raises(SampleTypeError):
            store.write([*numbers(600), DictSample(n=1)], prefix="a", maxcount=100)
        assert store.list() == []

    def test_empty_input_leaves_nothing(self, store: Any) -> None:
        """TRAPS C25."""
        with pytest.raises(EmptyDatasetError, match="no samples"):
            store.write([], prefix="a")
        assert store.list() == []

    def test_a_failed_write_keeps_what_was_there(self, store: Any) -> None:
        """TRAPS C25."""
        shards = store.write(numbers(4), prefix="a", maxcount=2)
        with pytest.raises(SampleTypeError):
            store.write([*numbers(4), DictSample(n=1)], prefix="a", maxcount=2)
        assert store.list() == [shard.url for shard in shards]

    def test_only_samples_of_the_announced_type_are_written(self, store: Any) -> None:
        with pytest.raises(SampleTypeError, match="Number where DictSample"):
            store.write(numbers(2), prefix="a", sample_type=DictSample)

    def test_a_copy_keeps_bytes_and_keys(self, store: Any, fixtures: Path) -> None:
        source = Dataset(fixtures / "atdata-0.2.3b1" / "arrays.tar")
        shards = store.write(source, prefix="arrays")
        copied = [(key, bytes(data)) for key, data in opened(store, shards, DictSample).raw()]
        assert copied == [(key, bytes(data)) for key, data in source.raw()]

    def test_shards_that_number_their_samples_alike_stay_apart_in_a_copy(
        self, store: Any, tmp_path: Path
    ) -> None:
        paths = [tmp_path / f"{i}.tar" for i in range(3)]
        for i, path in enumerate(paths):
            write_shard(path, numbers(4, start=10 * i))
        source = Dataset(paths)
        shards = store.write(source, prefix="a")
        assert [shard.samples for shard in shards] == [4, 4, 4]
        assert [key for key, _ in opened(store, shards).raw()] == [key for key, _ in source.raw()]

    def test_write_shards_gives_the_urls(self, store: Any) -> None:
        shards = store.write(numbers(3), prefix="a")
        ds = opened(store, shards)
        assert store.write_shards(ds, prefix="a") == [shards[0].url]

    def test_shards_are_listed_and_deleted_one_by_one(self, store: Any) -> None:
        assert store.list() == []
        first, second = (store.write(numbers(2, start), prefix=f"x/{start}")[0] for start in (0, 1))
        assert store.list() == [first.url, second.url]
        assert store.list("x/1") == [second.url]
        store.delete(first.url)
        assert store.list() == [second.url]
        with pytest.raises(ShardNotFoundError):
            store.delete(first.url)
        with pytest.raises(UnsafePathError):
            store.delete("elsewhere.tar")

    def test_many_writers_of_the_same_samples_agree(self, store: Any) -> None:
        written: list[list[str]] = []

        def write() -> None:
            shards = store.write(numbers(500), prefix="a", maxcount=100)
            written.append([shard.url for shard in shards])

        threads = [threading.Thread(target=write) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(written) == 4
        assert all(urls == store.list() for urls in written)

    def test_a_store_can_be_pickled(self, store: Any) -> None:
        shards = store.write(numbers(2), prefix="a")
        assert pickle.loads(pickle.dumps(store)).list() == [shards[0].url]

    def test_progress_is_told(self, store: Any) -> None:
        told: list[int] = []
        store.write(numbers(600), prefix="a", progress=told.append)
        assert told == [256, 512, 600]
