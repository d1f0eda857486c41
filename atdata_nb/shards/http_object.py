"""HttpObject: a shard on a web server or in a bucket, read by ranges where the server has them."""

from __future__ import annotations

import re
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, Final

from atdata_nb.errors import (
    AtdataError,
    BucketNotFoundError,
    NotRandomAccessError,
    RemoteAccessError,
    RemoteError,
    ShardNotFoundError,
)
from atdata_nb.shards.patience import PASSING, RETRIED, PassingError, Patience
from atdata_nb.shards.remote import Part

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from http.client import HTTPResponse

    from atdata_nb.shards.web import Web

_PIECE: Final = 256 << 10
_ERROR_BODY: Final = 4096
_OK, _PARTIAL, _UNSATISFIABLE = 200, 206, 416
_RANGE: Final = re.compile(r"bytes (?:(\d+)-\d+|\*)/(\d+|\*)")
_CODE: Final = re.compile(rb"<Code>(\w{1,64})</Code>")
# What object stores say of keys, signatures and times; the rest of 403 is told as it is.
DENIALS: Final = {
    "SignatureDoesNotMatch": "the secret key is wrong",
    "InvalidAccessKeyId": "the server does not know the access key",
    "RequestTimeTooSkewed": "the clock of this machine is wrong",
    "ExpiredToken": "the credentials have expired",
    "InvalidToken": "the session token is wrong",
}


