"""SideSum: SHA-256 of a stream in a thread beside it, so that hashing and the network overlap."""

from __future__ import annotations

import hashlib
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final

# A megabyte is worth a hand-over; four of them in the air are all the memory it takes.
_BATCH: Final = 1 << 20
_AHEAD: Final = 4


class SideSum:
    """A running SHA-256; a stream shorter than a batch never starts the thread.

    Example:
        >>> total = SideSum()
        >>> total.update(b"ab"); total.update(b"c")
        >>> total.digest() == hashlib.sha256(b"abc").digest()
        True
    """

    def __init__(self) -> None:
        self._sum = hashlib.sha256()
        self._parts: list[bytes] = []
        self._waiting = 0
        self._pool: ThreadPoolExecutor | None = None
        self._ahead: deque[Future[None]] = deque()

    def update(self, piece: bytes) -> None:
        """Add bytes."""
        self._parts.append(piece)
        self._waiting += len(piece)
        if self._waiting < _BATCH:
            return
        if self._pool is None:
            self._pool = ThreadPoolExecutor(1, "atdata-sum")
        self._ahead.append(self._pool.submit(self._add, self._parts))
        self._parts, self._waiting = [], 0
        if len(self._ahead) > _AHEAD:
            self._ahead.popleft().result()

    def digest(self) -> bytes:
        """Return the sum of all that was added, and end the thread."""
        self.close()
        self._add(self._parts)
        self._parts = []
        return self._sum.digest()

    def close(self) -> None:
        """End the thread; what was handed over is added first."""
        if self._pool is not None:
            self._pool.shutdown()
            self._pool = None
        self._ahead.clear()

    def _add(self, parts: list[bytes]) -> None:
        for part in parts:
            self._sum.update(part)
