"""Web: GET requests over HTTP and HTTPS, of which every hop may be refused.

On the standard library: its connections survive a fork (those of a Rust client hang in the
child), and a redirect or a name that leads into this network can be refused before it is followed.
"""

from __future__ import annotations

import base64
import http.client
import os
import socket
import ssl
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote, urljoin, urlsplit
from urllib.request import getproxies, proxy_bypass

from atdata_nb.errors import UnsafeUrlError, UrlError, shown_url
from atdata_nb.shards.urls import check_url, is_private_host

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from urllib.parse import SplitResult

MAX_REDIRECTS: Final = 5
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_MAX_IDLE: Final = 16
_DRAINED: Final = 1 << 16
# Of an answer that is abandoned early, no more than this has been sent in vain …
_RECEIVE_BUFFER: Final = 1 << 18
# … and a server that keeps to ranges sends no more than was asked for: that may come in one go.
_RANGE_BUFFER: Final = 1 << 20
# A shard is not text: bytes are wanted as they lie there.
_HEADERS: Final = {"Accept-Encoding": "identity", "User-Agent": "atdata-nb"}


class Web:
    """Connections to servers, kept and shared between threads.

    Args:
        trusted: whether its URLs come from the user; else no hop may lead to a host of this
            machine or network.
        allow_hosts: hosts that may be reached all the same.
        timeout: seconds of silence after which a request has failed.
    """

    def __init__(
        self, *, trusted: bool = True, allow_hosts: Collection[str] = (), timeout: float = 30.0
    ) -> None:
        self.trusted, self.allow_hosts, self.timeout = trusted, tuple(allow_hosts), timeout
        self._forget()

    def _forget(self) -> None:
        self._lock = threading.Lock()
        self._pid = os.getpid()
        self._idle: dict[tuple[str, str], list[http.client.HTTPConnection]] = {}

    @contextmanager
    def open(self, url: str, headers: Mapping[str, str]) -> Iterator[http.client.HTTPResponse]:
        """Send a GET request, follow its redirects, and give the answer, whatever its status.

        Raises:
            UnsafeUrlError: it, or what it leads to, may not be opened.
            OSError: the server can't be reached.
            http.client.HTTPException: it does not speak HTTP, or hangs up.
        """
        for _ in range(MAX_REDIRECTS + 1):
            check_url(url, trusted=self.trusted, allow_hosts=self.allow_hosts)
            connection, answer = self._send(url, headers)
            try:
                target = answer.getheader("Location")
                if answer.status not in _REDIRECTS or target is None:
                    yield answer
                    return
                answer.read(_DRAINED)
            finally:
                self._give_back(url, connection, answer)
            here, url = url, urljoin(url, target)
            if urlsplit(url).scheme not in {"http", "https"}:
                raise UnsafeUrlError(f"{shown_url(here)} leads to {shown_url(url)}: not http(s)")
        raise UrlError(f"{shown_url(url)}: more than {MAX_REDIRECTS} redirects")

    def _send(
        self, url: str, headers: Mapping[str, str]
    ) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
        parts = urlsplit(url)
        asked = {**_HEADERS, **_authorization(parts), **headers}
        while True:
            connection, fresh = self._connection(parts)
            target = _target(parts, proxied=getattr(connection, "proxied", False))
            try:
                connection.request("GET", target, headers=asked)
                _hurry(connection.sock)
                answer = connection.getresponse()
            except (OSError, http.client.HTTPException):
                connection.close()
                # A kept connection may have been closed at the other end meanwhile.
                if fresh:
                    raise
                continue
            if answer.status == http.client.PARTIAL_CONTENT and connection.sock is not None:
                _take_up_to(connection.sock, _RANGE_BUFFER)
            return connection, answer

    def _connection(self, parts: SplitResult) -> tuple[http.client.HTTPConnection, bool]:
        if self._pid != os.getpid():
            # After a fork these belong to the parent.
            self._forget()
        with self._lock:
            idle = self._idle.get((parts.scheme, parts.netloc))
            if idle:
                return idle.pop(), False
        guard = None if self.trusted or parts.hostname in self.allow_hosts else _refuse_private
        return _connect(parts, self.timeout, guard), True

    def _give_back(self, url: str, connection: Any, answer: http.client.HTTPResponse) -> None:
        parts = urlsplit(url)
        if not answer.isclosed() or answer.will_close or connection.sock is None:
            answer.close()
            connection.close()
            return
        with self._lock:
            idle = self._idle.setdefault((parts.scheme, parts.netloc), [])
            if len(idle) < _MAX_IDLE:
                idle.append(connection)
                return
        connection.close()

    def __del__(self) -> None:
        for idle in getattr(self, "_idle", {}).values():
            for connection in idle:
                connection.close()

    def __getstate__(self) -> dict[str, Any]:
        return {
            "trusted": self.trusted,
            "allow_hosts": self.allow_hosts,
            "timeout": self.timeout,
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(**state)  # type: ignore[misc]


def _authorization(parts: SplitResult) -> dict[str, str]:
    if parts.username is None:
        return {}
    told = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return {"Authorization": f"Basic {base64.b64encode(told.encode()).decode()}"}


def _target(parts: SplitResult, *, proxied: bool) -> str:
    path = parts.path or "/"
    target = f"{path}?{parts.query}" if parts.query else path
    if proxied:
        target = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{target}"
    # What a person types may hold spaces and letters that a request can't.
    return "".join(c if "!" <= c <= "~" else _percent(c) for c in target)


def _percent(character: str) -> str:
    return "".join(f"%{byte:02X}" for byte in character.encode("utf-8", "surrogateescape"))


def _refuse_private(host: str, address: str) -> None:
    if is_private_host(address):
        raise UnsafeUrlError(
            f"{host} in somebody's record leads to {address}, which is of this machine or "
            "network; allow the host by name if you trust it"
        )


class _Plain(http.client.HTTPConnection):
    """A connection to an address that was looked at before."""

    guard: Any = None
    proxied = False

    def connect(self) -> None:
        self.sock = _open_socket(self.host, self.port, self.timeout, self.guard)
        self._start_tunnel()

    def _start_tunnel(self) -> None:
        if getattr(self, "_tunnel_host", None):
            self._tunnel()  # type: ignore[attr-defined]


class _Secure(_Plain):
    """The same, encrypted."""

    default_port = http.client.HTTPS_PORT
    server_name = ""

    def connect(self) -> None:
        super().connect()
        self.sock = _context().wrap_socket(self.sock, server_hostname=self.server_name)


def _connect(parts: SplitResult, timeout: float, guard: Any) -> http.client.HTTPConnection:
    host = parts.hostname or ""
    kind = _Secure if parts.scheme == "https" else _Plain
    proxy = None if proxy_bypass(host) else getproxies().get(parts.scheme)
    if not proxy:
        connection = kind(host, parts.port, timeout=timeout)
        connection.guard = guard
    else:
        relay = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
        connection = kind(relay.hostname or "", relay.port or 80, timeout=timeout)
        if parts.scheme == "https":
            connection.set_tunnel(host, parts.port or 443, headers=_proxy_login(relay))
        else:
            connection.proxied = True
    if isinstance(connection, _Secure):
        connection.server_name = host
    return connection


def _proxy_login(relay: SplitResult) -> dict[str, str]:
    return {f"Proxy-{name}": value for name, value in _authorization(relay).items()}


def _open_socket(host: str, port: int, timeout: Any, guard: Any) -> socket.socket:
    failure: OSError | None = None
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    for _, _, _, _, address in found if guard is not None else ():
        # All of them, before any is tried: a name may have one good address and one bad.
        guard(host, str(address[0]))
    for family, kind, protocol, _, address in found:
        opened = socket.socket(family, kind, protocol)
        try:
            opened.settimeout(timeout)
            _take_up_to(opened, _RECEIVE_BUFFER)
            opened.connect(address)
        except OSError as error:
            opened.close()
            failure = error
        else:
            with suppress(OSError):
                opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return opened
    raise failure or OSError(f"{host} has no address")


def _take_up_to(opened: socket.socket, size: int) -> None:
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, size)


def _hurry(opened: socket.socket) -> None:
    # A server that sends head and body apart waits for our word in between, which the kernel
    # holds back for 40 ms unless told not to; it forgets that soon, so each request says it again.
    if hasattr(socket, "TCP_QUICKACK"):
        with suppress(OSError):
            opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)


_CONTEXTS: dict[int, ssl.SSLContext] = {}


def _context() -> ssl.SSLContext:
    # Reading the system's certificates takes 20 ms: once a process.
    pid = os.getpid()
    if pid not in _CONTEXTS:
        _CONTEXTS[pid] = ssl.create_default_context()
    return _CONTEXTS[pid]
