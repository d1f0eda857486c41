"""IndexFile: where each sample of a shard lies, in a small file beside it (``{shard}.idx``).

docs/formats.md has the layout. It comes in pages, each with a checksum of its own, so that the
place of one sample among millions costs one small read. Nothing in it is believed: what it says is
looked up in the shard's own headers.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from tarfile import TarError, TarInfo
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from atdata_nb.errors import CorruptShardError
from atdata_nb.shards.tar import BLOCK, MEMBER, checksum_holds, split_name

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import TypeAlias

    Offsets: TypeAlias = np.ndarray[Any, np.dtype[np.int64]]

MAGIC: Final = b"ATDATAIX"
VERSION: Final = 1
PAGE: Final = 1024
# magic, version, samples a page, samples, bytes of the shard, its SHA-256, CRC-32 of the table
_HEAD: Final = struct.Struct("<8sIIQQ32sI")
_CHECK: Final = struct.Struct("<I")
_ENTRY: Final = struct.Struct("<QII")
HEADER_BYTES: Final = _HEAD.size + _CHECK.size
# One read that is the whole index of most shards.
FIRST_READ: Final = 64 << 10
MAX_PAGE_BYTES: Final = 16 << 20
MAX_PAGES: Final = 1 << 20
_CACHED: Final = 64
_NAME_WIDTH: Final = 100
_MAX_OCTAL_SIZE: Final = 8**11
_PLAIN_TYPES: Final = (b"0", b"\0", b"7")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a sample is, as an index says.

    Attributes:
        key: its key.
        head: offset of its tar header.
        size: length of its data, which begins 512 bytes later.
    """

    key: bytes
    head: int
    size: int

    @property
    def end(self) -> int:
        """Offset behind its data."""
        return self.head + BLOCK + self.size


def encode_index(
    keys: Sequence[bytes], heads: Sequence[int], sizes: Sequence[int], *, size: int, sha256: bytes
) -> bytes | None:
    """Return the index of a shard; None where its keys are too long for one.

    Args:
        keys: the samples' keys, in the order of the shard.
        heads: offset of each one's tar header.
        sizes: length of each one's data.
        size: bytes of the shard.
        sha256: its SHA-256.
    """
    pages: list[bytes] = []
    for start in range(0, len(keys), PAGE):
        stop = start + PAGE
        names = b"".join(key + b"\0" for key in keys[start:stop])
        columns = np.array([heads[start:stop], sizes[start:stop]], "<i8")
        # Differences of a regular shard are all alike, and pack to nothing.
        columns[0, 1:] = np.diff(columns[0])
        raw = columns.tobytes() + names
        if len(raw) > MAX_PAGE_BYTES:
            return None
        pages.append(zlib.compress(raw, 6))
    table, at = b"", HEADER_BYTES + len(pages) * _ENTRY.size
    entries = []
    for page in pages:
        entries.append(_ENTRY.pack(at, len(page), zlib.crc32(page)))
        at += len(page)
    table = b"".join(entries)
    head = _HEAD.pack(MAGIC, VERSION, PAGE, len(keys), size, sha256, zlib.crc32(table))
    return b"".join((head, _CHECK.pack(zlib.crc32(head)), table, *pages))


