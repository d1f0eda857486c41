"""PieceStream: bytes that come piece by piece, as a file."""

from __future__ import annotations

import io
from typing import IO, TYPE_CHECKING, Any, Final, cast

if TYPE_CHECKING:
    from collections.abc import Iterator

_BUFFER: Final = 1 << 18


class PieceStream(io.RawIOBase):
    """A readable file over an iterator of bytes; nothing is taken before it is read."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._left = memoryview(b"")

    def readable(self) -> bool:
        """Whether it can be read: it can."""
        return True

    def readinto(self, buffer: Any, /) -> int:
        """Fill a buffer as far as the current piece goes."""
        while not self._left:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._left = memoryview(piece)
        count = min(len(buffer), len(self._left))
        buffer[:count] = self._left[:count]
        self._left = self._left[count:]
        return count


def as_file(pieces: Iterator[bytes]) -> IO[bytes]:
    """Return pieces as a buffered file.

    >>> as_file(iter([b"ab", b"", b"c"])).read()
    b'abc'
    """
    return cast("IO[bytes]", io.BufferedReader(PieceStream(pieces), _BUFFER))