class HttpObject:
    """One object behind a URL.

    Args:
        web: what sends the requests.
        name: the object as errors may show it.
        address: gives the URL of a request; of a bucket it is signed anew each time.
    """

    def __init__(self, web: Web, name: str, address: Callable[[], str]) -> None:
        self._web, self._name, self._address = web, name, address
        self._version: tuple[str | None, ...] | None = None

    def begin(self, length: int) -> Part:
        """First bytes, or, where the server knows no ranges, all in order."""
        patience = Patience(self._name)
        while True:
            stack = ExitStack()
            try:
                answer = stack.enter_context(self._ask(0, length))
                size, ranged = self._facts(answer, 0)
                if not ranged:
                    return Part(b"", size, self._rest(stack, answer, size))
                data = b"".join(_pieces(answer, length))
                stack.close()
            except RETRIED as error:
                stack.close()
                patience.wait(_passing(error))
                continue
            except BaseException:
                stack.close()
                raise
            wanted = length if size is None else min(length, size)
            if len(data) < wanted:
                data += self.part(len(data), wanted - len(data)).data
            return Part(data, size)

    def part(self, start: int, length: int) -> Part:
        """Bytes ``[start, start + length)``; a reading that breaks off goes on where it was.

        Raises:
            NotRandomAccessError: the server gives no ranges.
            RemoteError: it does not give these.
            ShardNotFoundError: it has no such object.
        """
        patience = Patience(self._name)
        got: list[bytes] = []
        done, size = 0, None
        while done < length:
            try:
                with self._ask(start + done, length - done) as answer:
                    size, ranged = self._facts(answer, start + done)
                    if not ranged:
                        raise NotRandomAccessError(
                            f"{self._name}: the server gives no ranges, only the whole"
                        )
                    for piece in _pieces(answer, length - done):
                        got.append(piece)
                        done += len(piece)
                        patience.progress()
            except RETRIED as error:
                patience.wait(_passing(error))
                continue
            if size is not None and start + done >= size:
                break
            if done < length:
                patience.wait(PassingError("the answer breaks off"))
        return Part(b"".join(got), size)

    def _rest(self, stack: ExitStack, answer: HTTPResponse, size: int | None) -> Iterator[bytes]:
        """All bytes, of a server that begins from the beginning each time."""
        patience = Patience(self._name)
        done = skip = 0
        while True:
            try:
                with stack:
                    for piece in _pieces(answer, None):
                        new = piece[skip:] if skip else piece
                        skip -= min(skip, len(piece))
                        if new:
                            done += len(new)
                            patience.progress()
                            yield new
                # Without a length the end is where the connection ends: the archive's own end
                # mark tells whether that was all.
                if size is None or done >= size:
                    return
                failure: BaseException = PassingError("the answer breaks off")
            except RETRIED as error:
                failure = _passing(error)
            while True:
                patience.wait(failure)
                stack = ExitStack()
                try:
                    answer = stack.enter_context(self._ask(0, None))
                    self._facts(answer, 0)
                    break
                except RETRIED as error:
                    stack.close()
                    failure = _passing(error)
            skip = done

    def _ask(self, start: int, length: int | None) -> AbstractContextManager[HTTPResponse]:
        headers = {} if length is None else {"Range": f"bytes={start}-{start + length - 1}"}
        return self._web.open(self._address(), headers)

    def _facts(self, answer: HTTPResponse, start: int) -> tuple[int | None, bool]:
        """Size of the object, and whether this answer is the range that was asked for."""
        status = answer.status
        if status == _PARTIAL:
            found = _RANGE.match(answer.getheader("Content-Range") or "")
            if found is None or found[1] is None or int(found[1]) != start:
                raise RemoteError(f"{self._name}: the server gives another range than was asked")
            size = None if found[2] == "*" else int(found[2])
            self._check_version(answer, size)
            return size, True
        if status == _OK:
            size = answer.length if answer.getheader("Content-Encoding") is None else None
            self._check_version(answer, size)
            return size, False
        if status == _UNSATISFIABLE:
            found = _RANGE.match(answer.getheader("Content-Range") or "")
            answer.read(_ERROR_BODY)
            # Nothing lies there: beyond the end, or the object is empty.
            return (int(found[2]) if found and found[2] != "*" else start), True
        raise self._refusal(answer)

    def _check_version(self, answer: HTTPResponse, size: int | None) -> None:
        # Parts of two versions of a shard would make a third one, that nobody wrote.
        version = (answer.getheader("ETag") or answer.getheader("Last-Modified"), str(size))
        if self._version is None:
            self._version = version
        elif self._version != version:
            raise RemoteError(f"{self._name} was changed while it was read")

    def _refusal(self, answer: HTTPResponse) -> Exception:
        status = answer.status
        body = b""
        with suppress(*RETRIED):
            body = answer.read(_ERROR_BODY)
        found = _CODE.search(body)
        code = found[1].decode() if found else ""
        if status in PASSING:
            told = answer.getheader("Retry-After") or ""
            wait = float(told) if told.isdigit() else None
            return PassingError(f"the server answers {status}", wait)
        if code == "NoSuchBucket":
            return BucketNotFoundError(f"{self._name}: there is no such bucket")
        if status in {404, 410}:
            return ShardNotFoundError(f"{self._name}: the server has no such object")
        if status in {401, 403} or code in DENIALS:
            return RemoteAccessError(f"{self._name}: {self._denied(code, body, status)}")
        region = answer.getheader("x-amz-bucket-region")
        hint = f"; the bucket is in region {region}: say region=" if region else ""
        return RemoteError(f"{self._name}: the server answers {status} {code}".rstrip() + hint)

    def _denied(self, code: str, body: bytes, status: int) -> str:
        if code in DENIALS:
            return DENIALS[code]
        if b"expired" in body.lower():
            return "the time that the URL was signed for is over"
        return f"access is denied ({status}{f' {code}' if code else ''}); look at the credentials"


def _passing(error: BaseException) -> BaseException:
    """Return the failure; raise it if it is ours and no passing one."""
    # RemoteError and ShardNotFoundError are OSErrors too.
    if isinstance(error, AtdataError):
        raise error
    if isinstance(error, OSError) and error.__class__.__name__ == "SSLCertVerificationError":
        raise RemoteError(f"the server's certificate can't be trusted: {error}") from None
    return error


def _pieces(answer: HTTPResponse, length: int | None) -> Iterator[bytes]:
    while length is None or length > 0:
        piece = answer.read(_PIECE if length is None else min(_PIECE, length))
        if not piece:
            return
        if length is not None:
            length -= len(piece)
        yield piece
