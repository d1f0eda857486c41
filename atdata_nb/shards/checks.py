"""Checks: whether a shard that was read whole is the one that was written."""

from __future__ import annotations

import hashlib
import threading
from typing import IO, TYPE_CHECKING, Any, Final

from atdata_nb.errors import ChecksumError, ShardNotFoundError

if TYPE_CHECKING:
    from pathlib import Path

    from atdata_nb.shards.writer import Shard

_PIECE: Final = 4 << 20
# Files that were found whole in this process, as long as nobody touches them.
_WHOLE: set[tuple[object, ...]] = set()
_MAX_REMEMBERED: Final = 100_000


def check_digest(shard: str, expected: Shard, size: int, digest: str) -> None:
    """Compare what was read with what was written.

    Raises:
        ChecksumError: it is something else.
    """
    if size != expected.bytes:
        reason = f"it has {size:,} bytes, and {expected.bytes:,} were written"
        raise ChecksumError(reason, shard=shard)
    if digest != expected.sha256:
        reason = f"its SHA-256 begins {digest[:12]}, and {expected.sha256[:12]} was written"
        raise ChecksumError(reason, shard=shard)


class FileCheck:
    """A file that is hashed in a thread of its own while somebody reads it; once a process."""

    def __init__(self, path: Path, shard: str, expected: Shard) -> None:
        self._path, self._shard, self._expected = path, shard, expected
        self._stop = threading.Event()
        self._found: tuple[int, str] | None = None
        self._failure: OSError | None = None
        self._thread: threading.Thread | None = None
        try:
            facts = path.stat()
        except OSError:
            # Whoever reads it says so, and better.
            return
        self._mark = (str(path), facts.st_size, facts.st_mtime_ns, facts.st_ino, expected.sha256)
        if self._mark not in _WHOLE:
            self._thread = threading.Thread(target=self._hash, daemon=True)
            self._thread.start()

    def _hash(self) -> None:
        digest, size = hashlib.sha256(), 0
        try:
            with self._path.open("rb") as file:
                while not self._stop.is_set() and (piece := file.read(_PIECE)):
                    digest.update(piece)
                    size += len(piece)
        except OSError as error:
            self._failure = error
        self._found = size, digest.hexdigest()

    def finish(self) -> None:
        """Wait for the hash and compare it.

        Raises:
            ChecksumError: the file is not the one that was written.
        """
        if self._thread is None:
            return
        self._thread.join()
        if self._failure is not None:
            raise ShardNotFoundError(f"{self._shard}: {self._failure.strerror}")
        assert self._found is not None  # noqa: S101 - the thread has ended
        check_digest(self._shard, self._expected, *self._found)
        if len(_WHOLE) < _MAX_REMEMBERED:
            _WHOLE.add(self._mark)

    def cancel(self) -> None:
        """Stop: the reader has stopped too."""
        self._stop.set()


class CheckedStream:
    """A stream that hashes what is read from it."""

    def __init__(self, stream: IO[bytes], shard: str, expected: Shard) -> None:
        self._stream, self._shard, self._expected = stream, shard, expected
        self._digest, self._size = hashlib.sha256(), 0

    def read(self, size: int = -1) -> bytes:
        """Return what comes next."""
        data = self._stream.read(size)
        self._digest.update(data)
        self._size += len(data)
        return data

    def finish(self) -> None:
        """Read the rest and compare.

        Raises:
            ChecksumError: these are not the bytes that were written.
        """
        # One byte too many is enough to know.
        while self._size <= self._expected.bytes and self.read(_PIECE):
            pass
        check_digest(self._shard, self._expected, self._size, self._digest.hexdigest())

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
