"""ShardWriter: tar shards that follow from their samples, byte for byte."""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final, Protocol, Self

from atdata_nb.cid import blob_cid_from_sha256
from atdata_nb.errors import DuplicateKeyError, EmptyDatasetError, SampleTypeError
from atdata_nb.samples.codec import codec_of
from atdata_nb.shards.room import writing_to
from atdata_nb.shards.sources import COMPANIONS, INDEX_ENDING
from atdata_nb.shards.tar import BLOCK

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from types import TracebackType

    from atdata_nb.protocols import Buffer
    from atdata_nb.samples.codec import Codec

# POSIX.1-2017, "ustar Interchange Format". Everything but name, size and checksum is fixed, so
# that equal samples make equal bytes: mode 0644, no owner, time 0.
_MODE: Final = b"0000644\0" + b"0000000\0" * 2
_TIME: Final = b"00000000000\0"
_REST: Final = b"0" + bytes(100) + b"ustar\x0000" + bytes(247)
_NAME_WIDTH: Final = 100
_MAX_OCTAL_SIZE: Final = 8**11
_FIXED_SUM: Final = sum(_MODE) + sum(_TIME) + sum(_REST) + 8 * ord(" ")
# Two blocks of zeros end an archive; tar then fills up a record of twenty blocks.
_END: Final = bytes(2 * BLOCK)
_RECORD: Final = 20 * BLOCK
KEY_DIGITS: Final = 9
_FLUSH_AT: Final = 1 << 20
_BATCH: Final = 256
_BATCH_BYTES: Final = 8 << 20


class Observer(Protocol):
    """What watches samples on their way into a shard, and says what is to lie beside it."""

    def add_many(self, payloads: Sequence[Buffer], /) -> None:
        """Some packed samples."""
        ...

    def finish(self, *, size: int, sha256: str) -> Mapping[str, bytes]:
        """Files to lie beside the shard, by the ending of their names."""
        ...


@dataclass(frozen=True, slots=True)
class Shard:
    """A shard that was written.

    Attributes:
        url: where it is.
        samples: number of samples.
        bytes: size of the file.
        sha256: SHA-256 of the file, in lower-case hexadecimal.
        cid: the file's CID as an AT Protocol blob (raw codec, SHA-256).
    """

    url: str
    samples: int
    bytes: int
    sha256: str
    cid: str


def tar_header(name: bytes, size: int) -> bytes:
    """Return the headers of a member: one block, or a pax header before it for a long name."""
    extended = b""
    if len(name) > _NAME_WIDTH or size >= _MAX_OCTAL_SIZE:
        extended = _pax_header(name, size)
        name = name[:_NAME_WIDTH]
    octal = b"%011o\0" % (size if size < _MAX_OCTAL_SIZE else 0)
    return extended + _block(name, octal, _REST, _FIXED_SUM)


def padding(size: int) -> bytes:
    """Return what follows a member's data."""
    return bytes(-size % BLOCK)


def ending(size: int) -> bytes:
    """Return what follows the last member of an archive whose members take ``size`` bytes."""
    return _END + bytes(-(size + len(_END)) % _RECORD)


def numbered_name(number: int) -> bytes:
    """Return the name of a sample that has none: its place in the shard."""
    return b"%0*d" % (KEY_DIGITS, number)


def is_running_number(key: str) -> bool:
    """Whether a key is the place that a sample had in some shard, and no name of its own.

    >>> is_running_number("000000012"), is_running_number("cat-12")
    (True, False)
    """
    return len(key) == KEY_DIGITS and key.isascii() and key.isdigit()


def _block(name: bytes, octal: bytes, rest: bytes, fixed: int) -> bytes:
    checksum = b"%06o\0 " % (fixed + sum(name) + sum(octal))
    return b"".join((name.ljust(_NAME_WIDTH, b"\0"), _MODE, octal, _TIME, checksum, rest))


def _pax_header(name: bytes, size: int) -> bytes:
    records = _pax_record(b"path", name)
    if size >= _MAX_OCTAL_SIZE:
        records += _pax_record(b"size", b"%d" % size)
    rest = b"x" + _REST[1:]
    octal = b"%011o\0" % len(records)
    header = _block(b"pax", octal, rest, _FIXED_SUM - ord("0") + ord("x"))
    return header + records + bytes(-len(records) % BLOCK)


