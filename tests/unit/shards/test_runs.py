"""Runs of members of one length are found all at once, and as they would be one by one."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.shards.tars import BLOCK, END, checksummed, header, member, row, rows

from atdata_nb.shards import tar
from atdata_nb.shards.runs import run_of
from atdata_nb.shards.tar import TarScanner


def scanned(data: bytes, *, runs: bool, limit: int = 1 << 20) -> Any:
    with pytest.MonkeyPatch.context() as patch:
        if not runs:
            patch.setattr(tar, "run_of", lambda *_, **__: None)
        scanner, pos, found = TarScanner("s"), 0, []
        while not scanner.done:
            span, pos = scanner.scan(
                data, pos, len(data), limit=limit, max_bytes=1 << 20, last=True
            )
            found += list(zip(span.keys, span.starts, span.sizes, span.heads, strict=True))
    return found, repr(scanner.fault)


def test_a_run_is_found_at_once() -> None:
    data = rows(*range(100)) + END
    run = run_of(data, 0, len(data), data[:BLOCK], stride=2 * BLOCK, most=1000)
    assert run is not None
    assert run.keys == [b"%09d" % i for i in range(100)]
    assert run.sizes[:3] == [4, 4, 4]
    assert run.in_order


def test_a_run_is_no_longer_than_asked_for() -> None:
    data = rows(*range(100)) + END
    run = run_of(data, 0, len(data), data[:BLOCK], stride=2 * BLOCK, most=20)
    assert run is not None
    assert len(run.keys) == 20


ODD = [
    row(5),  # a key from before
    row(7000, "folder/x"),
    row(7000, "a.b"),
    row(7000, "b/.c"),
    row(7000, ""),
    member("z.txt", b"x"),
    member("z.MSGPACK", b"\x80"),
    member(b"z.msgpack\0more", b"\x80"),
    header(b"z.msgpack", b"00000000005 ") + b"hello" + bytes(BLOCK - 5),
    header(b"z.msgpack", 5, kind=b"\0") + bytes(BLOCK),
    header(b"z.msgpack", b"\x80" + (5).to_bytes(11, "big")) + bytes(BLOCK),
    header(b"z.msgpack", b"000000000005") + bytes(BLOCK),
    header(b"z.msgpack", b"0000000000z\0") + bytes(BLOCK),
    header(b"z.msgpack", 600) + bytes(BLOCK),
    checksummed(header("é.msgpack".encode(), 3), signed=True) + bytes(BLOCK),
    header(b"z.msgpack", 3)[:-1] + b"\1" + bytes(BLOCK),
    header(b"y.msgpack", 3).replace(b"y", b"z") + bytes(BLOCK),
    bytes(2 * BLOCK),
    b"",
]


@pytest.mark.parametrize("odd", range(len(ODD)))
@pytest.mark.parametrize("before", [12, 40])
def test_whatever_stands_in_a_run_is_seen_as_if_there_were_none(odd: int, before: int) -> None:
    data = rows(*range(before)) + ODD[odd] + rows(*range(100, 180)) + END
    assert scanned(data, runs=True) == scanned(data, runs=False)


@given(
    st.lists(st.integers(0, 400), max_size=120),
    st.lists(st.tuples(st.integers(0, 10**9), st.integers(0, 7)), max_size=3),
    st.integers(1, 200),
)
def test_runs_change_nothing(numbers: list[int], flips: list[tuple[int, int]], limit: int) -> None:
    data = bytearray(rows(*range(1000, 1040), *numbers, *range(2000, 2040)) + END)
    for place, bit in flips:
        data[place % len(data)] ^= 1 << bit
    whole = bytes(data)
    assert scanned(whole, runs=True, limit=limit) == scanned(whole, runs=False, limit=limit)
