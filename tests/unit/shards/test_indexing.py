from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from atdata_nb import Dataset, DictSample
from atdata_nb.errors import NotRandomAccessError, ShardNotFoundError
from atdata_nb.shards import URLSource, write_shard
from atdata_nb.shards.indexing import index_shard
from atdata_nb.shards.ranged import RangedShard
from atdata_nb.shards.writer import ShardWriter


@pytest.mark.parametrize(
    "name",
    ["atdata-0.2.3b1/arrays.tar", "atdata-0.7.0b1/arrays.tar"],
)
def test_a_shard_of_another_package_gets_an_index(
    name: str, fixtures: Path, tmp_path: Path
) -> None:
    path = tmp_path / "a.tar"
    path.write_bytes((fixtures / name).read_bytes())
    index_shard(path)
    raw = [(key, bytes(data)) for key, data in Dataset(path).raw()]
    found = RangedShard.open(URLSource(path), str(path))
    assert found is not None
    numbers = range(len(found))
    places = [found.where(i)[0] for i in numbers]
    assert [(k, bytes(d)) for k, d in zip(places, found.payloads(numbers), strict=True)] == raw


def test_it_is_the_index_that_the_writer_would_have_written(tmp_path: Path) -> None:
    path = tmp_path / "a.tar"
    with ShardWriter(path, index=True) as writer:
        for i in range(1500):
            writer.write(DictSample(x=bytes(i)))
    index = tmp_path / "a.tar.idx"
    written = index.read_bytes()
    index.unlink()
    assert index_shard(path) == index
    assert index.read_bytes() == written


def test_what_has_no_places_gets_none(tmp_path: Path) -> None:
    shard = write_shard(tmp_path / "a.tar", [DictSample(n=1)])
    packed = tmp_path / "a.tar.gz"
    packed.write_bytes(gzip.compress(Path(shard.url).read_bytes()))
    with pytest.raises(NotRandomAccessError):
        index_shard(packed)
    with pytest.raises(ShardNotFoundError):
        index_shard(tmp_path / "missing.tar")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a.tar", "a.tar.gz"]