def _pax_record(key: bytes, value: bytes) -> bytes:
    # The length counts its own digits.
    body = b" " + key + b"=" + value + b"\n"
    length = len(body)
    while length != len(body) + len(str(length)):
        length = len(body) + len(str(length))
    return b"%d" % length + body


class ShardWriter:
    """Writes one shard to a temporary name, and gives it its own when it is whole.

    A writer that is left by an exception leaves no file.

    Args:
        path: the shard's name.
        index: write a member index beside it too.
        observer: watches the samples, for files that are to lie beside it too.

    Example:
        >>> import tempfile
        >>> from atdata_nb.samples import DictSample
        >>> path = Path(tempfile.mkdtemp()) / "a.tar"
        >>> with ShardWriter(path) as writer:
        ...     writer.write(DictSample(n=1))
        >>> writer.shard.samples, writer.shard.bytes
        (1, 10240)
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        index: bool = False,
        observer: Observer | None = None,
    ) -> None:
        self.path = Path(path)
        self.samples = 0
        self.bytes = 0
        self._written = 0
        self._hash = hashlib.sha256()
        self._parts: list[Buffer] = []
        self._waiting = 0
        self._partial: Path | None = None
        self._file: IO[bytes] | None = None
        self._shard: Shard | None = None
        self._keys: set[bytes] = set()
        self._index = index
        self._observer = observer
        self._places: tuple[list[bytes], list[int], list[int]] = ([], [], [])

    def write(self, sample: Any, *, key: str | None = None) -> None:
        """Add one sample.

        Raises:
            SampleTypeError: a value is not of its field's type, or the key can't be a name.
        """
        self.add(codec_of(type(sample)).pack(sample), key=key)

    def add(self, payload: Buffer, *, key: str | None = None) -> None:
        """Add one sample that is packed already."""
        name = numbered_name(self.samples) if key is None else self._own_key(key)
        if key is not None or self._keys:
            if not self._keys:
                # Up to here all had running numbers, which need no looking up.
                self._keys = set(map(numbered_name, range(self.samples)))
            if name in self._keys:
                reason = "a second sample with this key"
                raise DuplicateKeyError(reason, shard=self.path.name, member=name.decode())
            self._keys.add(name)
        size = len(memoryview(payload))
        header = tar_header(name + b".msgpack", size)
        if self._index:
            keys, heads, sizes = self._places
            keys.append(name)
            heads.append(self._written + len(header) - BLOCK)
            sizes.append(size)
            self._written += len(header) + size + -size % BLOCK
        self._parts += (header, payload, padding(size))
        self._waiting += size
        self.samples += 1
        if self._waiting >= _FLUSH_AT:
            self._flush()

    def _own_key(self, key: str) -> bytes:
        name = key.encode("utf-8", "surrogateescape")
        last = name.rpartition(b"/")[2]
        if not last or b"." in last or b"\0" in name or name.startswith(b"/"):
            message = f"the key {key[:80]!r} can't be a member's name: no dot, NUL or leading /"
            raise SampleTypeError(message)
        return name

    def _flush(self) -> None:
        if self._file is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._partial = self.path.with_name(f".{self.path.name}.{secrets.token_hex(4)}.part")
            self._file = self._partial.open("xb")
        if self._observer is not None:
            # Header, payload, padding; behind the last of them, the end of the archive.
            self._observer.add_many(self._parts[1::3])
        data = b"".join(self._parts)
        self._parts, self._waiting = [], 0
        self._hash.update(data)
        with writing_to(self.path):
            self._file.write(data)
        self.bytes += len(data)

    def close(self, name: str | None = None) -> Shard:
        """End the archive, flush it to disk and give it its name.

        Args:
            name: the file's name, if it is to follow from the content: ``{sha256}`` in it stands
                for the first twelve digits of the hash.

        Raises:
            EmptyDatasetError: nothing was written; no file is left.
        """
        if not self.samples:
            self.discard()
            message = f"{self.path.name}: a shard needs at least one sample"
            raise EmptyDatasetError(message)
        self._flush_end()
        digest = self._hash.digest()
        if name is not None:
            self.path = self.path.with_name(name.replace("{sha256}", digest.hex()[:12]))
        assert self._partial is not None  # noqa: S101 - made by the flush
        self._write_companions(digest)
        self._partial.replace(self.path)
        self._partial = None
        flush_folder(self.path.parent)
        self._shard = Shard(
            url=str(self.path),
            samples=self.samples,
            bytes=self.bytes,
            sha256=digest.hex(),
            cid=blob_cid_from_sha256(digest),
        )
        return self._shard

    def _write_companions(self, digest: bytes) -> None:
        files: dict[str, bytes] = {}
        if self._index:
            from atdata_nb.shards.index_file import encode_index

            data = encode_index(*self._places, size=self.bytes, sha256=digest)
            files = {} if data is None else {INDEX_ENDING: data}
        if self._observer is not None:
            files |= self._observer.finish(size=self.bytes, sha256=digest.hex())
        write_companions(self.path, files)

    def _flush_end(self) -> None:
        # What waits is counted first: the end depends on all that is before it.
        self._flush()
        self._parts.append(ending(self.bytes))
        self._flush()
        assert self._file is not None  # noqa: S101 - opened by the flush
        with writing_to(self.path):
            self._file.flush()
            os.fsync(self._file.fileno())
        self._file.close()
        self._file = None

    def discard(self) -> None:
        """Leave no file."""
        if self._file is not None:
            # What is still buffered may find no room either.
            with contextlib.suppress(OSError):
                self._file.close()
            self._file = None
        if self._partial is not None:
            with contextlib.suppress(FileNotFoundError):
                self._partial.unlink()
            self._partial = None

    @property
    def shard(self) -> Shard:
        """What was written; there once the writer is closed."""
        if self._shard is None:
            message = "the shard is not closed yet"
            raise ValueError(message)
        return self._shard

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is not None:
            self.discard()
        elif self._shard is None:
            try:
                self.close()
            except BaseException:
                self.discard()
                raise


def write_companions(shard: Path, files: Mapping[str, bytes]) -> None:
    """Write files beside a shard that is about to get its name, and remove those of another one.

    Args:
        shard: where the shard is, or will be.
        files: their bytes, by the ending of their names.
    """
    for ending in COMPANIONS:
        beside = shard.with_name(shard.name + ending)
        if ending not in files:
            # One of a shard that was here before would be of other bytes.
            beside.unlink(missing_ok=True)
        else:
            put_beside(shard, ending, files[ending])


def put_beside(shard: Path, ending: str, data: bytes) -> None:
    """Write a file beside a shard, whole or not at all."""
    beside = shard.with_name(shard.name + ending)
    partial = beside.with_name(f".{beside.name}.{secrets.token_hex(4)}.part")
    try:
        with writing_to(partial):
            partial.write_bytes(data)
        partial.replace(beside)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def flush_folder(folder: Path) -> None:
    """Let renames in a folder survive a power cut, where the system can do that."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def pack_samples(samples: Iterable[Any]) -> Iterator[bytes]:
    """Pack samples of one type, a batch at a time, bounded in count and in bytes.

    Raises:
        SampleTypeError: a sample is of another type than the first, or does not fit its own.
    """
    iterator = iter(samples)
    codec: Codec[Any] | None = None
    count = 1
    while batch := list(islice(iterator, count)):
        codec = codec or codec_of(type(batch[0]))
        if set(map(type, batch)) != {codec.sample_type}:
            other = next(s for s in batch if type(s) is not codec.sample_type)
            message = (
                f"a {type(other).__qualname__} among {codec.sample_type.__qualname__} samples: "
                "a dataset has one sample type"
            )
            raise SampleTypeError(message)
        packed = codec.pack_many(batch)
        yield from packed
        mean = sum(map(len, packed)) // len(packed) + 1
        count = max(1, min(_BATCH, _BATCH_BYTES // mean))


def write_shard(path: str | os.PathLike[str], samples: Iterable[Any]) -> Shard:
    """Write samples of one type as one shard.

    Raises:
        EmptyDatasetError: there are no samples; no file is left.
        SampleTypeError: a sample does not fit its type; no file is left.

    Example:
        >>> import tempfile
        >>> from atdata_nb.samples import DictSample
        >>> path = Path(tempfile.mkdtemp()) / "a.tar"
        >>> write_shard(path, [DictSample(n=i) for i in (1, 2)]).samples
        2
    """
    with ShardWriter(path) as writer:
        for payload in pack_samples(samples):
            writer.add(payload)
    return writer.shard
