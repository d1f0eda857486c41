"""Damaged shards: one error class a fault, with its place, whichever way the shard is read."""

from __future__ import annotations

import re
import warnings
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
    Streams,
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
from atdata_nb.errors import ShardError, ShardWarning
from atdata_nb.samples import array_to_bytes

GOOD = rows(0, 1, 2, 3, 4) + END
STEP = len(row(0))


@pytest.fixture
def shard(tmp_path: Path) -> Path:
    return tmp_path / "bad.tar"


def test_a_good_shard_reads_the_same_in_every_way(shard: Path) -> None:
    shard.write_bytes(GOOD)
    assert {name: read(shard, Row) for name, read in WAYS.items()} == {
        name: [Row(n) for n in range(5)] for name in WAYS
    }


def flipped(data: bytes, place: int, bit: int = 0) -> bytes:
    return data[:place] + bytes([data[place] ^ 1 << bit]) + data[place + 1 :]


FAULTS = {
    "empty": (b"", ("EmptyShardError", None, 0), 0),
    "not a tar": (b"PK\x03\x04" + bytes(range(256)) * 8, ("NotATarError", None, 0), 0),
    "too short for a tar": (b"hello", ("NotATarError", None, 0), 0),
    "text": (b"<html>404</html>\n" * 100, ("NotATarError", None, 0), 0),
    "cut inside a member": (
        GOOD[: 3 * STEP + BLOCK + 1],
        ("TruncatedShardError", "000000003.msgpack", 3 * STEP),
        3,
    ),
    "cut inside a header": (GOOD[: 3 * STEP + 100], ("TruncatedShardError", None, 3 * STEP), 3),
    "cut between members": (GOOD[: 3 * STEP], ("TruncatedShardError", None, 3 * STEP), 3),
    "cut before the end mark": (rows(0, 1), ("TruncatedShardError", None, 2 * STEP), 2),
    "a bit flipped in a header": (
        flipped(GOOD, 2 * STEP + 5),
        ("CorruptShardError", None, 2 * STEP),
        2,
    ),
    "a bit flipped in a checksum": (
        flipped(GOOD, 2 * STEP + 150),
        ("CorruptShardError", None, 2 * STEP),
        2,
    ),
    "a bit flipped in the first header": (flipped(GOOD, 5), ("NotATarError", None, 0), 0),
    "zeros between members": (
        rows(0, 1) + bytes(BLOCK) + rows(2) + END,
        ("CorruptShardError", None, 2 * STEP),
        2,
    ),
    "a negative size": (
        rows(0) + header(b"1.msgpack", b"-0000000012\0") + END,
        ("CorruptShardError", None, STEP),
        1,
    ),
    "a negative binary size": (
        rows(0) + header(b"1.msgpack", b"\xff" * 12) + END,
        ("CorruptShardError", None, STEP),
        1,
    ),
    "an enormous size": (
        rows(0) + header(b"1.msgpack", b"\x80" + (1 << 80).to_bytes(11, "big")) + END,
        ("CorruptShardError", None, STEP),
        1,
    ),
    "a size of a hundred gigabytes": (
        rows(0) + header(b"1.msgpack", b"\x80" + (100 << 30).to_bytes(11, "big")) + END,
        ("CorruptShardError", None, STEP),
        1,
    ),
    "a size of one gigabyte": (
        rows(0) + header(b"1.msgpack", 1 << 30) + END,
        ("TruncatedShardError", "1.msgpack", STEP),
        1,
    ),
    "a size that is no number": (
        rows(0) + header(b"1.msgpack", b"0000000a012\0") + END,
        ("CorruptShardError", None, STEP),
        1,
    ),
    "an extended header of a gigabyte": (
        rows(0) + header(b"x", 1 << 30, kind=b"x") + END,
        ("TruncatedShardError", "x", STEP),
        1,
    ),
    "an extended header that is too long": (
        rows(0) + member(b"x", bytes(1 << 21), kind=b"x") + END,
        ("CorruptShardError", None, STEP),
        1,
    ),
    "a pax record longer than its header": (
        rows(0) + member(b"x", b"99 path=y\n", kind=b"x") + rows(1) + END,
        ("CorruptShardError", None, STEP),
        1,
    ),
    "the same key twice in a row": (
        rows(0, 1, 1, 2) + END,
        ("DuplicateKeyError", "000000001", 2 * STEP),
        2,
    ),
    "the same key twice, apart": (
        rows(0, 1, 2, 3, 1) + END,
        ("DuplicateKeyError", "000000001", 4 * STEP),
        4,
    ),
    "the same key twice, keys in no order": (
        rows(5, 9, 1, 2, 5) + END,
        ("DuplicateKeyError", "000000005", 4 * STEP),
        4,
    ),
    "no msgpack member": (
        rows(0, 1) + member("2.json", b"{}") + rows(3) + END,
        ("MissingMemberError", "2", 2 * STEP),
        2,
    ),
    "no msgpack member at the end": (
        rows(0, 1) + member("2.json", b"{}") + END,
        ("MissingMemberError", "2", 2 * STEP),
        2,
    ),
    "no sample but other files": (member("a.txt", b"x") + END, ("MissingMemberError", "a", 0), 0),
}


