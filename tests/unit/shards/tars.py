"""Tar archives made byte by byte, good and bad, and every way a dataset reads them."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

import msgspec

import atdata_nb as at
from atdata_nb.errors import ShardError

BLOCK = 512
END = bytes(2 * BLOCK)


@at.packable
class Row:
    n: int


def payload(n: int) -> bytes:
    return msgspec.msgpack.encode({"n": n})


def checksummed(header: bytes, *, signed: bool = False) -> bytes:
    plain = header[:148] + b" " * 8 + header[156:]
    total = sum(byte - 256 if signed and byte > 127 else byte for byte in plain)
    return header[:148] + b"%06o\0 " % total + header[156:]


def header(
    name: bytes,
    size: int | bytes,
    *,
    kind: bytes = b"0",
    prefix: bytes = b"",
    magic: bytes = b"ustar\x0000",
) -> bytes:
    octal = size if isinstance(size, bytes) else b"%011o\0" % size
    made = name.ljust(100, b"\0") + b"0000644\0" + b"0000000\0" * 2 + octal + b"0" * 11 + b"\0"
    made += b" " * 8 + kind + bytes(100) + magic + bytes(32 + 32 + 16) + prefix.ljust(155, b"\0")
    return checksummed(made.ljust(BLOCK, b"\0"))


def padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % BLOCK)


def member(name: bytes | str, data: bytes, **facts: Any) -> bytes:
    name = name.encode() if isinstance(name, str) else name
    return header(name, len(data), **facts) + padded(data)


def row(n: int, key: str | None = None) -> bytes:
    return member(f"{n:09d}.msgpack" if key is None else f"{key}.msgpack", payload(n))


def rows(*numbers: int) -> bytes:
    return b"".join(map(row, numbers))


def by_tarfile(members: dict[str, bytes], *, form: int) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as archive:
        for name, data in members.items():
            facts = tarfile.TarInfo(name)
            facts.size = len(data)
            archive.addfile(facts, io.BytesIO(data))
    return out.getvalue()


class ShortReads(io.RawIOBase):
    """A stream that never gives more than a few bytes at once."""

    def __init__(self, data: bytes, most: int) -> None:
        super().__init__()
        self._data, self._most, self._pos = data, most, 0

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1) -> bytes:
        wanted = self._most if size is None or size < 0 else min(size, self._most)
        piece = self._data[self._pos : self._pos + wanted]
        self._pos += len(piece)
        return piece


class Streams:
    """A source that knows nothing but how to give bytes in order."""

    def __init__(self, paths: list[Path], most: int | None = None) -> None:
        self.paths = {str(path): path for path in paths}
        self.most = most

    def list_shards(self) -> list[str]:
        return list(self.paths)

    @property
    def shards(self) -> Iterator[tuple[str, IO[bytes]]]:
        return ((name, self.open_shard(name)) for name in self.paths)

    def open_shard(self, shard_id: str, /) -> Any:
        data = self.paths[shard_id].read_bytes()
        return io.BytesIO(data) if self.most is None else ShortReads(data, self.most)


def _mapped(path: Path, kind: Any) -> list[Any]:
    # Without iter(), list() would ask for the length first, and that by number.
    return list(iter(at.Dataset[kind](path)))


def _batched(path: Path, kind: Any) -> list[Any]:
    return [s for b in at.Dataset[kind](path).ordered(batch_size=3) for s in b]


def _streamed(path: Path, kind: Any) -> list[Any]:
    return list(at.Dataset[kind](Streams([path])))


def _short(path: Path, kind: Any) -> list[Any]:
    return list(at.Dataset[kind](Streams([path], most=700)))


def _by_number(path: Path, kind: Any) -> list[Any]:
    ds = at.Dataset[kind](path)
    return [ds[i] for i in range(len(ds))]


IN_ORDER: dict[str, Callable[[Path, Any], list[Any]]] = {
    "mapped": _mapped,
    "batched": _batched,
    "streamed": _streamed,
    "short reads": _short,
}
WAYS = IN_ORDER | {"by number": _by_number}


def faults(path: Path, kind: Any = Row, ways: Any = None) -> list[tuple[Any, ...]]:
    """Return class, shard, member and offset of what each way of reading raises."""
    found = []
    for name, read in (ways or WAYS).items():
        try:
            samples = read(path, kind)
        except ShardError as error:
            found.append((type(error).__name__, error.shard, error.member, error.offset))
        else:
            found.append((name, samples))
    return found


def one_fault(path: Path, kind: Any = Row, ways: Any = None) -> tuple[Any, ...]:
    """Return the fault that all ways of reading agree on: class, member, offset."""
    found = faults(path, kind, ways)
    assert len(set(map(repr, found))) == 1, found
    name, shard, member, offset = found[0]
    assert shard == str(path)
    return name, member, offset