class IndexFile:
    """The index of a shard, read as far as it is asked.

    Args:
        shard: the shard's identifier, for errors.
        first: its first bytes, ``FIRST_READ`` or all there are.
        read: gives more of them: so many bytes from an offset on.

    Attributes:
        samples: number of samples.
        shard_bytes: size of the shard it was made of.
        sha256: SHA-256 of that shard.

    Raises:
        CorruptShardError: it is no index, or damaged.
    """

    samples: int
    shard_bytes: int
    sha256: bytes

    def __init__(self, shard: str, first: bytes, read: Callable[[int, int], bytes | None]) -> None:
        self.shard, self._first, self._read = shard, first, read
        head = self._first[: _HEAD.size]
        if len(self._first) < HEADER_BYTES or head[:8] != MAGIC:
            raise self._fault("it is no index")
        if _CHECK.unpack_from(self._first, _HEAD.size)[0] != zlib.crc32(head):
            raise self._fault("its header is damaged")
        _, version, self._page, self.samples, self.shard_bytes, self.sha256, check = _HEAD.unpack(
            head
        )
        if version != VERSION:
            raise self._fault(f"it is of version {version}, and this package reads {VERSION}")
        count = -(-self.samples // self._page) if self._page else MAX_PAGES + 1
        # Each sample has a header in the shard: there can't be more than fit.
        if count > MAX_PAGES or self.samples * BLOCK > self.shard_bytes or self._page > 1 << 16:
            raise self._fault("it claims more samples than the shard has room for")
        table = self._bytes(HEADER_BYTES, count * _ENTRY.size)
        if zlib.crc32(table) != check:
            raise self._fault("its table is damaged")
        self._table = list(_ENTRY.iter_unpack(table))
        self._pages: dict[int, list[Place]] = {}

    def place(self, i: int) -> Place:
        """Return where a sample is.

        Raises:
            CorruptShardError: the index is damaged, or points out of the shard.
        """
        number, within = divmod(i, self._page)
        found: Place = self._load(number)[within]
        return found

    def places(self, start: int, stop: int) -> list[Place]:
        """Return where neighbouring samples are."""
        return [self.place(i) for i in range(start, min(stop, self.samples))]

    def _load(self, number: int) -> list[Place]:
        found = self._pages.get(number)
        if found is None:
            if len(self._pages) >= _CACHED:
                self._pages.pop(next(iter(self._pages)), None)
            found = self._pages[number] = self._decode(number)
        return found

    def columns(self) -> tuple[list[bytes], Offsets, Offsets]:
        """Return keys, header offsets and data lengths of all samples.

        Raises:
            CorruptShardError: the index is damaged, or points out of the shard.
        """
        keys: list[bytes] = []
        heads, sizes = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
        for number in range(len(self._table)):
            names, own_heads, own_sizes = self._columns(number)
            keys += names
            heads.append(own_heads)
            sizes.append(own_sizes)
        return keys, np.concatenate(heads), np.concatenate(sizes)

    def _decode(self, number: int) -> list[Place]:
        names, heads, sizes = self._columns(number)
        each = zip(names, heads.tolist(), sizes.tolist(), strict=True)
        return [Place(key, head, size) for key, head, size in each]

    def _columns(self, number: int) -> tuple[list[bytes], Offsets, Offsets]:
        offset, length, check = self._table[number]
        packed = self._bytes(offset, length)
        if zlib.crc32(packed) != check:
            raise self._fault(f"its page {number} is damaged")
        unpacker = zlib.decompressobj()
        try:
            raw = unpacker.decompress(packed, MAX_PAGE_BYTES)
        except zlib.error:
            raise self._fault(f"its page {number} is damaged") from None
        count = min(self._page, self.samples - number * self._page)
        names = raw[16 * count :].split(b"\0")
        if len(raw) < 16 * count or len(names) != count + 1:
            raise self._fault(f"its page {number} is cut")
        columns = np.frombuffer(raw, "<i8", 2 * count).reshape(2, count)
        heads: Offsets = np.cumsum(columns[0])
        sizes = columns[1]
        if (sizes < 0).any() or (heads < 0).any() or (np.diff(heads) < BLOCK).any():
            raise self._fault(f"its page {number} makes no sense")
        # Compared without a sum: a stranger's numbers could pass 64 bits.
        room = self.shard_bytes - BLOCK
        if (heads > room).any() or (sizes > room - heads).any():
            raise self._fault(f"its page {number} points out of the shard")
        return names[:count], heads, sizes

    def _bytes(self, start: int, length: int) -> bytes:
        if length > MAX_PAGE_BYTES:
            raise self._fault("a part of it is too large")
        stop = start + length
        if stop <= len(self._first):
            return self._first[start:stop]
        found = self._read(start, length) or b""
        if len(found) != length:
            raise self._fault("it is cut")
        return found

    def _fault(self, reason: str) -> CorruptShardError:
        told = f"the member index beside it can't be used: {reason}"
        return CorruptShardError(told, shard=self.shard)


def sha256_of(start: bytes) -> str | None:
    """Return the SHA-256 of the shard that an index was made of, by its first bytes.

    None where they are no index's, or damaged.
    """
    head = start[: _HEAD.size]
    if len(start) < HEADER_BYTES or head[:8] != MAGIC:
        return None
    if _CHECK.unpack_from(start, _HEAD.size)[0] != zlib.crc32(head):
        return None
    digest: bytes = _HEAD.unpack(head)[5]
    return digest.hex()


def check_member(shard: str, place: Place, data: bytes | memoryview) -> None:
    """Check that a sample is where an index says.

    Args:
        shard: the shard's identifier, for errors.
        place: what the index says.
        data: the shard's bytes from ``place.head`` to ``place.end``.

    Raises:
        CorruptShardError: another member is there, or none.
    """
    if len(data) == BLOCK + place.size:
        header = bytes(data[:BLOCK])
        if _is_usual(header, place):
            return
        try:
            found = TarInfo.frombuf(header, "utf-8", "surrogateescape")
        except TarError:
            found = None
        if found is not None and _agrees(found, place):
            return
    raise CorruptShardError(
        "the member index beside it does not fit: another version of the shard?",
        shard=shard,
        member=place.key.decode("utf-8", "replace"),
        offset=place.head,
    )


def _is_usual(header: bytes, place: Place) -> bool:
    """Whether a header is that of the place, and as nearly all are: one comparison, no parsing."""
    return (
        header.startswith(b"%b.%b\0" % (place.key, MEMBER))
        and header[124:136] == b"%011o\0" % place.size
        and header[156:157] == b"0"
        and not header[345]
        and checksum_holds(header)
    )


def _agrees(found: TarInfo, place: Place) -> bool:
    if found.type not in _PLAIN_TYPES:
        return False
    if found.size != place.size and place.size < _MAX_OCTAL_SIZE:
        return False
    name = split_name(found.name.encode("utf-8", "surrogateescape"))
    if name == (place.key, MEMBER):
        return True
    # The name of such a member is in an extended header before this one.
    return len(place.key) + len(MEMBER) >= _NAME_WIDTH or not place.key.isascii()
