"""Mutated shards: whatever is done to the bytes, reading ends, in memory, in our own errors."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from unit.shards.tars import BLOCK, END, checksummed, member

from atdata_nb.samples import array_to_bytes

MUTATIONS = 1000
# Address space: Python, numpy and the shared libraries of the test's own imports take half of it.
MEMORY = 2 << 30
# What reading a shard of ten kilobytes may allocate, a hundred times over.
GREED = 16 << 20
HERE = Path(__file__).parent


def sample(i: int) -> bytes:
    fields: dict[str, Any] = {
        "name": f"sample {i}",
        "number": i - 3,
        "image": array_to_bytes(np.full((2, 3), i, np.float32)),
        "words": ["a", "b" * i],
        "mask": None if i % 2 else array_to_bytes(np.arange(i) > 1),
    }
    if i == 5:
        # The compact form of an array, as the newer published package writes it.
        fields["image"] = b"\x03<f4\x01" + (2).to_bytes(8, "little") + bytes(8)
    return msgspec.msgpack.encode(fields)


MEMBERS = [member(f"{i:09d}.msgpack", sample(i)) for i in range(8)]
MEMBERS[3] = member(b"pax", b"27 path=000000003x.msgpack\n", kind=b"x") + MEMBERS[3]
MEMBERS[6] = member(b"././@LongLink", b"000000006y.msgpack\0", kind=b"L") + MEMBERS[6]
WHOLE = b"".join(MEMBERS) + END
HEADS = [
    place
    for place in range(0, len(WHOLE) - len(END), BLOCK)
    if WHOLE[place + 257 : place + 262] == b"ustar"
]
ARRAYS = [place for place in range(len(WHOLE)) if WHOLE[place : place + 6] == b"\x93NUMPY"]
PAYLOADS = [head + BLOCK for head in HEADS]

places = st.integers(0, len(WHOLE) - 1)
noise = st.binary(min_size=1, max_size=24)


@st.composite
def flipped(draw: st.DrawFn) -> bytes:
    data = bytearray(WHOLE)
    for place in draw(st.lists(places, min_size=1, max_size=8)):
        data[place] ^= 1 << draw(st.integers(0, 7))
    return bytes(data)


@st.composite
def cut(draw: st.DrawFn) -> bytes:
    start, stop = sorted((draw(places), draw(places)))
    return WHOLE[:start] + WHOLE[stop:]


@st.composite
def inserted(draw: st.DrawFn) -> bytes:
    place = draw(places)
    piece = draw(st.one_of(noise, st.sampled_from(MEMBERS), st.just(bytes(BLOCK))))
    return WHOLE[:place] + piece + WHOLE[place:]


# Where each field of a header lies: POSIX.1-2017, "ustar Interchange Format".
FIELDS = {
    "name": (0, 100),
    "size": (124, 12),
    "kind": (156, 1),
    "magic": (257, 8),
    "prefix": (345, 155),
}
SIZES = st.one_of(
    st.integers(0, 8**11 - 1).map(lambda size: b"%011o\0" % size),
    st.integers(0, 8**12 - 1).map(lambda size: b"%012o" % size),
    st.integers(0, (1 << 95) - 1).map(lambda size: b"\x80" + size.to_bytes(12, "big")[1:]),
    st.just(b"\xff" * 12),
    st.just(b"-0000000777\0"),
)


@st.composite
def header_rewritten(draw: st.DrawFn) -> bytes:
    head = draw(st.sampled_from(HEADS))
    name = draw(st.sampled_from(sorted(FIELDS)))
    start, width = FIELDS[name]
    if name == "size":
        value = draw(SIZES)
    elif name == "kind":
        value = bytes([draw(st.sampled_from(b"\x000123456789DKLMNSVXxgz\xff"))])
    else:
        value = draw(st.binary(max_size=width)).ljust(width, b"\0")
    header = WHOLE[head : head + BLOCK]
    header = checksummed(header[:start] + value + header[start + width :])
    return WHOLE[:head] + header + WHOLE[head + BLOCK :]


@st.composite
def pax_rewritten(draw: st.DrawFn) -> bytes:
    key = draw(st.sampled_from([b"path", b"size", b"GNU.sparse.map", b"GNU.sparse.major", b"x"]))
    value = draw(st.one_of(noise, st.integers().map(lambda n: b"%d" % n)))
    length = draw(st.one_of(st.just(len(key) + len(value) + 5), st.integers(-99, 10**6)))
    record = b"%d %s=%s\n" % (length, key, value)
    spot = draw(st.sampled_from(HEADS))
    return WHOLE[:spot] + member(b"pax", record, kind=b"x") + WHOLE[spot:]


@st.composite
def msgpack_rewritten(draw: st.DrawFn) -> bytes:
    # Type bytes with large lengths behind them, where values lie.
    place = draw(st.sampled_from(PAYLOADS)) + draw(st.integers(0, 60))
    kind = bytes([draw(st.integers(0x80, 0xFF))])
    piece = kind + draw(
        st.sampled_from([b"", b"\xff\xff\xff\xff", b"\x7f\xff", b"\x00\x10\x00\x00"])
    )
    return WHOLE[:place] + piece + WHOLE[place + len(piece) :]


DESCRS = st.sampled_from(
    [
        b"'<f4'",
        b"'|O'",
        b"'<U99999999'",
        b"'V0'",
        b"'S0'",
        b"'M8[D]'",
        b"'<f4,<i8'",
        b"'M8[x]'",
        b"[('a', '<f4'), ('b', '|O')]",
        b"'(9999999,9999999)f4'",
        b"'q'",
        b"''",
        b"None",
        b"'|V8'",
    ]
)
AXES = st.one_of(st.integers(-3, 5), st.sampled_from([2**31, 2**62, 2**63, 2**64, 10**30]))


@st.composite
def npy_rewritten(draw: st.DrawFn) -> bytes:
    place = draw(st.sampled_from(ARRAYS))
    shape = tuple(draw(st.lists(AXES, max_size=4)))
    order = draw(st.sampled_from([b"True", b"False", b"7"]))
    header = b"{'descr': %s, 'fortran_order': %s, 'shape': %s, }" % (
        draw(DESCRS),
        order,
        repr(shape).encode(),
    )
    version = draw(
        st.sampled_from([b"\x01\x00v\x00", b"\x02\x00v\x00\x00\x00", b"\x01\x00\xff\xff"])
    )
    made = b"\x93NUMPY" + version
    made += header.ljust(128 - len(made) - 1)[: 128 - len(made) - 1] + b"\n"
    return WHOLE[:place] + made + WHOLE[place + 128 :]


@st.composite
def compact_rewritten(draw: st.DrawFn) -> bytes:
    place = WHOLE.index(b"\x03<f4\x01")
    dtype = draw(st.sampled_from([b"<f4", b"|O8", b"<U9", b"|V0", b"\xff\xff\xff", b"|S0", b"f,f"]))
    axes = b"".join(
        draw(st.sampled_from([0, 1, 2, -1, 2**62, 2**63 - 1])).to_bytes(8, "little", signed=True)
        for _ in range(draw(st.integers(0, 1)))
    )
    made = bytes([draw(st.sampled_from([0, 3, 200]))]) + dtype + bytes([draw(st.integers(0, 255))])
    return WHOLE[:place] + made + axes + WHOLE[place + len(made + axes) :]


mutants = st.one_of(
    flipped(),
    cut(),
    inserted(),
    header_rewritten(),
    pax_rewritten(),
    msgpack_rewritten(),
    npy_rewritten(),
    compact_rewritten(),
)


def read_apart(folder: Path) -> dict[str, Any]:
    """Read a folder's shards in a process with little memory."""
    environment = os.environ | {
        "PYTHONPATH": str(HERE.parent.parent),
        "OPENBLAS_NUM_THREADS": "1",  # each thread reserves addresses
    }
    done = subprocess.run(
        [sys.executable, HERE / "greed.py", folder, str(MEMORY)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_a_thousand_mutations_end_in_our_errors_in_time_and_in_memory(tmp_path: Path) -> None:
    @seed(20261122)
    @settings(
        max_examples=MUTATIONS,
        database=None,
        suppress_health_check=list(HealthCheck),
        deadline=None,
    )
    @given(mutants)
    def collect(data: bytes) -> None:
        made.append(data)

    made: list[bytes] = []
    collect()
    assert len(made) >= MUTATIONS
    for i, data in enumerate(made):
        (tmp_path / f"{i:05d}.tar").write_bytes(data)
    found = read_apart(tmp_path)
    assert found["wrong"] == []
    assert found["peak"] < GREED


def test_the_unmutated_shard_reads(tmp_path: Path) -> None:
    from unit.shards.greed import Sample

    import atdata_nb as at

    (tmp_path / "whole.tar").write_bytes(WHOLE)
    samples = list(at.Dataset[Sample](tmp_path / "whole.tar"))
    assert [s.number for s in samples] == [i - 3 for i in range(8)]
    assert list(at.Dataset(tmp_path / "whole.tar").keys())[3:7:3] == ["000000003x", "000000006y"]
    assert len(HEADS) == 10
    assert len(ARRAYS) == 11


@pytest.mark.parametrize("compression", ["gzip", "bz2", "lzma", "zstd"])
def test_damaged_compressed_shards_end_in_our_errors(compression: str, tmp_path: Path) -> None:
    if compression == "zstd":
        from backports import zstd as module
    else:
        module = __import__(compression)
    packed = module.compress(WHOLE)
    chance = Random(7)  # noqa: S311 - damage, not a secret
    for i in range(60):
        data = bytearray(packed)
        for _ in range(chance.randrange(1, 4)):
            data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        (tmp_path / f"{i}.tar").write_bytes(data[: chance.randrange(9, len(data) + 1)])
    found = read_apart(tmp_path)
    assert found["wrong"] == []


def test_a_compressed_bomb_takes_no_memory(tmp_path: Path) -> None:
    import gzip

    hundred_mb = bytes(100 << 20)
    bombs = {
        "zeros.tar": gzip.compress(hundred_mb, 1),
        "behind.tar": gzip.compress(WHOLE + hundred_mb, 1),
    }
    for name, data in bombs.items():
        (tmp_path / name).write_bytes(data)
    found = read_apart(tmp_path)
    assert found["wrong"] == []
    assert found["peak"] < GREED
