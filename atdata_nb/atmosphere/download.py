"""Download: a blob as a stream that goes on where a connection broke, and checks what it gave."""

from __future__ import annotations

import io
from contextlib import closing
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import httpx

from atdata_nb.atmosphere.side_sum import SideSum
from atdata_nb.atmosphere.transport import Request, reason_of
from atdata_nb.atmosphere.xrpc import refuse
from atdata_nb.cid import CODEC_RAW, HASH_SHA256, parse_cid
from atdata_nb.errors import IntegrityError, UnreachableError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from atdata_nb.atmosphere.transport import Transport
    from atdata_nb.atmosphere.upload import Progress

OK: Final = 200
PARTIAL: Final = 206
BEYOND: Final = 416
METHOD: Final = "com.atproto.sync.getBlob"
# A server gzips a tar unless told not to, which makes it five to ten times slower.
_PLAIN: Final = {"Accept-Encoding": "identity"}


class BlobStream(io.RawIOBase):
    """The bytes of a blob, in order, in constant memory.

    A connection that breaks is made again. At the end the bytes must be those that the CID names;
    until then they are only what the server says.

    Args:
        transport: fetches.
        url: where the blob is.
        params: what stands behind the ``?``.
        cid: what it must be: a raw CID of SHA-256.
        name: what errors call it.
        size: how many bytes it must have, or None.
        progress: told of the bytes so far, and of all of them where that is known.

    Raises:
        IntegrityError: while reading: these are not the bytes.
        BlobNotFoundError: the server does not have it.
        UnreachableError: the connection breaks again and again.
    """

    def __init__(
        self,
        transport: Transport,
        url: str,
        params: dict[str, str],
        cid: str,
        *,
        name: str,
        size: int | None = None,
        progress: Progress | None = None,
    ) -> None:
        super().__init__()
        self._transport, self._url, self._params = transport, url, params
        self._digest, self._sum = _digest_of(cid, name), SideSum()
        self.cid, self.name = cid, name
        self._size, self._progress = size, progress
        self._given = self._received = self._failures = 0
        self._piece = memoryview(b"")
        self._is_done = False
        self._response, self._pieces = self._connect()
        self._total = size if size is not None else _length(self._response)

    def readable(self) -> bool:
        """It can be read."""
        return True

    def readinto(self, buffer: Any, /) -> int:
        """Fill a buffer, or a part of it; 0 at the end."""
        while not self._piece and not self._is_done:
            self._next()
        count = min(len(self._piece), len(buffer))
        buffer[:count] = self._piece[:count]
        self._piece = self._piece[count:]
        return count

    @property
    def mime_type(self) -> str:
        """What its server says that it is."""
        return str(self._response.headers.get("content-type", "")).partition(";")[0].strip()

    def finish(self) -> None:
        """Read what is left and check all of it: for whoever found an end before the end."""
        while not self._is_done:
            self._next()
        self._piece = memoryview(b"")

    def close(self) -> None:
        """Close the connection; what was not read is not checked."""
        if not self.closed:
            self._response.close()
            self._sum.close()
        super().close()

    def _next(self) -> None:
        try:
            piece = next(self._pieces, None)
        except httpx.HTTPError as error:
            reason = reason_of(error)
        else:
            if piece is not None:
                self._take(piece)
                return
            if self._total is None or self._received >= self._total:
                self._check()
                return
            reason = f"{self._received:,} of {self._total:,} bytes came"
        self._again(reason)

    def _take(self, piece: bytes) -> None:
        self._failures = 0
        self._received += len(piece)
        self._sum.update(piece)
        if self._size is not None and self._received > self._size:
            raise IntegrityError(f"{self.name} is longer than the {self._size:,} bytes it has")
        self._piece = memoryview(piece)
        if self._progress is not None:
            self._progress(self._received, self._total)

    def _check(self) -> None:
        self._is_done = True
        self._response.close()
        if self._sum.digest() != self._digest:
            raise IntegrityError(
                f"{self.name}: these are not the bytes that the CID names; whoever serves them "
                "changed them, or their disk did"
            )

    def _again(self, reason: str) -> None:
        self._response.close()
        self._failures += 1
        if self._failures >= self._transport.retry.attempts:
            host = urlsplit(self._url).netloc
            raise UnreachableError(f"{self.name}: {host} broke off again and again: {reason}")
        self._transport.retry.pause(self._failures)
        self._response, self._pieces = self._connect()

    def _connect(self) -> tuple[httpx.Response, Iterator[bytes]]:
        headers = dict(_PLAIN)
        if self._received:
            headers["Range"] = f"bytes={self._received}-"
        response = self._transport.open(Request("GET", self._url, self._params, headers))
        if response.status_code not in {OK, PARTIAL}:
            answer = self._transport.whole(response)
            refuse(answer, self._url, METHOD)
        # Not iter_bytes: a server that compresses all the same must not fill our memory.
        pieces = response.iter_raw()
        if response.status_code == PARTIAL and self._received:
            return response, pieces
        # Most servers know no ranges and start again.
        return response, _after(pieces, self._received)


def read_part(
    transport: Transport, url: str, params: dict[str, str], start: int, length: int
) -> bytes | None:
    """Return some bytes of a blob, fewer at its end; None from a server that only gives all of it.

    Nothing tells whether they are the blob's: a CID is of all its bytes.

    Raises:
        BlobNotFoundError: the server does not have it.
        UnreachableError: the connection breaks again and again.
    """
    headers = _PLAIN | {"Range": f"bytes={start}-{start + length - 1}"}
    reason = ""
    for attempt in range(1, transport.retry.attempts + 1):
        response = transport.open(Request("GET", url, params, headers))
        with closing(response):
            if response.status_code == BEYOND:
                return b""
            if response.status_code == OK or not _begins_at(response, start):
                return None
            if response.status_code != PARTIAL:
                refuse(transport.whole(response), url, METHOD)
            data = bytearray()
            try:
                for piece in response.iter_raw():
                    data += piece
                    if len(data) > length:
                        return None
            except httpx.HTTPError as error:
                reason = reason_of(error)
            else:
                return bytes(data)
        transport.retry.pause(attempt)
    raise UnreachableError(f"{urlsplit(url).netloc} broke off again and again: {reason}")


def _begins_at(response: httpx.Response, start: int) -> bool:
    told = response.headers.get("content-range", "")
    return response.status_code != PARTIAL or told.startswith(f"bytes {start}-")


def _after(pieces: Iterator[bytes], skipped: int) -> Iterator[bytes]:
    for piece in pieces:
        if skipped >= len(piece):
            skipped -= len(piece)
        elif skipped:
            yield piece[skipped:]
            skipped = 0
        else:
            yield piece


def _length(response: httpx.Response) -> int | None:
    text = response.headers.get("content-length", "")
    return int(text) if text.isdigit() else None


def _digest_of(cid: str, name: str) -> bytes:
    parts = parse_cid(cid)
    if parts["codec"] != CODEC_RAW or parts["hash"]["code"] != HASH_SHA256:
        raise IntegrityError(f"{name}: a blob's CID is raw and SHA-256, this one is not")
    return bytes(parts["hash"]["digest"])
