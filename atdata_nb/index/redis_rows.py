"""Frames: lists of bytes as one value, which both Python and a script in the server can take apart.

Entries are kept so. The server's own msgpack reader knows no binary values, and half of what an
entry says is msgpack already.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

import msgspec

from atdata_nb.index.rows import from_row, to_row

if TYPE_CHECKING:
    from collections.abc import Iterable

    from atdata_nb.index.entry import LocalEntry

_NONE = 0xFFFF_FFFF
_LENGTH = struct.Struct("<I")
_MISSING = _LENGTH.pack(_NONE)
# What scripts read of an entry stands in front, each as bytes; the rest is one msgpack list.
_FRONT = 7
_TEXTS = (0, 1, 2, 3, 6)
_pack = msgspec.msgpack.encode
_rest = msgspec.msgpack.Decoder(list[Any])


def frame(parts: Iterable[bytes | str | int | None]) -> bytes:
    r"""Return parts as one value; text as UTF-8, numbers in decimal.

    >>> frame([b"ab", None, "é"])
    b'\x02\x00\x00\x00ab\xff\xff\xff\xff\x02\x00\x00\x00\xc3\xa9'
    """
    framed: list[bytes] = []
    for part in parts:
        if part is None:
            framed.append(_MISSING)
            continue
        data = part if isinstance(part, bytes) else str(part).encode()
        framed += (_LENGTH.pack(len(data)), data)
    return b"".join(framed)


def parts_of(framed: bytes) -> list[bytes | None]:
    """Return the parts of a value that ``frame`` made.

    >>> parts_of(frame([b"ab", None, 7]))
    [b'ab', None, b'7']
    """
    found: list[bytes | None] = []
    at = 0
    while at < len(framed):
        (length,) = _LENGTH.unpack_from(framed, at)
        at += 4
        if length == _NONE:
            found.append(None)
        else:
            found.append(framed[at : at + length])
            at += length
    return found


def to_frame(entry: LocalEntry, metadata: bytes | None) -> bytes:
    """Return an entry as the index keeps it."""
    row = to_row(entry, metadata)
    return frame([*row[:_FRONT], _pack(row[_FRONT:])])


def from_frame(framed: bytes) -> LocalEntry:
    """Return the entry that ``to_frame`` was given."""
    row: list[Any] = parts_of(framed)
    for at in _TEXTS:
        if row[at] is not None:
            row[at] = row[at].decode()
    return from_row([*row[:_FRONT], *_rest.decode(row[_FRONT])])
