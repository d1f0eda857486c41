"""Session: who is logged in where; kept fresh without the caller noticing."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self

from atdata_nb.atmosphere.names import is_did
from atdata_nb.atmosphere.secret import Secret
from atdata_nb.atmosphere.xrpc import is_expired_error, procedure
from atdata_nb.errors import AtmosphereError, LoginError, RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from atdata_nb.atmosphere.transport import Transport

# What the Python SDK's export_session_string() writes, so that sessions can be passed on.
_BETWEEN: Final = ":::"
_PARTS: Final = 5


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who is logged in.

    Attributes:
        handle: what the network calls them.
        did: who they are.
        pds: address of their server.
        access: token for requests.
        refresh: token for new tokens.
    """

    handle: str
    did: str
    pds: str
    access: Secret
    refresh: Secret

    @classmethod
    def create(cls, transport: Transport, pds: str, name: str, password: Secret) -> Self:
        """Log in.

        Raises:
            LoginError: the server refuses name or password.
        """
        answer = procedure(
            transport,
            pds,
            "com.atproto.server.createSession",
            lambda: {"identifier": name, "password": password.reveal()},
        )
        return cls._read(answer, pds)

    @classmethod
    def decode(cls, text: str) -> Self:
        """Return the session that ``encode`` wrote.

        Raises:
            LoginError: that is none.
        """
        parts = text.split(_BETWEEN)
        if len(parts) != _PARTS or not is_did(parts[1]) or "://" not in parts[4]:
            # Not a word of it: it may be one.
            raise LoginError("that is no exported session; export one with export_session()")
        handle, did, access, refresh, pds = parts
        return cls(handle, did, pds, Secret(access), Secret(refresh))

    def encode(self) -> str:
        """Return the session as text, tokens included: whoever has it is logged in."""
        tokens = (self.access.reveal(), self.refresh.reveal())
        return _BETWEEN.join((self.handle, self.did, *tokens, self.pds))

    def refreshed(self, transport: Transport) -> Session:
        """Return the session with new tokens.

        Raises:
            LoginError: it is over.
        """
        method = "com.atproto.server.refreshSession"
        try:
            answer = procedure(transport, self.pds, method, None, self.refresh)
        except RefusedError as error:
            if error.status not in {400, 401, 403}:
                raise
            raise LoginError(f"the session of {self.handle} is over: log in again") from None
        return self._read(answer, self.pds)

    @classmethod
    def _read(cls, answer: dict[str, Any], pds: str) -> Self:
        try:
            handle, did = str(answer["handle"]), str(answer["did"])
            tokens = Secret(answer["accessJwt"]), Secret(answer["refreshJwt"])
        except KeyError:
            tokens = None
        if tokens is None:
            raise LoginError(f"{pds} answers the login with something that is no session")
        return cls(handle, did, pds, *tokens)


class SessionHolder:
    """The session of one client; safe from several threads.

    Args:
        transport: how to refresh it.
        on_change: told of every new session, to keep it.
    """

    def __init__(self, transport: Transport, on_change: Callable[[Session], None]) -> None:
        self._transport, self._on_change = transport, on_change
        self._session: Session | None = None
        self._lock = threading.Lock()

    @property
    def current(self) -> Session | None:
        """The session, or None where nobody is logged in."""
        return self._session

    def set(self, session: Session | None) -> None:
        """Log in or out."""
        with self._lock:
            self._session = session
        if session is not None:
            self._on_change(session)

    def need(self) -> Session:
        """Return the session.

        Raises:
            LoginError: nobody is logged in.
        """
        if self._session is None:
            raise LoginError("nobody is logged in: client.login(handle, app_password)")
        return self._session

    def renew(self, old: Session) -> Session:
        """Return a session newer than ``old``, refreshed by whoever notices first."""
        with self._lock:
            if self._session is not None and self._session != old:
                return self._session
            session = old.refreshed(self._transport)
            self._session = session
        self._on_change(session)
        return session

    def run(self, call: Callable[[Session], Any]) -> Any:
        """Return what a call returns; made again, once, if the access token was too old."""
        session = self.need()
        try:
            return call(session)
        except AtmosphereError as error:
            if not is_expired_error(error):
                raise
        return call(self.renew(session))