@pytest.mark.parametrize("what", FAULTS)
def test_each_fault_is_one_error_with_its_place_in_every_way_of_reading(
    what: str, shard: Path
) -> None:
    data, expected, _ = FAULTS[what]
    shard.write_bytes(data)
    assert one_fault(shard) == expected


@pytest.mark.parametrize("what", FAULTS)
@pytest.mark.parametrize("way", ["mapped", "streamed"])
def test_good_samples_before_a_fault_and_later_shards_are_not_lost(
    what: str, way: str, shard: Path, tmp_path: Path
) -> None:
    data, (name, *_), good = FAULTS[what]
    shard.write_bytes(data)
    later = tmp_path / "later.tar"
    later.write_bytes(rows(70, 71) + END)
    paths = [shard, later]
    source = paths if way == "mapped" else Streams(paths)
    ds = at.Dataset[Row](source)
    with pytest.warns(ShardWarning, match=re.escape(str(shard))) as caught:
        samples = list(ds.ordered(errors="warn"))
    assert len(samples) == good + 2
    assert samples[-2:] == [Row(70), Row(71)]
    assert len(caught) == 1
    with pytest.warns(ShardWarning):
        batched = [s for b in ds.ordered(batch_size=4, errors="warn") for s in b]
    assert batched == samples, name


def test_samples_before_a_fault_are_given_before_it_is_raised(shard: Path) -> None:
    shard.write_bytes(rows(*range(300)) + END[:3])
    reading = iter(at.Dataset[Row](shard))
    assert [next(reading).n for _ in range(300)] == list(range(300))
    with pytest.raises(ShardError):
        next(reading)


BAD_PAYLOADS = {
    "no msgpack": b"\xc1\xc1\xc1",
    "nothing": b"",
    "not a map": msgspec.msgpack.encode([1]),
    "another schema": msgspec.msgpack.encode({"label": "a"}),
    "a field of another type": msgspec.msgpack.encode({"n": "x"}),
    "a field too many": msgspec.msgpack.encode({"n": 1, "m": 2}),
    "a field short": msgspec.msgpack.encode({}),
    "a null": msgspec.msgpack.encode({"n": None}),
    "cut": payload(1000)[:-1],
    "something behind it": payload(1) + b"\x01",
    "two samples": payload(1) + payload(2),
    "keys that are no text": b"\x81\x01\x02",
    "text that is not UTF-8": b"\x81\xa1\xff\x02",
    "nested too deep": b"\x91" * 100_000,
    "an array of four billion": b"\xdd\xff\xff\xff\xff",
    "bytes of four gigabytes": b"\x81\xa1n\xc6\xff\xff\xff\xff",
    "an integer past 64 bits as float": msgspec.msgpack.encode({"n": 1.5}),
}


@pytest.mark.parametrize("what", BAD_PAYLOADS)
def test_a_member_that_is_no_sample_is_named_in_every_way_of_reading(
    what: str, shard: Path
) -> None:
    bad = member("000000007.msgpack", BAD_PAYLOADS[what])
    shard.write_bytes(rows(0, 1, 2) + bad + rows(8, 9) + END)
    assert one_fault(shard) == ("ShardSampleError", "000000007.msgpack", 3 * STEP)
    for source in (shard, Streams([shard])):
        with pytest.warns(ShardWarning, match="000000007.msgpack"):
            samples = list(at.Dataset[Row](source).ordered(errors="warn"))
        assert samples == [Row(n) for n in (0, 1, 2, 8, 9)]


def test_a_bit_flipped_in_a_payload_is_named(shard: Path) -> None:
    shard.write_bytes(flipped(GOOD, 2 * STEP + BLOCK, 7))
    assert one_fault(shard) == ("ShardSampleError", "000000002.msgpack", 2 * STEP)


@at.packable
class Image:
    pixels: np.ndarray


