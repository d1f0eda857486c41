"""Transport: HTTP with retries, where no error carries what was sent."""

from __future__ import annotations

import time
import weakref
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal
from urllib.parse import urljoin, urlsplit

import httpx

from atdata_nb.atmosphere.retry import PASSING, TOO_MANY, Retry
from atdata_nb.errors import RefusedError, UnreachableError
from atdata_nb.shards.urls import check_url

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from atdata_nb.atmosphere.secret import Secret

_REDIRECTS: Final = 3
_MOVED: Final = frozenset({301, 302, 303, 307, 308})
LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")
# A hostile server must not fill the memory with what should be a few kilobytes.
MAX_ANSWER: Final = 32 << 20


@dataclass(frozen=True, slots=True)
class Request:
    """A request that can be sent again.

    Attributes:
        method: GET or POST.
        url: where to.
        params: what stands behind the ``?``.
        headers: headers without authorization.
        body: makes the body anew for each attempt; None for none.
        token: what authorizes it.
        timeout: seconds without any progress; None for the transport's own.
    """

    method: Literal["GET", "POST"]
    url: str
    params: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    body: Callable[[], Any] | None = field(default=None, repr=False)
    token: Secret | None = None
    timeout: float | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer, whole.

    Attributes:
        status: HTTP status.
        headers: its headers; names in lower case or any other.
        content: its body.
    """

    status: int
    headers: Mapping[str, str]
    content: bytes


class Transport:
    """Sends requests, and sends them again where the failure may pass.

    Every request that goes through here may arrive twice, so none may do harm the second time.

    Args:
        timeout: seconds to wait for a connection or for any progress on it.
        retry: how often and how patiently.
        local: whether servers on this machine may be talked to.
    """

    def __init__(self, timeout: float, retry: Retry, *, local: bool) -> None:
        self.timeout, self.retry, self.local = timeout, retry, local
        # Other people's records and DID documents name the hosts.
        self.allow_hosts = LOOPBACK if local else ()
        direct = {f"all://{host}": httpx.HTTPTransport() for host in ("localhost", "127.0.0.1")}
        self._http = httpx.Client(timeout=timeout, mounts=direct)
        # Clients in a notebook are rarely closed; their connections should not be left open.
        weakref.finalize(self, self._http.close)

    def fetch(self, request: Request) -> Answer:
        """Return the answer, whole, whatever its status.

        Raises:
            UnreachableError: there is none, after all attempts.
            RateLimitedError: the server wants more time than we have.
            UnsafeUrlError: it is no address to be opened.
        """
        answer = self._try(request, lambda: self._whole(self._send(request)))
        assert isinstance(answer, Answer)  # noqa: S101 - what _whole returns
        return answer

    def open(self, request: Request) -> httpx.Response:
        """Return the answer with its body still to be read; the caller closes it.

        Raises:
            UnreachableError: there is none, after all attempts.
            RateLimitedError: the server wants more time than we have.
            UnsafeUrlError: it is no address to be opened.
        """
        response = self._try(request, lambda: self._send(request))
        assert isinstance(response, httpx.Response)  # noqa: S101 - what _send returns
        return response

    def _try(
        self, request: Request, attempt_once: Callable[[], httpx.Response | Answer | str]
    ) -> httpx.Response | Answer:
        deadline = time.monotonic() + max(self.timeout, request.timeout or 0)
        attempt = 0
        while True:
            attempt += 1
            last = attempt >= self.retry.attempts
            got = attempt_once()
            if isinstance(got, str):
                if last or time.monotonic() > deadline:
                    host = urlsplit(request.url).netloc
                    raise UnreachableError(
                        f"{host} does not answer: {got}; look at the connection, or at the address"
                    )
                self.retry.pause(attempt)
                continue
            status = got.status if isinstance(got, Answer) else got.status_code
            if last or status not in PASSING:
                return got
            if isinstance(got, httpx.Response):
                got.close()
            if status == TOO_MANY:
                self.retry.pause_as_told(attempt, got.headers)
            else:
                self.retry.pause(attempt)

    def _send(self, request: Request) -> httpx.Response | str:
        """Return the answer, or why there is none.

        What httpx raises holds the request with password and tokens, so it must not become the
        cause or context of what the user sees.
        """
        url, params = request.url, request.params
        for _ in range(_REDIRECTS + 1):
            check_url(url, trusted=False, allow_hosts=self.allow_hosts)
            try:
                response = self._http.send(self._build(request, url, params), stream=True)
            except httpx.HTTPError as error:
                return reason_of(error)
            except httpx.InvalidURL:
                return "that is no address"
            moved = response.headers.get("location")
            if not (moved and request.method == "GET" and response.status_code in _MOVED):
                return response
            response.close()
            if request.token is not None:
                raise RefusedError(f"{urlsplit(url).netloc} sends us elsewhere with our login")
            url, params = urljoin(url, moved), {}
        raise RefusedError(f"{urlsplit(request.url).netloc} sends us from place to place")

    def whole(self, response: httpx.Response) -> Answer:
        """Read an open answer to its end.

        Raises:
            UnreachableError: it breaks off.
        """
        answer = self._whole(response)
        if isinstance(answer, str):
            raise UnreachableError(f"{urlsplit(str(response.url)).netloc} broke off: {answer}")
        return answer

    def _whole(self, response: httpx.Response | str) -> Answer | str:
        if isinstance(response, str):
            return response
        content = bytearray()
        try:
            for chunk in response.iter_bytes():
                content += chunk
                if len(content) > MAX_ANSWER:
                    break
        except httpx.HTTPError as error:
            return reason_of(error)
        finally:
            response.close()
        if len(content) > MAX_ANSWER:
            host = urlsplit(str(response.url)).netloc
            raise RefusedError(f"{host} sends more than {MAX_ANSWER >> 20} MiB for an answer")
        return Answer(response.status_code, response.headers, bytes(content))

    def _build(self, request: Request, url: str, params: dict[str, Any]) -> httpx.Request:
        headers = dict(request.headers)
        if request.token is not None:
            headers["Authorization"] = f"Bearer {request.token.reveal()}"
        return self._http.build_request(
            request.method,
            url,
            params=params or None,
            headers=headers,
            content=None if request.body is None else request.body(),
            timeout=request.timeout or self.timeout,
        )

    def close(self) -> None:
        """Close all connections."""
        self._http.close()


def reason_of(error: httpx.HTTPError) -> str:
    """Return what went wrong, without what was sent."""
    kind = type(error).__name__
    return f"{kind}: {error}" if str(error) else kind
