"""Xrpc: calls of the protocol's methods, and what its errors mean.

https://atproto.com/specs/xrpc
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, NoReturn
from urllib.parse import urlsplit

from atdata_nb.atmosphere.data_model import to_json
from atdata_nb.atmosphere.transport import Request
from atdata_nb.errors import (
    AtmosphereError,
    BlobNotFoundError,
    BlobTooLargeError,
    LoginError,
    RateLimitedError,
    RecordNotFoundError,
    RefusedError,
    WriteConflictError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from atdata_nb.atmosphere.secret import Secret
    from atdata_nb.atmosphere.transport import Answer, Transport

_JSON: Final = {"Content-Type": "application/json"}
_TOLD: Final = 300

_BY_NAME: Final[dict[str, type[RefusedError]]] = {
    "RecordNotFound": RecordNotFoundError,
    "BlobNotFound": BlobNotFoundError,
    "BlobTooLarge": BlobTooLargeError,
    "PayloadTooLarge": BlobTooLargeError,
    "InvalidSwap": WriteConflictError,
    "RateLimitExceeded": RateLimitedError,
}
_BY_STATUS: Final[dict[int, type[RefusedError]]] = {413: BlobTooLargeError, 429: RateLimitedError}
_LOGIN_ERRORS: Final = frozenset(
    {"AuthenticationRequired", "AuthMissing", "InvalidToken", "AccountTakedown"}
)
EXPIRED: Final = "ExpiredToken"


def address(server: str, method: str) -> str:
    """Return the address of a method on a server."""
    return f"{server.rstrip('/')}/xrpc/{method}"


def query(
    transport: Transport,
    server: str,
    method: str,
    params: Mapping[str, Any],
    token: Secret | None = None,
) -> dict[str, Any]:
    """Ask for something.

    Raises:
        RefusedError: the server answers with an error.
        UnreachableError: it does not answer.
    """
    given = {name: _text(value) for name, value in params.items() if value is not None}
    answer = transport.fetch(Request("GET", address(server, method), params=given, token=token))
    return content_of(answer, server, method)


def procedure(
    transport: Transport,
    server: str,
    method: str,
    body: Mapping[str, Any] | Callable[[], Mapping[str, Any]] | None,
    token: Secret | None = None,
) -> dict[str, Any]:
    """Ask for something to be done.

    Args:
        transport: sends it.
        server: address of the server.
        method: name of the method.
        body: what it takes, None for nothing; a function where it holds secrets.
        token: what authorizes it.

    Raises:
        RefusedError: the server answers with an error.
        UnreachableError: it does not answer.
    """

    def encoded() -> bytes:
        told = body() if callable(body) else body
        return to_json(told)

    request = Request(
        "POST",
        address(server, method),
        headers={} if body is None else _JSON,
        body=None if body is None else encoded,
        token=token,
    )
    return content_of(transport.fetch(request), server, method)


def content_of(answer: Answer, server: str, method: str) -> dict[str, Any]:
    """Return what a good answer says.

    Raises:
        RefusedError: it is no good answer.
    """
    if not 200 <= answer.status < 300:  # noqa: PLR2004 - HTTP
        refuse(answer, server, method)
    if not answer.content:
        return {}
    try:
        found = json.loads(answer.content)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        host = urlsplit(server).netloc
        raise RefusedError(f"{host} answers {method} with something that is not its answer")
    return found


def refuse(answer: Answer, server: str, method: str) -> NoReturn:
    """Raise the error that an answer tells of."""
    name, said = _told(answer)
    host = urlsplit(server).netloc
    message = f"{host} refuses {method}: {answer.status} {name} {said}".rstrip()
    if answer.status == 401 or name in _LOGIN_ERRORS:  # noqa: PLR2004 - HTTP
        raise LoginError(f"{message}; log in (again)")
    if name == "InvalidRequest" and said.startswith("Could not locate record"):
        raise RecordNotFoundError(message, status=answer.status, error=name)
    if name == "InvalidRequest" and said in {"Blob not found", "blob not found"}:
        raise BlobNotFoundError(message, status=answer.status, error=name)
    kind = _BY_NAME.get(name) or _BY_STATUS.get(answer.status, RefusedError)
    raise kind(message, status=answer.status, error=name)


def is_expired_error(error: AtmosphereError) -> bool:
    """Whether an error says that the access token is too old."""
    return getattr(error, "error", "") == EXPIRED or f" {EXPIRED} " in f" {error} "


def _told(answer: Answer) -> tuple[str, str]:
    try:
        found = json.loads(answer.content)
        name, said = str(found.get("error", "")), str(found.get("message", ""))
    except (ValueError, AttributeError, RecursionError):
        return "", ""
    return _shown(name), _shown(said)


def _shown(text: str) -> str:
    # A server's words end up in terminals and notebooks.
    return "".join(char if char.isprintable() else "�" for char in text[:_TOLD])


def _text(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else value