BAD_ARRAYS = {
    "no array": b"hello there",
    "nothing": b"",
    "cut": array_to_bytes(np.arange(9.0))[:-1],
    "pickled objects": b"\x93NUMPY\x01\x00v\x00"
    + b"{'descr': '|O', 'fortran_order': False, 'shape': (1,), }".ljust(117)
    + b"\nx",
    "more elements than bytes": b"\x93NUMPY\x01\x00v\x00"
    + b"{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999,), }".ljust(117)
    + b"\n",
    "an axis of five thousand digits": b"\x93NUMPY\x01\x00\x00\x20"
    + (b"{'descr': '<f8', 'fortran_order': False, 'shape': (" + b"9" * 5000 + b",), }").ljust(8191)
    + b"\n",
    "digits without end": b"\x93NUMPY\x01\x00\x00\x20"
    + (b"{'descr': '<f8', 'fortran_order': False, 'shape': (" + b"9" * 4000 + b"x), }").ljust(8191)
    + b"\n",
    "a dtype of exabytes": b"\x93NUMPY\x01\x00v\x00"
    + b"{'descr': '<U99999999999999', 'fortran_order': False, 'shape': (0,), }".ljust(117)
    + b"\n",
    "a header that is no literal": b"\x93NUMPY\x01\x00v\x00"
    + b"__import__('os')".ljust(117)
    + b"\n",
    "an unknown version": b"\x93NUMPY\x09\x00v\x00" + bytes(200),
    "a compact header cut": b"\x03<f4\x02\x01",
    "a negative axis": b"\x03<f4\x01" + b"\xff" * 8,
    "axes that multiply past 64 bits": b"\x03<f4\x04" + (b"\xff" * 7 + b"\x7f") * 4,
}


@pytest.mark.parametrize("what", BAD_ARRAYS)
@pytest.mark.parametrize("size", ["small", "large"])
def test_bytes_that_are_no_array_are_named_in_every_way_of_reading(
    what: str, size: str, shard: Path
) -> None:
    fine = np.zeros(3 if size == "small" else 5000)
    good = msgspec.msgpack.encode({"pixels": array_to_bytes(fine)})
    bad = msgspec.msgpack.encode({"pixels": BAD_ARRAYS[what]})
    names = [f"{i}.msgpack" for i in range(6)]
    data = [member(name, bad if i == 4 else good) for i, name in enumerate(names)]
    shard.write_bytes(b"".join(data) + END)
    found = one_fault(shard, Image)
    assert found == ("ShardSampleError", "4.msgpack", 4 * len(data[0]))
    (batch,) = at.Dataset[Image](shard).ordered(batch_size=9)
    with pytest.raises(ShardError) as caught:
        _ = batch.pixels
    assert caught.value.member == "4.msgpack"
    with pytest.warns(ShardWarning, match=r"4\.msgpack"):
        (batch,) = at.Dataset[Image](shard).ordered(batch_size=9, errors="warn")
    assert batch.pixels.shape == (5, len(fine))


def test_an_array_stays_bytes_without_a_type_if_it_is_none(shard: Path) -> None:
    for bad in BAD_ARRAYS.values():
        data = msgspec.msgpack.encode({"pixels": bad})
        shard.write_bytes(member("0.msgpack", data) + END)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            (sample,) = at.Dataset(shard)
        assert sample.pixels == bad


def test_a_key_repeated_many_blocks_later_is_found(shard: Path) -> None:
    keys = [*range(10_000, 0, -1), 20_000, 5_000]
    shard.write_bytes(rows(*keys) + END)
    assert one_fault(shard) == ("DuplicateKeyError", "000005000", 10_001 * STEP)


def test_a_shard_of_duplicates_only_is_found_at_once(shard: Path) -> None:
    shard.write_bytes(rows(1, 1) + END)
    assert one_fault(shard) == ("DuplicateKeyError", "000000001", STEP)


def test_an_error_of_a_class_s_own_check_names_the_sample(shard: Path) -> None:
    @at.packable
    class Positive:
        n: int

        def __post_init__(self) -> None:
            if self.n < 0:
                raise RuntimeError("must not be negative")

    shard.write_bytes(rows(0, 1) + row(-5, "minus") + rows(3) + END)
    assert one_fault(shard, Positive) == ("ShardSampleError", "minus.msgpack", 2 * STEP)
    with pytest.warns(ShardWarning, match="must not be negative"):
        kept = [sample.n for sample in at.Dataset[Positive](shard).ordered(errors="warn")]
    assert kept == [0, 1, 3]


def test_padding_that_is_cut_off_costs_nothing(shard: Path) -> None:
    # What is missing is the end mark, and that is what is said.
    data = rows(0) + header(b"1.msgpack", len(payload(1))) + payload(1)
    shard.write_bytes(data)
    assert one_fault(shard) == ("TruncatedShardError", None, len(data))
    assert len(padded(b"x")) == BLOCK


def test_the_number_of_samples_of_a_damaged_shard_is_not_guessed(shard: Path) -> None:
    shard.write_bytes(GOOD[: 3 * STEP])
    with pytest.raises(ShardError, match="cut here"):
        len(at.Dataset[Row](shard))


def test_every_way_of_reading_in_order_gives_what_is_good_of_any_prefix(shard: Path) -> None:
    for stop in range(1, len(GOOD), 97):
        shard.write_bytes(GOOD[:stop])
        found = faults(shard, ways=IN_ORDER)
        assert len(set(map(repr, found))) == 1 or stop > 5 * STEP, (stop, found)
