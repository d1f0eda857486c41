from __future__ import annotations

import io
import tarfile
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atdata_nb import Dataset, packable
from atdata_nb.errors import CorruptShardError
from atdata_nb.samples import DictSample
from atdata_nb.shards import ShardWriter
from atdata_nb.shards.index_file import PAGE, IndexFile, Place, check_member, encode_index
from atdata_nb.shards.tar import BLOCK


@packable
class Number:
    n: int


def reader(data: bytes) -> IndexFile:
    return IndexFile("a.tar", data[: 64 << 10], lambda start, length: data[start : start + length])


def encoded(places: list[Place], **facts: Any) -> bytes:
    size = max((place.end for place in places), default=0)
    data = encode_index(
        [place.key for place in places],
        [place.head for place in places],
        [place.size for place in places],
        **{"size": size, "sha256": bytes(32), **facts},
    )
    assert data is not None
    return data


def laid_out(samples: list[tuple[bytes, int]]) -> list[Place]:
    places, at = [], 0
    for key, size in samples:
        places.append(Place(key, at, size))
        at += BLOCK + size + -size % BLOCK
    return places


keys = st.binary(min_size=1, max_size=40).filter(lambda key: b"\0" not in key)


@given(st.lists(st.tuples(keys, st.integers(0, 1 << 40)), max_size=50))
def test_an_index_says_what_was_put_in(samples: list[tuple[bytes, int]]) -> None:
    places = laid_out(samples)
    index = reader(encoded(places))
    assert index.samples == len(places)
    assert index.places(0, len(places)) == places


def test_an_index_of_many_pages_is_read_where_it_is_asked() -> None:
    places = laid_out([(b"%09d" % i, i * 7919 % 5000) for i in range(60 * PAGE + 5)])
    data = encoded(places)
    asked: list[tuple[int, int]] = []

    def read(start: int, length: int) -> bytes:
        asked.append((start, length))
        return data[start : start + length]

    index = IndexFile("a.tar", data[: 64 << 10], read)
    assert [index.place(i) for i in (0, 60 * PAGE + 4, 30 * PAGE)] == [
        places[0],
        places[-1],
        places[30 * PAGE],
    ]
    assert len(asked) == 2
    assert sum(length for _, length in asked) < 20_000


def test_an_index_is_small() -> None:
    places = laid_out([(b"%09d" % i, 9555) for i in range(20_000)])
    assert len(encoded(places)) < 60_000


def test_no_damage_is_overlooked() -> None:
    places = laid_out([(b"%09d" % i, 100 + i) for i in range(1500)])
    data = encoded(places)
    for at in range(len(data)):
        damaged = data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :]
        with pytest.raises(CorruptShardError, match="member index"):
            reader(damaged).places(0, 1500)


def test_a_cut_index_is_noticed() -> None:
    data = encoded(laid_out([(b"%09d" % i, 100 + i) for i in range(1500)]))
    for size in range(0, len(data), 97):
        with pytest.raises(CorruptShardError, match="member index"):
            reader(data[:size]).places(0, 1500)


@given(st.binary(max_size=300))
def test_nothing_that_is_no_index_is_taken_for_one(data: bytes) -> None:
    with pytest.raises(CorruptShardError):
        reader(data)


def test_an_index_can_not_point_out_of_its_shard() -> None:
    """The checksums of a liar are right."""
    for places in (
        [Place(b"a", 0, 1 << 62), Place(b"b", 1 << 62, 1 << 62)],
        [Place(b"a", 5000, 10)],
        [Place(b"a", 0, -5)],
        [Place(b"a", -5, 10)],
        [Place(b"a", 100, 10), Place(b"b", 50, 10)],
    ):
        data = encoded(places, size=4096)
        with pytest.raises(CorruptShardError, match=r"no sense|out of the shard"):
            reader(data).places(0, 2)
    many = encoded(laid_out([(b"a", 0)] * 100), size=4096)
    with pytest.raises(CorruptShardError, match="more samples than the shard has room for"):
        reader(many)


def test_the_writer_puts_an_index_beside_its_shard(tmp_path: Path) -> None:
    path = tmp_path / "a.tar"
    with ShardWriter(path, index=True) as writer:
        for i in range(2000):
            writer.write(DictSample(x=bytes(i)), key=("long/" * 30 if i % 3 else "") + f"k{i}")
    data = path.read_bytes()
    index = reader((tmp_path / "a.tar.idx").read_bytes())
    assert (index.samples, index.shard_bytes, index.sha256) == (
        2000,
        len(data),
        sha256(data).digest(),
    )
    raw = [(key, bytes(payload)) for key, payload in Dataset(path).raw()]
    for i, place in enumerate(index.places(0, 2000)):
        member = data[place.head : place.end]
        check_member("a.tar", place, member)
        assert (place.key.decode(), member[BLOCK:]) == raw[i]
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a.tar", "a.tar.idx"]


def test_a_member_is_only_taken_where_its_header_says_so() -> None:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for name, size in (("a.msgpack", 10), ("b.msgpack", 20), ("b.json", 5)):
            info = tarfile.TarInfo(name)
            info.size = size
            archive.addfile(info, io.BytesIO(bytes(size)))
    data = file.getvalue()
    check_member("a.tar", Place(b"b", 1024, 20), data[1024 : 1024 + 532])
    for place in (
        Place(b"a", 1024, 20),
        Place(b"b", 1024, 10),
        Place(b"b", 512, 20),
        Place(b"b", 2048, 5),
        Place(b"b", len(data) - 100, 20),
    ):
        with pytest.raises(CorruptShardError, match="does not fit"):
            check_member("a.tar", place, data[place.head : place.end])
