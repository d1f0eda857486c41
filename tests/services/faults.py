"""A server between client and PDS: what goes wrong on a network goes wrong here on demand."""

from __future__ import annotations

import contextlib
import http.client
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import urlsplit

PIECE = 1 << 16
# Without accept-encoding the bodies come as they are, to be cut and changed.
DROPPED = ("accept-encoding", "transfer-encoding", "connection", "content-length", "date")


@dataclass
class Fault:
    """What goes wrong with the next requests whose path has a word in it.

    Attributes:
        path: the word.
        times: how often.
        status: answer with this instead of asking the server.
        headers: headers of that answer, or put over those of the server's.
        body: body of that answer.
        cut_request: hang up after so many bytes of the request's body.
        lose_answer: let the server do it, and hang up.
        cut_answer: hang up after so many bytes of the answer's body.
        change: what to make of the answer's body.
    """

    path: str
    times: int = 1
    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b"{}"
    cut_request: int | None = None
    lose_answer: bool = False
    cut_answer: int | None = None
    change: Callable[[bytes], bytes] | None = None


class FaultyProxy:
    """Passes everything on to one server, less its faults.

    Args:
        target: address of that server.
        rewrite: text to put in place of other text in all answers.

    Attributes:
        gives_ranges: whether it answers with the part that is asked for, as caches do.
        sent: bytes of all answers' bodies.
    """

    def __init__(self, target: str, rewrite: Mapping[str, str] | None = None) -> None:
        self.target, self.rewrite = urlsplit(target), dict(rewrite or {})
        self.faults: list[Fault] = []
        self.seen: list[str] = []
        self.gives_ranges, self.sent = False, 0
        self._lock = threading.Lock()

        class Handler(_Handler):
            proxy = self

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://localhost:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    def fail(self, path: str, **how: Any) -> Fault:
        """Let the next request go wrong."""
        fault = Fault(path, **how)
        self.faults.append(fault)
        return fault

    def count(self, word: str) -> int:
        """How many requests had that word in their path."""
        return sum(word in path for path in self.seen)

    def take(self, path: str) -> Fault | None:
        with self._lock:
            self.seen.append(path)
            for fault in self.faults:
                if fault.path in path and fault.times > 0:
                    fault.times -= 1
                    return fault
        return None

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    proxy: FaultyProxy

    def _handle(self) -> None:
        fault = self.proxy.take(self.path) or Fault("")
        length = int(self.headers.get("content-length", 0))
        if fault.cut_request is not None:
            self.rfile.read(fault.cut_request)
            self._hang_up()
            return
        body = self.rfile.read(length)
        if fault.status:
            self._answer(fault.status, fault.headers, fault.body, None)
            return
        status, headers, content = self._ask(body)
        if fault.lose_answer:
            self._hang_up()
            return
        for old, new in self.proxy.rewrite.items():
            content = content.replace(old.encode(), new.encode())
        if fault.change is not None:
            content = fault.change(content)
        span = self.headers.get("range", "").removeprefix("bytes=")
        if span and self.proxy.gives_ranges and status == http.HTTPStatus.OK:
            first, last = map(int, span.split("-"))
            headers["Content-Range"] = f"bytes {first}-{last}/{len(content)}"
            status, content = http.HTTPStatus.PARTIAL_CONTENT, content[first : last + 1]
        self._answer(status, headers | dict(fault.headers), content, fault.cut_answer)

    do_GET = do_POST = _handle  # noqa: N815 - names of the standard library

    def _ask(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
        target = self.proxy.target
        connection = http.client.HTTPConnection(target.hostname or "", target.port)
        with contextlib.closing(connection):
            headers = {k: v for k, v in self.headers.items() if k.lower() not in DROPPED}
            connection.request(self.command, self.path, body or None, headers)
            answer = connection.getresponse()
            kept = {k: v for k, v in answer.getheaders() if k.lower() not in DROPPED}
            return answer.status, kept, answer.read()

    def _answer(
        self, status: int, headers: Mapping[str, str], body: bytes, cut: int | None
    ) -> None:
        self.send_response_only(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.proxy.sent += len(body)
        with contextlib.suppress(ConnectionError):
            for start in range(0, len(body) if cut is None else cut, PIECE):
                self.wfile.write(body[start : start + PIECE])
        if cut is not None:
            self._hang_up()

    def _hang_up(self) -> None:
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextlib.contextmanager
def in_front_of(pds: str, plc: str) -> Iterator[tuple[FaultyProxy, FaultyProxy]]:
    """Stand before a server and the directory, which then says that the server is here."""
    with FaultyProxy(pds) as server, FaultyProxy(plc, {pds: server.url}) as directory:
        yield server, directory
