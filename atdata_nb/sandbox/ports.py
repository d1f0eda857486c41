"""Ports of this machine: which are free, and which one is taken."""

from __future__ import annotations

import socket
from contextlib import closing
from typing import Final

from atdata_nb.errors import ServiceError

_MAX_PORT: Final = 65535


def free_port() -> int:
    """Return a port of loopback that nobody listens on."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def is_free(port: int) -> bool:
    """Whether a server could listen there."""
    with closing(socket.socket()) as probe:
        # A server that has ended leaves connections behind that do not block the next one.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def check_free(port: int) -> int:
    """Return a port that somebody asked for.

    Raises:
        ServiceError: it is taken, or no port.
    """
    if not (0 < port <= _MAX_PORT and is_free(port)):
        raise ServiceError(f"port {port} is taken: name another one, or none")
    return port
