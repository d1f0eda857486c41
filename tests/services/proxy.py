"""A server between a reader and where shards are: it counts, slows, cuts, refuses and stalls."""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

PIECE = 16 << 10
# What the kernel takes is counted as sent, read or not: let it take little.
SEND_BUFFER = 64 << 10
OWN = ("connection", "date", "keep-alive", "server", "transfer-encoding")


@dataclass
class Fault:
    """What happens to some requests.

    Attributes:
        times: to how many.
        word: only to those with this in method and path.
        status: answer with it instead of asking.
        cut: hang up after so many bytes of the answer's body.
        stall: answer nothing until the proxy ends.
        headers: headers of an answer with ``status``.
        body: body of an answer with ``status``.
    """

    times: int = 1
    word: str = ""
    status: int = 0
    cut: int | None = None
    stall: bool = False
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Readers hang up: that is what is tested."""


class Proxy:
    """Passes everything on to one server, less its faults.

    Args:
        target: address of that server.
        ranges: whether the reader gets ranges; else all of it.
        rate: bytes a second of each answer; 0 for all there is.
        delay: seconds before each answer.

    Attributes:
        sent: bytes of all answers' bodies.
        seen: method and path of all requests.
    """

    def __init__(
        self, target: str, *, ranges: bool = True, rate: float = 0, delay: float = 0
    ) -> None:
        self.target, self.ranges, self.rate, self.delay = urlsplit(target), ranges, rate, delay
        self.sent = 0
        self.seen: list[str] = []
        self.faults: list[Fault] = []
        self.over = threading.Event()
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), partial(_Handler, self))
        self._server.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    def fail(self, **how: Any) -> Fault:
        """Let the next requests go wrong."""
        fault = Fault(**how)
        self.faults.append(fault)
        return fault

    def reset(self) -> None:
        """Count from nothing."""
        self.sent, self.seen = 0, []

    def take(self, told: str) -> Fault:
        with self._lock:
            self.seen.append(told)
            for fault in self.faults:
                if fault.times > 0 and fault.word in told:
                    fault.times -= 1
                    return fault
        return Fault()

    def count(self, size: int) -> None:
        with self._lock:
            self.sent += size

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(self, proxy: Proxy, *arguments: Any) -> None:
        self.proxy = proxy
        super().__init__(*arguments)

    def _handle(self) -> None:
        fault = self.proxy.take(f"{self.command} {self.path}")
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        if fault.stall:
            self.proxy.over.wait()
            self.close_connection = True
            return
        if fault.status:
            self._head(fault.status, [*fault.headers, ("Content-Length", str(len(fault.body)))])
            self.wfile.write(fault.body)
            return
        time.sleep(self.proxy.delay)
        with contextlib.suppress(ConnectionError):
            self._pass_on(body, fault)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = _handle  # noqa: N815 - http.server's names

    def _pass_on(self, body: bytes, fault: Fault) -> None:
        target = self.proxy.target
        connection = http.client.HTTPConnection(target.hostname or "", target.port)
        with contextlib.closing(connection):
            headers = {k: v for k, v in self.headers.items() if k.lower() != "connection"}
            if not self.proxy.ranges:
                headers = {k: v for k, v in headers.items() if k.lower() != "range"}
            connection.request(self.command, self.path, body or None, headers)
            answer = connection.getresponse()
            self._head(answer.status, [h for h in answer.getheaders() if h[0].lower() not in OWN])
            self._body(answer, fault)

    def _head(self, status: int, headers: list[tuple[str, str]]) -> None:
        self.send_response_only(status)
        for name, value in headers:
            self.send_header(name, value)
        if not any(name.lower() == "content-length" for name, _ in headers):
            self.send_header("Connection", "close")
        self.end_headers()

    def _body(self, answer: http.client.HTTPResponse, fault: Fault) -> None:
        left = fault.cut if fault.cut is not None else 1 << 62
        while left > 0 and (piece := answer.read(min(PIECE, left))):
            self.wfile.write(piece)
            left -= len(piece)
            self.proxy.count(len(piece))
            if self.proxy.rate:
                time.sleep(len(piece) / self.proxy.rate)
        if left <= 0 or answer.getheader("content-length") is None:
            self.close_connection = True
            if fault.cut is not None:
                self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class _Files(SimpleHTTPRequestHandler):
    """Files of a folder, with ranges."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path = Path(self.translate_path(self.path))
        if not path.is_file():
            self.send_error(404)
            return
        size = path.stat().st_size
        told = self.headers.get("Range", "").removeprefix("bytes=")
        start, _, last = told.partition("-")
        first = int(start or 0)
        stop = min(int(last) + 1 if last else size, size)
        if first >= size > 0:
            self.send_response(416)
            self.send_header("Content-Range", f"bytes */{size}")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.send_response(206 if told else 200)
        if told:
            self.send_header("Content-Range", f"bytes {first}-{stop - 1}/{size}")
        self.send_header("Content-Length", str(stop - first))
        self.send_header("ETag", f'"{path.stat().st_mtime_ns:x}"')
        self.end_headers()
        with path.open("rb") as file, contextlib.suppress(ConnectionError):
            file.seek(first)
            left = stop - first
            while left > 0 and (piece := file.read(min(1 << 20, left))):
                self.wfile.write(piece)
                left -= len(piece)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextlib.contextmanager
def files_of(folder: Path, certificate: Path | None = None) -> Iterator[str]:
    """Serve a folder, encrypted if there is a certificate; give the address."""
    server = _Server(("127.0.0.1", 0), partial(_Files, directory=str(folder)))
    address = f"http://127.0.0.1:{server.server_port}"
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        # Not yet: a reader that turns away would stop the server's one thread that accepts.
        server.socket = context.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
        address = f"https://localhost:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield address
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
