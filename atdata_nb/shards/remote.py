"""RemoteStream: a remote shard as a stream, read ahead in parallel as its reader goes on."""

from __future__ import annotations

import io
import threading
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

FIRST_PART: Final = 64 << 10
LARGEST_PART: Final = 4 << 20
PARALLEL: Final = 8
MAX_AHEAD: Final = PARALLEL * LARGEST_PART


@dataclass(frozen=True, slots=True)
class Part:
    """Some bytes of an object.

    Attributes:
        data: the bytes; fewer than asked for at the end of the object.
        size: size of the whole object, or None where the server does not say.
        rest: what follows, where the server gives no ranges but all of it in one go.
    """

    data: bytes
    size: int | None
    rest: Iterator[bytes] | None = None


class RemoteObject(Protocol):
    """An object on a server; every read may be from another thread."""

    def begin(self, length: int) -> Part:
        """Its first bytes, or, where the server knows no ranges, all in order."""
        ...

    def part(self, start: int, length: int) -> Part:
        """Bytes ``[start, start + length)``.

        Raises:
            NotRandomAccessError: the server gives no ranges.
        """
        ...


class RemoteStream(io.RawIOBase):
    """The bytes of an object in order.

    It begins with one small request, and asks for more ahead the further it has been read, in
    parallel: the first samples cost little, and a whole shard is not read slower for it.

    Args:
        remote: the object.
        frugal: read no more ahead than was read already, since the reader will soon stop.
    """

    def __init__(self, remote: RemoteObject, *, frugal: bool = False) -> None:
        super().__init__()
        self._remote = remote
        self.frugal = frugal
        self._held = memoryview(b"")
        self._pool: ThreadPoolExecutor | None = None
        self._stopped = threading.Event()
        self._pieces = self._read_on()
        self.size: int | None = None

    def readable(self) -> bool:
        """Yes."""
        return True

    def read(self, size: int | None = -1) -> bytes:
        """Return at most ``size`` bytes, as they come; none at the end."""
        if size is None or size < 0:
            return self.readall()
        if not self._held:
            self._held = memoryview(next(self._pieces, b""))
        if len(self._held) <= size:
            found, self._held = self._held, memoryview(b"")
            return found.obj if isinstance(found.obj, bytes) and _is_all(found) else bytes(found)
        found, self._held = self._held[:size], self._held[size:]
        return bytes(found)

    def readall(self) -> bytes:
        """Return all that is left."""
        self.frugal = False
        return b"".join(iter(lambda: self.read(LARGEST_PART), b""))

    def readinto(self, buffer: object, /) -> int:
        """Fill a buffer with what comes next; return how much that is."""
        view = memoryview(buffer).cast("B")  # type: ignore[arg-type]
        data = self.read(len(view))
        view[: len(data)] = data
        return len(data)

    def _read_on(self) -> Iterator[bytes]:
        first = self._remote.begin(FIRST_PART)
        self.size = first.size
        if first.data:
            yield first.data
        if first.rest is not None:
            yield from first.rest
        elif first.size is not None:
            yield from self._in_parallel(len(first.data), first.size)

    def _in_parallel(self, done: int, size: int) -> Iterator[bytes]:
        asked: deque[tuple[int, Future[Part]]] = deque()
        begun = done
        step = FIRST_PART
        while done < size:
            while begun < size and (not asked or begun + step - done <= self._ahead(done)):
                length = min(step, size - begun)
                asked.append((length, self._submit(begun, length)))
                begun += length
            length, future = asked.popleft()
            data = future.result().data
            done += length
            step = min(max(step, self._ahead(done) // PARALLEL), LARGEST_PART)
            yield data

    def _ahead(self, done: int) -> int:
        return min(done if self.frugal else max(4 * done, 16 * FIRST_PART), MAX_AHEAD)

    def _submit(self, start: int, length: int) -> Future[Part]:
        if self._pool is None:
            self._pool = ThreadPoolExecutor(PARALLEL, "atdata-read")
        return self._pool.submit(self._fetch, start, length)

    def _fetch(self, start: int, length: int) -> Part:
        if self._stopped.is_set():
            return Part(b"", None)
        return self._remote.part(start, length)

    def close(self) -> None:
        """Stop reading; what was asked for ahead is left to end by itself."""
        if not self.closed:
            self._stopped.set()
            self._pieces.close()  # type: ignore[attr-defined]
            if self._pool is not None:
                self._pool.shutdown(wait=False, cancel_futures=True)
        super().close()


def _is_all(view: memoryview) -> bool:
    return len(view) == len(view.obj)  # type: ignore[arg-type]
