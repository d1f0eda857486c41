"""Access: many shards by number, within the files that a process may hold open."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from unit.shards.tars import END, Row, rows

import atdata_nb as at
from atdata_nb import errors
from atdata_nb.dataset import Dataset
from atdata_nb.samples import DictSample
from atdata_nb.shards import access, members, write_shard
from atdata_nb.shards.access import ShardAccess
from atdata_nb.shards.indexing import index_shard
from atdata_nb.shards.members import MappedShard
from atdata_nb.shards.sources import URLSource

MANY = """
import resource, sys
import atdata_nb as at
resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256))
ds = at.Dataset(sys.argv[1])
print(len(ds), ds[1].n, ds[-1].n, sum(1 for _ in ds.ordered()), len(ds.sample(50)))
"""


def test_more_shards_than_may_be_open_are_read_by_number(tmp_path: Path) -> None:
    for i in range(400):
        (tmp_path / f"{i:03d}.tar").write_bytes(rows(i, i + 1) + END)
    done = subprocess.run(
        [sys.executable, "-c", MANY, f"{tmp_path}/*.tar"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["800", "1", "400", "800", "50"]


def test_the_members_of_a_closed_shard_are_not_searched_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for i in range(5):
        (tmp_path / f"{i}.tar").write_bytes(rows(2 * i, 2 * i + 1) + END)
    monkeypatch.setattr(access, "MAX_MAPPED", 2)
    ds = at.Dataset[Row](f"{tmp_path}/{{0..4}}.tar")
    assert len(ds) == 10
    monkeypatch.setattr(members, "_find_members", lambda *_: pytest.fail("searched again"))
    assert [ds[i].n for i in range(10)] == list(range(10))


def test_a_shard_that_changed_is_searched_again(tmp_path: Path) -> None:
    path = tmp_path / "a.tar"
    path.write_bytes(rows(1) + END)
    opened = ShardAccess(URLSource(path))
    assert len(opened.mapped(str(path)).members) == 1
    (tmp_path / "new").write_bytes(rows(1, 2, 3) + END)
    (tmp_path / "new").rename(path)
    assert len(opened.mapped(str(path)).members) == 3


def _indexed(folder: Path, count: int = 3_000) -> Path:
    path = folder / "rows.tar"
    write_shard(path, [DictSample(n=i, text="x" * (i % 7)) for i in range(count)])
    index_shard(path)
    return path


def test_an_index_beside_a_local_shard_spares_the_walk(tmp_path: Path) -> None:
    path = _indexed(tmp_path)
    indexed, walked = MappedShard(path, "rows"), MappedShard(path, "rows", walk=True)
    assert (indexed.seen, walked.seen) == (False, True)
    for name in ("starts", "sizes", "heads", "ends"):
        assert (getattr(indexed.members, name) == getattr(walked.members, name)).all()
    assert indexed.members.names == walked.members.names
    ds = Dataset(path)
    assert (len(ds), ds[2_999].n, [s.n for s in ds][1_500]) == (3_000, 2_999, 1_500)


def test_a_local_index_of_another_shard_is_noticed(tmp_path: Path) -> None:
    path = _indexed(tmp_path)
    data = bytearray(path.read_bytes())
    # The same size, but the first two members have changed places.
    first, second = data[:1024], data[1024:2048]
    path.write_bytes(second + first + data[2048:])
    with pytest.raises(errors.CorruptShardError, match="does not fit"):
        _ = Dataset(path)[0]


@pytest.mark.parametrize("damage", [b"", b"nonsense", b"\0" * 500])
def test_a_damaged_local_index_is_left_aside(tmp_path: Path, damage: bytes) -> None:
    path = _indexed(tmp_path)
    path.with_name("rows.tar.idx").write_bytes(damage)
    assert MappedShard(path, "rows").seen
    assert Dataset(path)[7].n == 7
