"""Keyrings: sessions in the system's key ring, where the user asked for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from atdata_nb.atmosphere.session import Session
from atdata_nb.errors import LoginError, MissingExtraError

if TYPE_CHECKING:
    from collections.abc import Callable

SERVICE: Final = "atdata-nb"
# The entry that says whose session was kept last.
_LAST: Final = "last"


def keep(session: Session) -> None:
    """Keep a session.

    Raises:
        LoginError: this system has no key ring.
    """
    keyring = _keyring()
    _asked(lambda: keyring.set_password(SERVICE, session.did, session.encode()))
    _asked(lambda: keyring.set_password(SERVICE, _LAST, session.did))


def find(did: str | None = None) -> Session:
    """Return a kept session: that of a DID, or the one kept last.

    Raises:
        LoginError: none is kept, or this system has no key ring.
    """
    keyring = _keyring()
    who = did or _asked(lambda: keyring.get_password(SERVICE, _LAST))
    text = _asked(lambda: keyring.get_password(SERVICE, who)) if who else None
    if not text:
        raise LoginError("no session is kept on this machine: log in with remember=True")
    return Session.decode(text)


def forget(did: str) -> None:
    """Forget the session of a DID, where one is kept."""
    keyring = _keyring()
    if _asked(lambda: keyring.get_password(SERVICE, did)) is not None:
        _asked(lambda: keyring.delete_password(SERVICE, did))
    if _asked(lambda: keyring.get_password(SERVICE, _LAST)) == did:
        _asked(lambda: keyring.delete_password(SERVICE, _LAST))


def _keyring() -> Any:
    try:
        import keyring
    except ImportError as error:
        raise MissingExtraError(
            "sessions are kept with the package keyring: pip install 'atdata-nb[atmosphere]'"
        ) from error
    return keyring


def _asked(ask: Callable[[], Any]) -> Any:
    import keyring.errors

    try:
        return ask()
    except keyring.errors.KeyringError as error:
        # Only the kind: a backend may put what it was given into its message.
        kind = type(error).__name__
    raise LoginError(
        f"this system's key ring is of no use ({kind}): log in each time, or export_session()"
    )
