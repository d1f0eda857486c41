from __future__ import annotations

import gzip
import io
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest
import webdataset as wds

from atdata_nb import Dataset, packable
from atdata_nb.errors import TruncatedShardError, UnsafeUrlError
from atdata_nb.shards import write_shard


@packable
class Row:
    n: int


class Odd:
    """A source whose identifiers are no URLs."""

    def __init__(self, shards: dict[str, bytes]) -> None:
        self._shards = shards

    @property
    def shards(self) -> Iterator[tuple[str, IO[bytes]]]:
        return ((name, self.open_shard(name)) for name in self._shards)

    def list_shards(self) -> list[str]:
        return list(self._shards)

    def open_shard(self, shard_id: str) -> IO[bytes]:
        return io.BytesIO(self._shards[shard_id])


def dataset(tmp_path: Path, shards: int = 4) -> Dataset[Row]:
    for i in range(shards):
        write_shard(tmp_path / f"{i}.tar", [Row(10 * i), Row(10 * i + 1)])
    return Dataset[Row](tmp_path / f"{{0..{shards - 1}}}.tar")


def test_samples_come_with_key_and_bytes(tmp_path: Path) -> None:
    ds = dataset(tmp_path)
    samples = list(ds.as_webdataset())
    assert samples[1] == {
        "__key__": "000000001",
        "__url__": str(tmp_path / "0.tar"),
        "msgpack": Row(1).packed,
    }
    assert [Row.from_bytes(s["msgpack"]) for s in samples] == list(ds)
    assert isinstance(ds.as_webdataset(), wds.DataPipeline)


def test_stages_of_webdataset_can_follow(tmp_path: Path) -> None:
    pipeline = dataset(tmp_path).as_webdataset()
    numbers = wds.map(lambda sample: Row.from_bytes(sample["msgpack"]).n)
    decoded = pipeline.compose(numbers, wds.batched(3, collation_fn=list))
    assert [list(batch) for batch in decoded] == [[0, 1, 10], [11, 20, 21], [30, 31]]


@pytest.mark.parametrize(("who", "count"), [("RANK", "WORLD_SIZE"), ("WORKER", "NUM_WORKERS")])
def test_nodes_and_workers_share_the_shards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, who: str, count: str
) -> None:
    pipeline = dataset(tmp_path).as_webdataset()
    seen = []
    monkeypatch.setenv(count, "2")
    for i in range(2):
        monkeypatch.setenv(who, str(i))
        seen.append([Row.from_bytes(s["msgpack"]).n for s in pipeline])
    assert seen == [[0, 1, 20, 21], [10, 11, 30, 31]]


def test_a_shard_is_never_given_to_a_shell(tmp_path: Path) -> None:
    """TRAPS S1."""
    with pytest.raises(UnsafeUrlError):
        Dataset[Row]("pipe:touch hacked").as_webdataset()
    write_shard(tmp_path / "a.tar", [Row(7)])
    mark = tmp_path / "hacked"
    name = f"pipe:touch {mark}"
    ds = Dataset[Row](Odd({name: (tmp_path / "a.tar").read_bytes()}))
    (sample,) = ds.as_webdataset()
    assert (sample["__url__"], Row.from_bytes(sample["msgpack"])) == (name, Row(7))
    assert not mark.exists()


def test_compressed_shards_are_read_and_cut_ones_are_errors(tmp_path: Path) -> None:
    """TRAPS C25."""
    write_shard(tmp_path / "a.tar", [Row(i) for i in range(9)])
    whole = (tmp_path / "a.tar").read_bytes()
    zipped = Dataset[Row](Odd({"z": gzip.compress(whole)})).as_webdataset()
    assert len(list(zipped)) == 9
    with pytest.raises(TruncatedShardError):
        list(Dataset[Row](Odd({"cut": whole[: 3 * 1024]})).as_webdataset())


def test_a_pipeline_travels_to_another_process(tmp_path: Path) -> None:
    pipeline = pickle.loads(pickle.dumps(dataset(tmp_path).as_webdataset()))
    assert len(list(pipeline)) == 8
