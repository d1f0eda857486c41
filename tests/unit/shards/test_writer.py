"""Writing: the same samples make the same bytes, and a shard is there whole or not at all."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import atdata_nb as at
from atdata_nb.cid import blob_cid_from_sha256
from atdata_nb.errors import (
    ArrayFormatError,
    DuplicateKeyError,
    EmptyDatasetError,
    SampleTypeError,
    ShardError,
)
from atdata_nb.shards import Shard, ShardWriter, write_shard


@at.packable
class Row:
    n: int
    x: NDArray[np.float32]


def rows(count: int) -> list[Row]:
    return [Row(n, np.full(5, n / 3, np.float32)) for n in range(count)]


WRITE = """
import sys, numpy as np
from numpy.typing import NDArray
import atdata_nb as at
from atdata_nb.shards import write_shard

@at.packable
class Row:
    n: int
    x: NDArray[np.float32]

shard = write_shard(sys.argv[1], (Row(n, np.full(5, n / 3, np.float32)) for n in range(700)))
print(shard.sha256, shard.cid)
"""


def test_the_same_samples_written_in_two_processes_are_the_same_bytes_and_cid(
    tmp_path: Path,
) -> None:
    told = []
    for name in ("a.tar", "b.tar"):
        done = subprocess.run(
            [sys.executable, "-c", WRITE, tmp_path / name],
            env=os.environ | {"PYTHONHASHSEED": str(len(told)), "TZ": f"UTC{len(told)}"},
            capture_output=True,
            text=True,
            check=True,
        )
        told.append(done.stdout)
    assert told[0] == told[1]
    assert (tmp_path / "a.tar").read_bytes() == (tmp_path / "b.tar").read_bytes()
    here = write_shard(tmp_path / "here.tar", rows(700))
    assert told[0].split() == [here.sha256, here.cid]


def test_known_samples_make_known_bytes(tmp_path: Path) -> None:
    # Changing this hash changes the CID of everything that people publish again.
    shard = write_shard(tmp_path / "a.tar", rows(3))
    assert shard.sha256 == "9570069e3a9f5a677d6081aa51030a76d670c42d30671c8cb68bd6fe92e76695"
    assert shard.cid == blob_cid_from_sha256(bytes.fromhex(shard.sha256))


def test_a_shard_knows_what_was_written(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "a.tar"
    shard = write_shard(path, iter(rows(1000)))
    data = path.read_bytes()
    assert shard == Shard(
        url=str(path),
        samples=1000,
        bytes=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        cid=blob_cid_from_sha256(hashlib.sha256(data).digest()),
    )
    assert list(at.Dataset[Row](path)) == rows(1000)


def test_any_tar_reads_it_and_nothing_in_it_says_when_or_by_whom(tmp_path: Path) -> None:
    write_shard(tmp_path / "a.tar", rows(3))
    with tarfile.open(tmp_path / "a.tar") as archive:
        members = archive.getmembers()
    assert [member.name for member in members] == [f"{i:09d}.msgpack" for i in range(3)]
    facts = {(m.mtime, m.uid, m.gid, m.uname, m.gname, m.mode) for m in members}
    assert facts == {(0, 0, 0, "", "", 0o644)}
    assert (tmp_path / "a.tar").stat().st_size % 10_240 == 0


KEYS = ["a", "train/x", "naïve 日本", "a\nb", "k" * 92, "k" * 93, "folder/" + "x" * 300, "é" * 60]


def test_keys_of_every_length_come_back(tmp_path: Path) -> None:
    with ShardWriter(tmp_path / "a.tar") as writer:
        for n, key in enumerate(KEYS):
            writer.write(rows(20)[n], key=key)
    ds = at.Dataset[Row](tmp_path / "a.tar")
    assert list(ds.keys()) == KEYS
    assert list(ds) == rows(len(KEYS))
    with tarfile.open(tmp_path / "a.tar") as archive:
        assert archive.getnames() == [f"{key}.msgpack" for key in KEYS]


@pytest.mark.parametrize("key", ["", "a.b", "a\0b", "/etc/x", "folder/", ".hidden"])
def test_a_key_that_can_be_no_member_s_name_is_refused(key: str, tmp_path: Path) -> None:
    with pytest.raises(SampleTypeError, match="key"), ShardWriter(tmp_path / "a.tar") as writer:
        writer.write(rows(1)[0], key=key)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("keys", [["a", "a"], [None, "000000000"], ["000000001", None]])
def test_a_key_is_not_written_twice(keys: list[str | None], tmp_path: Path) -> None:
    first, second = keys
    writer = ShardWriter(tmp_path / "a.tar")
    writer.write(rows(1)[0], key=first)
    with pytest.raises(DuplicateKeyError):
        writer.write(rows(1)[0], key=second)
    writer.discard()
    assert list(tmp_path.iterdir()) == []


def broken(error: BaseException, after: int) -> Iterator[Any]:
    yield from rows(after)
    raise error


@pytest.mark.parametrize("error", [RuntimeError("x"), KeyboardInterrupt()], ids=type)
@pytest.mark.parametrize("after", [0, 2, 50_000])
def test_a_write_that_fails_leaves_no_file(
    error: BaseException, after: int, tmp_path: Path
) -> None:
    """TRAPS C25."""
    with pytest.raises(type(error)):
        write_shard(tmp_path / "a.tar", broken(error, after))
    assert list(tmp_path.iterdir()) == []


def test_a_write_that_fails_leaves_the_shard_that_was_there(tmp_path: Path) -> None:
    """TRAPS C25."""
    write_shard(tmp_path / "a.tar", rows(3))
    with pytest.raises(RuntimeError):
        write_shard(tmp_path / "a.tar", broken(RuntimeError("x"), 50_000))
    assert [path.name for path in tmp_path.iterdir()] == ["a.tar"]
    assert list(at.Dataset[Row](tmp_path / "a.tar")) == rows(3)


def test_no_samples_make_no_file(tmp_path: Path) -> None:
    """TRAPS C25."""
    with pytest.raises(EmptyDatasetError, match=r"a\.tar"):
        write_shard(tmp_path / "a.tar", [])
    assert list(tmp_path.iterdir()) == []


def test_samples_of_two_types_are_no_dataset(tmp_path: Path) -> None:
    for other in (at.DictSample(n=1), object()):
        with pytest.raises(SampleTypeError):
            write_shard(tmp_path / "a.tar", [*rows(2), other])
    assert list(tmp_path.iterdir()) == []


def test_a_bad_sample_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises((SampleTypeError, ArrayFormatError), match=r"Row\.x"):
        write_shard(tmp_path / "a.tar", [*rows(2), Row(1, np.array([None]))])
    assert list(tmp_path.iterdir()) == []


def test_the_file_is_on_the_disk_before_it_has_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """TRAPS C25."""
    path, steps = tmp_path / "a.tar", []
    sync, rename = os.fsync, Path.replace

    def watch_sync(handle: int) -> None:
        what = "folder" if os.path.isdir(f"/proc/self/fd/{handle}") else "file"  # noqa: PTH112
        steps.append(f"sync {what}, named: {path.exists()}")
        sync(handle)

    def watch_rename(self: Path, target: Path) -> Path:
        steps.append("rename")
        return rename(self, target)

    monkeypatch.setattr(os, "fsync", watch_sync)
    monkeypatch.setattr(Path, "replace", watch_rename)
    write_shard(path, rows(3))
    assert steps == ["sync file, named: False", "rename", "sync folder, named: True"]


def test_while_it_is_written_nothing_is_found_under_its_name_or_a_pattern(tmp_path: Path) -> None:
    with ShardWriter(tmp_path / "a.tar") as writer:
        for row in rows(20_000):
            writer.write(row)
        assert list(tmp_path.glob("*.tar")) == []
        assert len(list(tmp_path.iterdir())) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["a.tar"]


def test_a_name_may_follow_from_the_content(tmp_path: Path) -> None:
    writer = ShardWriter(tmp_path / "x.tar")
    writer.write(rows(1)[0])
    shard = writer.close("x-{sha256}.tar")
    assert Path(shard.url).name == f"x-{shard.sha256[:12]}.tar"
    assert [path.name for path in tmp_path.iterdir()] == [Path(shard.url).name]


def test_memory_does_not_grow_with_what_is_written(tmp_path: Path) -> None:
    import tracemalloc

    big = Row(0, np.zeros(1 << 18, np.float32))
    tracemalloc.start()
    try:
        write_shard(tmp_path / "a.tar", (big for _ in range(100)))
        assert tracemalloc.get_traced_memory()[1] < 64 << 20
    finally:
        tracemalloc.stop()


def test_a_cut_of_what_was_written_never_reads_as_whole(tmp_path: Path) -> None:
    """TRAPS C25."""
    write_shard(tmp_path / "a.tar", rows(20))
    data = (tmp_path / "a.tar").read_bytes()
    for stop in range(0, 20 * 1024 + 1, 512):
        (tmp_path / "cut.tar").write_bytes(data[:stop])
        with pytest.raises(ShardError):
            list(at.Dataset[Row](tmp_path / "cut.tar").ordered())


FULL = """
import resource, signal, sys
import atdata_nb as at
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), -1))
store = at.LocalDiskStore(sys.argv[1])
try:
    store.write_shards([at.DictSample(x=bytes(200_000)) for _ in range(30)], prefix="rows")
except at.errors.DiskFullError as error:
    print(error)
"""


@pytest.mark.parametrize("room", [1_000, 3_000_000])
def test_a_full_disk_is_said_and_leaves_nothing(tmp_path: Path, room: int) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import atdata_nb.errors\n" + FULL, str(tmp_path), str(room)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "there is no room for it" in done.stdout, done.stderr
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
