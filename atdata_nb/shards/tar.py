"""TarScanner: finds the samples of a tar archive in a buffer, header by header.

The layout is POSIX.1-2017 ``pax`` (which contains ``ustar``) and GNU's long names
(https://www.gnu.org/software/tar/manual/html_node/Standard.html). A sample is the consecutive
members whose names agree up to the first dot of their last component; the member ``msgpack`` is
its data, others are passed over, as webdataset has it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from zlib import adler32

from atdata_nb.errors import (
    CorruptShardError,
    DuplicateKeyError,
    EmptyShardError,
    MissingMemberError,
    NotATarError,
    ShardError,
    TruncatedShardError,
)
from atdata_nb.shards.runs import run_of

if TYPE_CHECKING:
    from mmap import mmap

BLOCK: Final = 512
ZEROS: Final = bytes(BLOCK)
# Largest prime below 2**16, the modulus of Adler-32 (RFC 1950): its low half is 1 + the sum of
# the bytes, which is what a tar checksum needs, at C speed.
_ADLER: Final = 65521
_SPACE: Final = ord(" ")
_SPACES: Final = 8 * _SPACE
_PLAIN: Final = frozenset({0, ord("0"), ord("7")})
# Links, devices, directories, pipes: a header without data, whatever its size field says.
_WITHOUT_DATA: Final = frozenset(b"123456")
_LONG_NAME, _LONG_LINK, _PAX, _PAX_GLOBAL, _SPARSE = b"L"[0], b"K"[0], b"x"[0], b"g"[0], b"S"[0]
_AGAIN: Final = "a second sample with this key"
MAX_HEADER_BODY: Final = 1 << 20
# A member that claims more, and is not there, is a damaged header rather than a cut archive.
MAX_BELIEVED: Final = 4 << 30
_USTAR: Final = b"ustar\0"
MEMBER: Final = b"msgpack"
_SUFFIX: Final = b"." + MEMBER
# A last component that begins with its dot is a hidden file, not a sample.
_NO_STEM: Final = frozenset({b"", b"/"})
# After so many members of one length in a row, more of them are expected.
_ALIKE: Final = 8
# Of a larger shard, only so many keys and the newest block are searched for duplicates.
MAX_KEYS_KEPT: Final = 1 << 18


class SparseMemberError(CorruptShardError):
    """A sparse member: tarfile can read it, the scanner can't."""


@dataclass(slots=True)
class Span:
    """Samples found in a buffer.

    Attributes:
        keys: each sample's key.
        starts: where its data begins in the buffer.
        sizes: length of its data in bytes.
        heads: where its header begins in the archive.
    """

    keys: list[bytes] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    heads: list[int] = field(default_factory=list)


class _Checksums(dict[bytes, int]):
    """What the bytes around a checksum field must add up to, modulo _ADLER; few are distinct."""

    def __missing__(self, text: bytes) -> int:
        try:
            value = int(text.strip(b" \0"), 8)
        except ValueError:
            return -1
        expected = (value - _SPACES + sum(text) + 1) % _ADLER
        if len(self) < 1 << 16:
            self[text] = expected
        return expected


_checksums = _Checksums()


def checksum_holds(header: bytes) -> bool:
    """Whether a header's checksum is that of its bytes."""
    return adler32(header) & 0xFFFF == _checksums[header[148:156]]


def _signed_checksum_holds(header: bytes) -> bool:
    """Whether a header's checksum is that of its bytes taken as signed, as some old tars did."""
    try:
        told = int(header[148:156].strip(b" \0"), 8)
    except ValueError:
        return False
    signed = sum(header) - 256 * sum(byte > 127 for byte in header)  # noqa: PLR2004
    field = sum(header[148:156]) - 256 * sum(byte > 127 for byte in header[148:156])  # noqa: PLR2004
    return told == signed - field + _SPACES


