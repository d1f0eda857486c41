"""Upload: the body of a blob, given piece by piece, again if need be, its CID found on the way."""

from __future__ import annotations

import hashlib
import io
import os
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final, TypeAlias

from atdata_nb.cid import blob_cid_from_sha256
from atdata_nb.errors import RecordError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from atdata_nb.protocols import Buffer

Content: TypeAlias = "bytes | bytearray | memoryview | str | os.PathLike[str] | IO[bytes]"
Progress: TypeAlias = "Callable[[int, int | None], None]"

PIECE: Final = 256 << 10


class BlobBody:
    """What is uploaded: bytes, a file's path, or an open file that can seek.

    Attributes:
        size: its length in bytes.
        cid: its CID; there as soon as all of it was given once.
    """

    def __init__(self, content: Content, progress: Progress | None = None) -> None:
        self._content, self._progress = content, progress
        self.cid: str | None = None
        self._start = 0
        if isinstance(content, (bytes, bytearray, memoryview)):
            self.size = memoryview(content).nbytes
        elif isinstance(content, (str, os.PathLike)):
            self.size = Path(content).stat().st_size
        else:
            if not content.seekable():
                raise RecordError("a blob is uploaded from bytes, a path, or a file that can seek")
            self._start = content.tell()
            self.size = content.seek(0, io.SEEK_END) - self._start

    def pieces(self) -> Iterator[Buffer]:
        """Yield all of it from the beginning."""
        digest, done = hashlib.sha256(), 0
        for piece in self._read():
            digest.update(piece)
            done += len(piece)
            if done > self.size:
                break
            yield piece
            if self._progress is not None:
                self._progress(done, self.size)
        if done != self.size:
            raise RecordError("the file changed while it was uploaded")
        self.cid = blob_cid_from_sha256(digest.digest())

    def _read(self) -> Iterator[Buffer]:
        content: Any = self._content
        if isinstance(content, (bytes, bytearray, memoryview)):
            view = memoryview(content).cast("B")
            for start in range(0, self.size, PIECE):
                # A memoryview would be copied by the socket layer, and is not taken by httpx.
                yield bytes(view[start : start + PIECE])
        elif isinstance(content, (str, os.PathLike)):
            with Path(content).open("rb", buffering=0) as file:
                yield from _pieces_of(file)
        else:
            content.seek(self._start)
            yield from _pieces_of(content)


def _pieces_of(file: Any) -> Iterator[bytes]:
    while piece := file.read(PIECE):
        yield piece
