"""Every tar in the field reads: its dialects of names and sizes, its compressions, its streams."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import tarfile
from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np
import pytest
from unit.shards.tars import (
    BLOCK,
    END,
    IN_ORDER,
    WAYS,
    Row,
    ShortReads,
    Streams,
    by_tarfile,
    checksummed,
    faults,
    header,
    member,
    one_fault,
    padded,
    payload,
    row,
    rows,
)

import atdata_nb as at
from atdata_nb.errors import (
    CorruptShardError,
    NotRandomAccessError,
    ShardError,
    ShardWarning,
    TruncatedShardError,
)
from atdata_nb.samples import array_to_bytes
from atdata_nb.shards import read_stream
from atdata_nb.shards.reader import MAX_BLOCK_BYTES


@pytest.fixture
def shard(tmp_path: Path) -> Path:
    return tmp_path / "a.tar"


def keys_of(path: Path) -> list[str]:
    mapped = list(at.Dataset(path).keys())
    assert list(at.Dataset(Streams([path])).keys()) == mapped
    assert [b.sample_keys[0] for b in at.Dataset(path).ordered(batch_size=1)] == mapped
    return mapped


def check(path: Path, expected: list[Row]) -> None:
    for name, read in WAYS.items():
        assert read(path, Row) == expected, name


NAMES = {
    "short": "a",
    "in a folder": "train/dogs/a",
    "with spaces": "a b c",
    "with a newline": "a\nb",
    "not ASCII": "naïve-日本",
    "dots in the folder": "v1.2/a",
    "a hundred bytes": "k" * 91,
    "more than a hundred bytes": "folder/" + "k" * 150,
    "more than two hundred": "x" * 250,
    "more than a block": "d/" * 100 + "k" * 700,
}


@pytest.mark.parametrize("what", NAMES)
@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_names_of_every_kind_are_read_from_every_format(what: str, form: int, shard: Path) -> None:
    key = NAMES[what]
    members = {f"{key}{i}.msgpack": payload(i) for i in range(3)}
    try:
        shard.write_bytes(by_tarfile(members, form=form))
    except ValueError:
        assert form == tarfile.USTAR_FORMAT  # the name does not fit
        assert len(key) > 100
        return
    check(shard, [Row(i) for i in range(3)])
    assert keys_of(shard) == [f"{key}{i}" for i in range(3)]


def test_a_ustar_prefix_is_part_of_the_key(shard: Path) -> None:
    shard.write_bytes(member("a.msgpack", payload(1), prefix=b"some/folder") + END)
    check(shard, [Row(1)])
    assert keys_of(shard) == ["some/folder/a"]


def test_bytes_where_ustar_has_its_prefix_are_none_in_an_older_format(shard: Path) -> None:
    old = member("a.msgpack", payload(1), prefix=b"1234567", magic=b"ustar  \0")
    shard.write_bytes(old + END)
    assert keys_of(shard) == ["a"]


def test_names_that_are_not_utf8_survive(shard: Path) -> None:
    shard.write_bytes(member(b"\xff\xfe.msgpack", payload(1)) + END)
    check(shard, [Row(1)])
    assert keys_of(shard) == ["\udcff\udcfe"]


def test_a_name_ends_at_its_nul(shard: Path) -> None:
    shard.write_bytes(member(b"a.msgpack\0garbage.txt", payload(1)) + END)
    assert keys_of(shard) == ["a"]


def test_a_name_that_fills_its_field_has_no_nul(shard: Path) -> None:
    shard.write_bytes(member(b"k" * 92 + b".msgpack", payload(1)) + END)
    assert keys_of(shard) == ["k" * 92]


def test_old_checksums_of_signed_bytes_hold(shard: Path) -> None:
    head = checksummed(header("é.msgpack".encode(), len(payload(3))), signed=True)
    shard.write_bytes(rows(0) + head + padded(payload(3)) + END)
    check(shard, [Row(0), Row(3)])


@pytest.mark.parametrize(
    "size",
    [b"\x80" + (2).to_bytes(11, "big"), b"          2\0", b"2\0" + bytes(10), b"000000000002"],
    ids=["base 256", "spaces", "NULs", "no NUL"],
)
def test_sizes_of_every_spelling_are_read(size: bytes, shard: Path) -> None:
    body = padded(msgspec.msgpack.encode({}))
    assert len(payload(1)) == 4
    two = header(b"x.txt", size) + padded(b"hi")
    shard.write_bytes(two + member("x.msgpack", payload(5)) + END)
    assert len(body) == BLOCK
    check(shard, [Row(5)])


def test_a_pax_size_counts_for_its_member_and_no_other(shard: Path) -> None:
    pax = member(b"pax", b"10 size=4\n", kind=b"x")
    shard.write_bytes(pax + header(b"1.msgpack", 0) + padded(payload(1)) + rows(2) + END)
    check(shard, [Row(1), Row(2)])


def test_what_a_header_says_of_an_unknown_kind_is_not_said_of_the_next(shard: Path) -> None:
    pax = member(b"pax", b"20 path=odd.msgpack\n", kind=b"x")
    shard.write_bytes(pax + member(b"volume", b"zzz", kind=b"V") + rows(2) + END)
    assert keys_of(shard) == ["000000002"]


def test_folders_links_and_devices_are_passed_over(shard: Path) -> None:
    odd = header(b"folder/", 0, kind=b"5") + header(b"link.msgpack", 99, kind=b"2")
    odd += header(b"hard.msgpack", 0, kind=b"1") + header(b"pipe.msgpack", 0, kind=b"6")
    shard.write_bytes(odd + rows(0) + odd + rows(1) + END)
    check(shard, [Row(0), Row(1)])


def test_hidden_files_are_no_samples(shard: Path) -> None:
    hidden = member(".msgpack", b"x") + member("d/.msgpack", b"x") + member("._a.msgpack", b"x")
    shard.write_bytes(hidden + rows(0) + hidden + END)
    check(shard, [Row(0)])


def test_other_members_of_a_sample_may_come_before_or_after_it(shard: Path) -> None:
    before = member("0.json", b"{}") + member("0.msgpack", payload(0))
    after = member("1.MsgPack", payload(1)) + member("1.json", b"{}") + member("1.txt", b"")
    shard.write_bytes(before + after + rows(2) + END)
    check(shard, [Row(0), Row(1), Row(2)])


def test_one_block_of_zeros_is_end_mark_enough(shard: Path) -> None:
    shard.write_bytes(rows(0) + bytes(BLOCK))
    check(shard, [Row(0)])


def test_what_follows_the_end_mark_is_not_read(shard: Path) -> None:
    shard.write_bytes(rows(0) + END + b"garbage" * 999)
    check(shard, [Row(0)])


def test_an_archive_without_samples_is_an_empty_dataset(shard: Path) -> None:
    shard.write_bytes(END)
    check(shard, [])


# ---- compression ---------------------------------------------------------------------------------


def zstd(data: bytes) -> bytes:
    from backports import zstd as module

    packed: bytes = module.compress(data)
    return packed


COMPRESSIONS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": lambda data: gzip.compress(data, mtime=0),
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "zstd": zstd,
}


@pytest.fixture(params=COMPRESSIONS)
def compress(request: pytest.FixtureRequest) -> Callable[[bytes], bytes]:
    return COMPRESSIONS[request.param]


def test_compressed_shards_read_like_plain_ones(
    compress: Callable[[bytes], bytes], shard: Path
) -> None:
    shard.write_bytes(compress(rows(*range(5000)) + END))
    for name, read in IN_ORDER.items():
        assert read(shard, Row) == [Row(n) for n in range(5000)], name
    with pytest.raises(NotRandomAccessError, match="compressed"):
        len(at.Dataset[Row](shard))


def test_several_compressed_streams_in_a_row_are_one(
    compress: Callable[[bytes], bytes], shard: Path
) -> None:
    shard.write_bytes(compress(rows(0, 1)) + compress(rows(2) + END))
    for name, read in IN_ORDER.items():
        assert read(shard, Row) == [Row(0), Row(1), Row(2)], name


def incompressible(count: int) -> bytes:
    noise = np.random.default_rng(5).bytes(count * 2000)
    return b"".join(
        member(f"{i:05d}.msgpack", payload(i)) + member(f"{i:05d}.bin", noise[i * 2000 :][:2000])
        for i in range(count)
    )


def test_a_compressed_shard_that_is_cut_gives_what_came_before(
    compress: Callable[[bytes], bytes], shard: Path
) -> None:
    packed = compress(incompressible(2000) + END)
    shard.write_bytes(packed[: len(packed) // 2])
    name, _, offset = one_fault(shard, ways=IN_ORDER)
    assert name == "TruncatedShardError"
    assert offset > 0
    with pytest.warns(ShardWarning, match="ends too early"):
        kept = list(at.Dataset[Row](shard).ordered(errors="warn"))
    assert kept == [Row(n) for n in range(len(kept))]
    assert len(kept) > 200


def test_a_compressed_shard_that_is_damaged_gives_what_came_before(
    compress: Callable[[bytes], bytes], shard: Path
) -> None:
    packed = bytearray(compress(incompressible(2000) + END))
    middle = len(packed) // 2
    packed[middle : middle + 64] = bytes(64)
    shard.write_bytes(packed)
    with pytest.raises(ShardError) as caught:
        for _ in at.Dataset[Row](shard):
            pass
    assert caught.value.offset is not None
    with pytest.warns(ShardWarning):
        kept = list(at.Dataset[Row](shard).ordered(errors="warn"))
    assert kept[:200] == [Row(n) for n in range(200)]


def test_a_wrong_checksum_behind_the_end_mark_is_found(shard: Path) -> None:
    packed = bytearray(gzip.compress(rows(0, 1) + END, mtime=0))
    packed[-6] ^= 1
    shard.write_bytes(packed)
    assert one_fault(shard, ways=IN_ORDER)[0] == "CorruptShardError"
    with pytest.warns(ShardWarning, match="CRC"):
        assert list(at.Dataset[Row](shard).ordered(errors="warn")) == [Row(0), Row(1)]


def test_a_compressed_file_that_is_no_tar_says_so(
    compress: Callable[[bytes], bytes], shard: Path
) -> None:
    shard.write_bytes(compress(b"hello\n" * 1000))
    assert one_fault(shard, ways=IN_ORDER) == ("NotATarError", None, 0)


def test_compressed_nothing_is_empty(compress: Callable[[bytes], bytes], shard: Path) -> None:
    shard.write_bytes(compress(b""))
    assert one_fault(shard, ways=IN_ORDER) == ("EmptyShardError", None, 0)


# ---- sparse --------------------------------------------------------------------------------------


def sparse_gnu(name: bytes, data: bytes, real: int) -> bytes:
    head = header(name, len(data), kind=b"S", magic=b"ustar  \0")
    numbers = b"%011o\0%011o\0" % (0, len(data)) + bytes(24 * 3)
    head = head[:386] + numbers + b"\0" + b"%011o\0" % real + bytes(BLOCK - 495)
    return checksummed(head) + padded(data)


def test_sparse_members_are_read_in_order_and_not_by_number(shard: Path) -> None:
    noted = msgspec.msgpack.encode({"n": 7, "pad": bytes(2000)})
    kept = noted.rstrip(b"\0")
    data = rows(0) + sparse_gnu(b"7.msgpack", kept, len(noted)) + rows(8) + END
    shard.write_bytes(data)
    for name, read in IN_ORDER.items():
        samples = read(shard, at.DictSample)
        assert [sample.n for sample in samples] == [0, 7, 8], name
        assert samples[1].pad == bytes(2000)
    with pytest.raises(NotRandomAccessError, match="sparse"):
        len(at.Dataset(shard))


def test_a_sparse_member_of_mostly_nothing_is_not_believed(shard: Path) -> None:
    shard.write_bytes(rows(0) + sparse_gnu(b"7.msgpack", b"\x81", 5 << 30) + END)
    found = one_fault(shard, ways=IN_ORDER)
    assert found == ("CorruptShardError", "7.msgpack", len(rows(0)))


def test_an_archive_cut_behind_a_sparse_member_is_cut(shard: Path) -> None:
    noted = msgspec.msgpack.encode({"n": 7})
    shard.write_bytes(rows(0) + sparse_gnu(b"7.msgpack", noted, len(noted)) + rows(8))
    name, *_ = one_fault(shard, ways=IN_ORDER)
    assert name == "TruncatedShardError"


def test_a_key_repeated_behind_a_sparse_member_is_found(shard: Path) -> None:
    noted = msgspec.msgpack.encode({"n": 7})
    shard.write_bytes(rows(0) + sparse_gnu(b"7.msgpack", noted, len(noted)) + rows(0) + END)
    assert one_fault(shard, ways=IN_ORDER)[0] == "DuplicateKeyError"


# ---- streams -------------------------------------------------------------------------------------


@pytest.mark.parametrize("most", [1, 7, 511, 512, 513, 4096])
def test_streams_that_give_little_at_once_read_the_same(most: int) -> None:
    data = rows(*range(200)) + END
    blocks = read_stream(ShortReads(data, most), "s")
    assert [bytes(p) for block in blocks for p in block.payloads] == [
        payload(n) for n in range(200)
    ]


def test_a_member_longer_than_any_window_is_read_from_a_stream(shard: Path) -> None:
    big = array_to_bytes((np.arange(3_000_000) % 251).astype(np.uint8))
    parts = [rows(0), member("b.msgpack", msgspec.msgpack.encode({"x": big})), rows(2), END]
    shard.write_bytes(b"".join(parts))
    for read in WAYS.values():
        _, sample, _ = read(shard, at.DictSample)
        assert sample.x.nbytes == 3_000_000
        assert sample.x[-1] == 2_999_999 % 251


def test_blocks_are_bounded_in_bytes(shard: Path) -> None:
    one = msgspec.msgpack.encode({"x": bytes(100_000)})
    shard.write_bytes(b"".join(member(f"{i}.msgpack", one) for i in range(300)) + END)
    with shard.open("rb") as file:
        for block in read_stream(file, "s"):
            assert sum(map(len, block.payloads)) <= MAX_BLOCK_BYTES + len(one)


def test_a_pipe_is_read_as_a_stream(tmp_path: Path) -> None:
    import threading

    pipe = tmp_path / "pipe.tar"
    os.mkfifo(pipe)
    data = rows(*range(50)) + END
    writer = threading.Thread(target=pipe.write_bytes, args=(data,))
    writer.start()
    samples = list(at.Dataset[Row](pipe).ordered())
    writer.join()
    assert samples == [Row(n) for n in range(50)]


def test_reading_can_be_left_at_any_time(shard: Path) -> None:
    shard.write_bytes(rows(*range(1000)) + END)
    for source in (shard, Streams([shard])):
        samples = at.Dataset[Row](source).ordered()
        assert next(samples) == Row(0)
        samples.close()  # type: ignore[attr-defined]


def test_the_first_sample_needs_only_the_first_bytes() -> None:
    class Watched(io.BytesIO):
        read_bytes = 0

        def read(self, size: int | None = -1, /) -> bytes:
            got = super().read(size)
            self.read_bytes += len(got)
            return got

    stream = Watched(rows(*range(20_000)) + END)
    next(iter(read_stream(stream, "s")))
    assert stream.read_bytes <= (1 << 20) + 8


def test_faults_of_the_shared_tools_are_themselves_seen(shard: Path) -> None:
    shard.write_bytes(rows(0))
    assert {name for name, *_ in faults(shard)} == {TruncatedShardError.__name__}
    shard.write_bytes(rows(0) + b"\1" * BLOCK)
    assert {name for name, *_ in faults(shard)} == {CorruptShardError.__name__}
    assert row(3) == rows(3)