class TarScanner:
    """Walks an archive that arrives in one or more buffers.

    ``scan`` returns what it found up to a limit, to the end of the buffer, or to a fault; the
    fault is kept in ``fault``, so that what came before it can be used.

    Args:
        shard: the archive's identifier, for errors.
        max_member: longest data of one sample, in bytes.
    """

    def __init__(self, shard: str, *, max_member: int = 1 << 40) -> None:
        self.shard = shard
        self.max_member = max_member
        self.base = 0
        self.done = False
        self.fault: ShardError | None = None
        self._name: bytes | None = None
        self._size: int | None = None
        self._last_key = b""
        self._highest_key = b""
        self._waiting: tuple[bytes, int] | None = None
        self._keys: set[bytes] = set()

    def scan(  # noqa: C901, PLR0912, PLR0915 - the hot loop: calls would cost more than they tidy
        self, data: bytes | mmap, pos: int, end: int, *, limit: int, max_bytes: int, last: bool
    ) -> tuple[Span, int]:
        """Find samples in ``data[pos:end]``.

        Returns:
            The samples, and the position from which to go on: up to there the buffer is done with.
        """
        span = Span()
        stride, alike = 0, 0
        keys, starts, sizes, heads = span.keys, span.starts, span.sizes, span.heads
        total = 0
        in_order = True
        highest = self._highest_key
        table = _checksums
        while len(keys) < limit and total < max_bytes:
            body = pos + BLOCK
            if body > end:
                self._ended(pos, end, last=last)
                break
            header = data[pos:body]
            if adler32(header) & 0xFFFF != table[header[148:156]]:
                # Not a header: the end mark, or damage.
                if header == ZEROS:
                    self._end_mark(data, body, end, last=last)
                    break
                if not _signed_checksum_holds(header):
                    self._bad_header(pos)
                    break
            kind = header[156]
            try:
                # A twelfth digit leaves no room for the NUL that most write.
                size = int(header[124 : 135 if header[135] <= _SPACE else 136], 8)
            except ValueError:
                size = _odd_size(header[124:136])
            if self._size is not None and kind not in b"xgLK":
                size = self._size
            if size < 0 or size > self.max_member:
                self._fail(CorruptShardError, f"impossible member size {size}", pos)
                break
            if kind not in _PLAIN:
                if kind in _WITHOUT_DATA:
                    pos, self._name, self._size = body, None, None
                    continue
                stop = body + size + (-size % BLOCK)
                if (body + size if last else stop) > end:
                    self._cut(header, pos, size, end - body, last=last)
                    break
                if not self._special(kind, data, body, size, pos):
                    break
                pos = min(stop, end)
                alike = 0
                continue
            stop = body + size + (-size % BLOCK)
            # Padding that is still to come is waited for; at the end it may be missing.
            if (body + size if last else stop) > end:
                self._cut(header, pos, size, end - body, last=last)
                break
            if self._name is None and not (header[345] and header[257:263] == _USTAR):
                zero = header.find(0)
                name = header[: min(100, zero)]
            else:
                name = self._name or _prefixed(header)
            self._name = self._size = None
            here = self.base + pos
            pos = stop if stop < end else end  # noqa: FURB136 - a call costs more
            if name[-8:] == _SUFFIX and name.count(b".") == 1 and name[-9:-8] not in _NO_STEM:
                key = name[:-8]
            else:
                found = split_name(name)
                if found is None:
                    continue
                key, extension = found
                if extension != MEMBER:
                    if not self._other_member(key, here):
                        break
                    continue
            if self._waiting is not None and not self._ends_waiting(key):
                break
            # A key above all before it is new; only the others have to be looked up.
            if key > highest:
                highest = key
            else:
                in_order = False
                if key == self._last_key or key in self._keys:
                    self._fail(DuplicateKeyError, _AGAIN, here - self.base, key)
                    break
            self._last_key = key
            keys.append(key)
            starts.append(body)
            sizes.append(size)
            heads.append(here)
            total += size
            if stop - body != stride:
                stride, alike = stop - body, 0
                continue
            alike += 1
            if alike < _ALIKE or stride == 0:
                continue
            # So many of one length in a row: look at all that may follow them at once.
            alike = 0
            most = min(limit - len(keys), (max_bytes - total) // stride)
            run = run_of(data, pos, end, header, stride=BLOCK + stride, most=most)
            if run is None or run.keys[0] == key or not self._keys.isdisjoint(run.keys):
                continue
            if run.keys[0] <= highest or not run.in_order:
                in_order = False
            count = len(run.keys)
            highest = max(highest, run.highest)
            self._last_key = run.keys[-1]
            keys += run.keys
            starts += range(pos + BLOCK, pos + BLOCK + count * run.stride, run.stride)
            heads += range(self.base + pos, self.base + pos + count * run.stride, run.stride)
            sizes += run.sizes
            total += sum(run.sizes)
            pos += count * run.stride
            alike = _ALIKE - 1
        self._highest_key = highest
        if not in_order and len(set(keys)) < len(keys):
            self._cut_at_duplicate(span)
        if len(self._keys) < MAX_KEYS_KEPT:
            self._keys.update(keys)
        return span, pos

    def note_key(self, key: bytes, here: int) -> None:
        """Take in the key of a sample that somebody else found at ``here``.

        Raises:
            DuplicateKeyError: it is known already.
        """
        if key in self._keys:
            self._fail(DuplicateKeyError, _AGAIN, here - self.base, key)
            assert self.fault is not None  # noqa: S101 - just made
            raise self.fault
        self._keys.add(key)

    def _fail(
        self, kind: type[ShardError], reason: str, offset: int, member: bytes | None = None
    ) -> None:
        name = None if member is None else member.decode("utf-8", "replace")
        self.fault = kind(reason, shard=self.shard, member=name, offset=self.base + offset)
        self.done = True

    def _ended(self, pos: int, end: int, *, last: bool) -> None:
        if not last:
            return
        if self.base + end == 0:
            self.fault = EmptyShardError("no bytes at all", shard=self.shard, offset=0)
            self.done = True
        elif self.base + pos == 0:
            self._fail(NotATarError, f"{end} bytes are no tar archive", 0)
        else:
            self._fail(
                TruncatedShardError, "the archive ends without its end mark: it was cut here", pos
            )

    def _end_mark(self, data: bytes | mmap, body: int, end: int, *, last: bool) -> None:
        rest = data[body : min(body + BLOCK, end)]
        if not last and len(rest) < BLOCK:
            return
        if rest.strip(b"\0"):
            self._fail(CorruptShardError, "a header of zeros between members", body - BLOCK)
        elif self._waiting is not None:
            self._missing()
        self.done = True

    def _bad_header(self, pos: int) -> None:
        if self.base + pos == 0:
            self._fail(NotATarError, "does not begin with a tar header", 0)
        else:
            self._fail(CorruptShardError, "the header's checksum does not hold", pos)

    def _cut(self, header: bytes, pos: int, size: int, there: int, *, last: bool) -> None:
        if not last:
            return
        if size > MAX_BELIEVED:
            self._fail(CorruptShardError, f"impossible member size {size}", pos)
            return
        name = self._name or header[:100].split(b"\0", 1)[0]
        reason = f"{size - there} of this member's {size} bytes are missing"
        self._fail(TruncatedShardError, reason, pos, name)

    def _special(self, kind: int, data: bytes | mmap, body: int, size: int, pos: int) -> bool:
        """Take in a header that says something of the next member; skip what is unknown."""
        if kind not in {_LONG_NAME, _LONG_LINK, _PAX, _PAX_GLOBAL, _SPARSE}:
            # What the headers before it said, they said of this member.
            self._name = self._size = None
            return True
        if kind == _SPARSE:
            self._fail(SparseMemberError, "sparse members can't be read in place", pos)
            return False
        if size > MAX_HEADER_BODY:
            self._fail(CorruptShardError, f"extended header of {size} bytes", pos)
            return False
        text = bytes(data[body : body + size])
        if kind == _LONG_NAME:
            self._name = text.rstrip(b"\0")
        elif kind == _PAX:
            return self._pax(text, pos)
        return True

    def _pax(self, text: bytes, pos: int) -> bool:
        # Most say only the time of writing: look before parsing.
        if b" path=" not in text and b" size=" not in text and b" GNU.sparse." not in text:
            return True
        try:
            records = _pax_records(text)
            if any(key.startswith(b"GNU.sparse.") for key in records):
                self._fail(SparseMemberError, "sparse members can't be read in place", pos)
                return False
            self._name = records.get(b"path", self._name)
            if b"size" in records:
                self._size = int(records[b"size"])
        except ValueError:
            self._fail(CorruptShardError, "the pax header can't be read", pos)
            return False
        return True

    def _other_member(self, key: bytes, here: int) -> bool:
        if self._waiting is not None and self._waiting[0] != key:
            self._missing()
            return False
        if key != self._last_key:
            self._waiting = (key, here)
        return True

    def _ends_waiting(self, key: bytes) -> bool:
        if self._waiting is not None and self._waiting[0] != key:
            self._missing()
            return False
        self._waiting = None
        return True

    def _missing(self) -> None:
        assert self._waiting is not None  # noqa: S101 - callers look first
        key, here = self._waiting
        self._fail(MissingMemberError, "this sample has no member .msgpack", here - self.base, key)

    def _cut_at_duplicate(self, span: Span) -> None:
        seen: set[bytes] = set()
        for i, key in enumerate(span.keys):
            if key in seen:
                self._fail(DuplicateKeyError, _AGAIN, span.heads[i] - self.base, key)
                for column in (span.keys, span.starts, span.sizes, span.heads):
                    del column[i:]
                return
            seen.add(key)


def _odd_size(text: bytes) -> int:
    if text[0] & 0x80:  # GNU's base-256 form, for sizes past eight gigabytes
        return int.from_bytes(bytes([text[0] & 0x7F]) + text[1:], "big")
    try:
        return int(text.strip(b" \0") or b"0", 8)
    except ValueError:
        return -1


def _prefixed(header: bytes) -> bytes:
    prefix = header[345:500].split(b"\0", 1)[0]
    return prefix + b"/" + header[:100].split(b"\0", 1)[0]


def split_name(name: bytes) -> tuple[bytes, bytes] | None:
    """Return key and lower-case extension of a member's name; None for what is no sample's."""
    folder, slash, last = name.rpartition(b"/")
    stem, dot, extension = last.partition(b".")
    if not dot or not stem:
        return None
    return folder + slash + stem, extension.lower()


def _pax_records(text: bytes) -> dict[bytes, bytes]:
    records: dict[bytes, bytes] = {}
    pos = 0
    while pos < len(text) and text[pos]:
        space = text.index(b" ", pos, pos + 20)
        stop = pos + int(text[pos:space])
        if stop <= space + 1 or stop > len(text):
            raise ValueError(text[pos:space])
        key, _, value = text[space + 1 : stop - 1].partition(b"=")
        records[key] = value
        pos = stop
    return records
