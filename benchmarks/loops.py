"""Bare loops: the least that reading a shard takes in Python, with nothing checked or typed."""

from __future__ import annotations

import mmap
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def members(path: Path) -> Iterator[tuple[mmap.mmap, int, int]]:
    """Walk the headers of a mapped tar."""
    with path.open("rb") as file:
        data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    pos, end = 0, len(data)
    while pos + 512 <= end:
        header = data[pos : pos + 157]
        if not header[0]:
            return
        size = int(header[124:135], 8)
        yield data, pos + 512, size
        pos += 512 + (size + 511 & ~511)


def view(npy: Any) -> np.ndarray[Any, Any]:
    """View the float32 elements in a .npy; its header is not even looked at."""
    return np.frombuffer(npy, np.float32, offset=128)


def one_by_one(path: Path, field: str) -> float:
    """Walk the headers in the mapped file, unpack, view the array."""
    total = 0.0
    decode = msgspec.msgpack.Decoder().decode
    for data, start, size in members(path):
        sample = decode(data[start : start + size])
        array = view(sample[field])
        total += float(array.item(0)) + float(array.item(-1))
    return total


def by_the_block(path: Path, field: str, count: int = 4096) -> float:
    """Walk, join payloads behind one array header, decode all in one msgspec call."""
    names = ("number", "name", "vector") if field == "vector" else ("number", "image")
    kinds = {"number": int, "name": str, field: bytes}
    struct = msgspec.defstruct("Row", [(name, kinds[name]) for name in names])
    decode = msgspec.msgpack.Decoder(list[struct]).decode  # type: ignore[valid-type]
    total = 0.0
    parts: list[bytes] = []

    def flush() -> float:
        rows = decode(b"".join([b"\xdd", len(parts).to_bytes(4, "big"), *parts]))
        found = 0.0
        for row in rows:
            array = view(getattr(row, field))
            found += float(array.item(0)) + float(array.item(-1))
        parts.clear()
        return found

    for data, start, size in members(path):
        parts.append(data[start : start + size])
        if len(parts) == count:
            total += flush()
    return total + flush()
