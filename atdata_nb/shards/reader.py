"""Readers: the samples of one shard as blocks of raw bytes, from a mapped file or a stream."""

from __future__ import annotations

import bz2
import gzip
import itertools
import lzma
import mmap
import tarfile
import zlib
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any, Final, cast

from atdata_nb.errors import (
    CorruptShardError,
    EmptyShardError,
    MissingExtraError,
    NotATarError,
    ShardError,
    TruncatedShardError,
)
from atdata_nb.shards.tar import (
    BLOCK,
    MAX_BELIEVED,
    MEMBER,
    Span,
    SparseMemberError,
    TarScanner,
    split_name,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from atdata_nb.protocols import Buffer

# A block is decoded at once, so it is bounded in count and in bytes. The first one is small, so
# that the first sample comes soon; longer ones than 1,024 fall out of the processor's cache.
FIRST_BLOCK: Final = 64
MAX_BLOCK: Final = 1024
MAX_BLOCK_BYTES: Final = 4 << 20
# From here on a payload is decoded where it lies instead of being joined to its neighbours.
LARGE_PAYLOAD: Final = 8192
WINDOW: Final = 1 << 20
FIRST_WINDOW: Final = 64 << 10
# Pages of a mapped file are let go of this many bytes at a time, whole pages everywhere.
RELEASED: Final = 16 << 20
# Sparse members hold less than they claim; nobody's sample is mostly holes.
MAX_SPARSE: Final = 64 << 20
# Behind the end mark a compressed stream has its checksum, and padding before it.
MAX_PADDING: Final = 16 << 20

_CUT: Final = (TruncatedShardError, EmptyShardError, NotATarError)
GZIP, BZIP2, XZ, ZSTD = b"\x1f\x8b", b"BZh", b"\xfd7zXZ\0", b"\x28\xb5\x2f\xfd"


@dataclass(frozen=True, slots=True)
class RawBlock:
    """Neighbouring samples of one shard, not decoded.

    Attributes:
        shard: the shard's identifier.
        keys: the samples' keys, or how to find them.
        payloads: their msgpack bytes.
        heads: offset of each one's tar header in the uncompressed shard.
        large: whether each payload should be decoded where it lies.
    """

    shard: str
    keys: Sequence[str] | Callable[[], Sequence[str]]
    payloads: list[Buffer]
    heads: list[int]
    large: bool = False


def read_file(path: Path, shard: str, *, first: int = FIRST_BLOCK) -> Iterator[RawBlock]:
    """Read a local shard: mapped, or as a stream if it is compressed.

    Raises:
        ShardError: the shard is damaged; what came before the damage was yielded.
        ShardNotFoundError: there is no such file.
    """
    with path.open("rb") as file:
        compression = _compression(file.peek(8)[:8])
        if compression:
            yield from read_stream(cast("IO[bytes]", file), shard, first=first)
            return
        try:
            data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except ValueError as error:
            raise EmptyShardError("no bytes at all", shard=shard, offset=0) from error
        except OSError:
            # Pipes and some network file systems can't be mapped.
            yield from read_stream(cast("IO[bytes]", file), shard, first=first)
            return
    yield from _read_mapped(data, shard, first)


def _read_mapped(data: mmap.mmap, shard: str, limit: int) -> Iterator[RawBlock]:
    scanner = TarScanner(shard)
    whole = memoryview(data)
    pos, end = 0, len(data)
    released = 0
    while not scanner.done:
        span, pos = scanner.scan(data, pos, end, limit=limit, max_bytes=MAX_BLOCK_BYTES, last=True)
        if pos - released >= 2 * RELEASED:
            released = _release(data, released)
        if span.keys:
            yield _block(shard, span, data, whole)
            limit = min(limit * 4, MAX_BLOCK)
    if isinstance(scanner.fault, SparseMemberError):
        yield from read_rest(iter((whole[pos:],)), scanner, pos)
    elif scanner.fault is not None:
        raise scanner.fault


def _release(data: mmap.mmap, start: int) -> int:
    """Let go of pages that were read: what is looked at again is read again.

    Else a shard that is read through would count as this process's memory, all of it, and a
    cluster ends a worker that has too much.
    """
    if hasattr(mmap, "MADV_DONTNEED"):
        data.madvise(mmap.MADV_DONTNEED, start, RELEASED)
    return start + RELEASED


def _block(shard: str, span: Span, data: Any, whole: memoryview) -> RawBlock:
    large = sum(span.sizes) > LARGE_PAYLOAD * len(span.keys)
    source = whole if large else data
    payloads = [
        source[start : start + size] for start, size in zip(span.starts, span.sizes, strict=True)
    ]
    return RawBlock(shard, lambda: _decode_keys(span.keys), payloads, span.heads, large)


def _decode_keys(keys: list[bytes]) -> list[str]:
    return [key.decode("utf-8", "surrogateescape") for key in keys]


def read_stream(stream: IO[bytes], shard: str, *, first: int = FIRST_BLOCK) -> Iterator[RawBlock]:
    """Read a shard from anything that gives bytes in order, in memory of one window.

    Compression (gzip, bzip2, xz, Zstandard) is recognised by its first bytes.

    Raises:
        ShardError: the shard is damaged; what came before the damage was yielded.
    """
    chunks = _Chunks(stream, shard)
    scanner = TarScanner(shard, max_member=MAX_BELIEVED)
    window, pos, last, limit = b"", 0, False, first
    while not scanner.done:
        span, pos = scanner.scan(
            window, pos, len(window), limit=limit, max_bytes=MAX_BLOCK_BYTES, last=last
        )
        if span.keys:
            yield _block(shard, span, window, memoryview(window))
            limit = min(limit * 4, MAX_BLOCK)
        elif not scanner.done:
            window, pos, last = _refill(scanner, chunks, window, pos)
    if isinstance(scanner.fault, SparseMemberError):
        rest = itertools.chain((memoryview(window)[pos:],), chunks)
        yield from read_rest(rest, scanner, scanner.base + pos)
        return
    if scanner.fault is None:
        chunks.finish()
    fault = scanner.fault
    if chunks.fault is not None and (fault is None or isinstance(fault, _CUT)):
        # The archive ends where the compressed stream broke off: that is the reason to give.
        where = scanner.base + pos if fault is None else fault.offset
        member = None if fault is None else fault.member
        reason = chunks.fault.reason
        raise type(chunks.fault)(reason, shard=shard, member=member, offset=where)
    if fault is not None:
        raise fault


def _refill(
    scanner: TarScanner, chunks: _Chunks, window: bytes, pos: int
) -> tuple[bytes, int, bool]:
    parts = [window[pos:]]
    scanner.base += pos
    # A member longer than the window: take as much again as is there, so that reading one of
    # n bytes costs O(n) and not O(n²).
    # The first windows are small: what is far away is not read for nothing.
    wanted = max(len(parts[0]), min(WINDOW, FIRST_WINDOW + 4 * scanner.base))
    got = 0
    for chunk in chunks:
        parts.append(chunk)
        got += len(chunk)
        if got >= wanted:
            return b"".join(parts), 0, False
    return b"".join(parts), 0, True


class _Chunks:
    """The uncompressed bytes of a stream, piece by piece.

    Attributes:
        fault: why they ended, if it was too early; kept, so that all before it can be used.
    """

    def __init__(self, stream: IO[bytes], shard: str) -> None:
        self.shard = shard
        self.fault: ShardError | None = None
        start = _read_some(stream, 8)
        self._name, opener = _compression(start) or ("", None)
        rejoined: Any = _Rejoined(start, stream)
        self._read = rejoined.read if opener is None else _read_of(opener(rejoined))

    def __iter__(self) -> Iterator[bytes]:
        while chunk := self._next():
            yield chunk

    def _next(self) -> bytes:
        if self.fault is not None:
            return b""
        if not self._name:
            return self._read(WINDOW)
        try:
            return self._read(WINDOW)
        except EOFError:
            reason = f"the {self._name} stream ends too early"
            self.fault = TruncatedShardError(reason, shard=self.shard)
        except (OSError, ValueError, zlib.error, lzma.LZMAError, _zstd_error()) as error:
            reason = f"the {self._name} stream is damaged: {error}"
            self.fault = CorruptShardError(reason, shard=self.shard)
        return b""

    def finish(self) -> None:
        """Read a compressed stream to its end, where its own checksum is."""
        left = MAX_PADDING
        while self._name and left > 0 and (chunk := self._next()):
            left -= len(chunk)


def uncompressed(stream: IO[bytes], shard: str) -> Iterator[bytes]:
    """Yield the uncompressed bytes of a stream, whatever it is compressed with.

    Raises:
        ShardError: the compressed stream is damaged; what came before was yielded.
    """
    chunks = _Chunks(stream, shard)
    yield from chunks
    if chunks.fault is not None:
        raise chunks.fault


def _read_of(file: Any) -> Callable[[int], bytes]:
    # read() would throw away what it already has when damage follows.
    read: Callable[[int], bytes] = file.read1
    return read


def _read_some(stream: IO[bytes], count: int) -> bytes:
    parts = b""
    while len(parts) < count and (more := stream.read(count - len(parts))):
        parts += more
    return parts


class _Rejoined:
    """A stream whose first bytes were looked at."""

    def __init__(self, start: bytes, stream: IO[bytes]) -> None:
        self._start, self._stream = start, stream

    def read(self, size: int = -1) -> bytes:
        if not self._start:
            return self._stream.read(size)
        if size < 0:
            head, self._start = self._start, b""
            return head + self._stream.read()
        head, self._start = self._start[:size], self._start[size:]
        return head

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return False

    closed = False


def is_compressed(start: bytes) -> bool:
    """Whether a file that begins so is compressed."""
    return _compression(start) is not None


def _compression(start: bytes) -> tuple[str, Callable[[Any], IO[bytes]]] | None:
    if start.startswith(GZIP):
        return "gzip", lambda raw: cast("IO[bytes]", gzip.GzipFile(fileobj=raw, mode="rb"))
    if start.startswith(BZIP2):
        return "bzip2", lambda raw: cast("IO[bytes]", bz2.BZ2File(raw))
    if start.startswith(XZ):
        return "xz", lambda raw: cast("IO[bytes]", lzma.LZMAFile(raw))
    if start.startswith(ZSTD):
        return "Zstandard", lambda raw: cast("IO[bytes]", _zstd().ZstdFile(raw))
    return None


def _zstd() -> Any:
    try:
        from compression import zstd  # type: ignore[import-not-found,unused-ignore]
    except ImportError:
        try:
            from backports import zstd
        except ImportError as error:
            message = "reading .zst shards needs the package backports.zstd"
            raise MissingExtraError(message) from error
    return zstd


def _zstd_error() -> type[Exception]:
    try:
        error: type[Exception] = _zstd().ZstdError
    except MissingExtraError:
        return ValueError
    return error


def read_rest(chunks: Iterator[Any], scanner: TarScanner, base: int) -> Iterator[RawBlock]:
    """Read what the scanner does not know, sparse members, with the standard library.

    Args:
        chunks: the archive from the first such member's header on.
        scanner: what read up to there.
        base: where in the archive ``chunks`` begin.
    """
    shard = scanner.shard
    place, name = base, None
    pieces = _Pieces(chunks)
    try:
        # Read by the block, so that the pieces tell whether an end mark came before their end.
        with tarfile.open(fileobj=cast("IO[bytes]", pieces), mode="r|", bufsize=BLOCK) as archive:
            for member in archive:
                place, name = base + member.offset, member.name
                found = split_name(name.encode("utf-8", "surrogateescape"))
                if not member.isreg() or found is None or found[1] != MEMBER:
                    continue
                scanner.note_key(found[0], place)
                key = found[0].decode("utf-8", "surrogateescape")
                yield RawBlock(shard, [key], [_extract(archive, member)], [place])
    except ShardError:
        raise
    except Exception as error:  # of damaged archives tarfile raises whatever int() and seek() do
        raise CorruptShardError(str(error), shard=shard, member=name, offset=place) from error
    if pieces.ran_out:
        reason = "the archive ends without its end mark: it was cut"
        raise TruncatedShardError(reason, shard=shard, member=name, offset=place)


class _Pieces:
    """Chunks as the file that tarfile reads a stream from."""

    def __init__(self, chunks: Iterator[Any]) -> None:
        self._chunks, self._held = chunks, memoryview(b"")
        self.ran_out = False

    def read(self, size: int) -> bytes:
        parts: list[Any] = []
        while size > 0:
            if not self._held:
                self._held = memoryview(next(self._chunks, b""))
                if not self._held:
                    self.ran_out = True
                    break
            parts.append(self._held[:size])
            self._held = self._held[size:]
            size -= len(parts[-1])
        return b"".join(parts)


def _extract(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    if member.issparse() and member.size > MAX_SPARSE:
        message = f"a sparse archive's member of {member.size} bytes"
        raise ValueError(message)
    file = archive.extractfile(member)
    return b"" if file is None else file.read()
