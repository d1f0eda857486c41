"""Names of the AT Protocol: DIDs, handles, collections, record keys, and how a new key is made.

https://atproto.com/specs/did, /handle, /nsid, /record-key, /tid
"""

from __future__ import annotations

import re
import secrets
import threading
import time
from typing import Final

from atdata_nb.errors import AtUriError

MAX_DID: Final = 2048
MAX_HANDLE: Final = 253
MAX_NSID: Final = 317
MAX_RKEY: Final = 512

_DID = re.compile(r"did:[a-z]+:[a-zA-Z0-9._:%-]*[a-zA-Z0-9._-]")
_LABEL = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
_HANDLE = re.compile(rf"(?:{_LABEL}\.)+[a-zA-Z](?:[a-zA-Z0-9-]{{0,61}}[a-zA-Z0-9])?")
_NSID = re.compile(
    rf"[a-zA-Z](?:[a-zA-Z0-9-]{{0,61}}[a-zA-Z0-9])?(?:\.{_LABEL})+\.[a-zA-Z][a-zA-Z0-9]{{0,62}}"
)
_RKEY = re.compile(r"[a-zA-Z0-9._:~-]+")
_TID_DIGITS: Final = "234567abcdefghijklmnopqrstuvwxyz"
_TID_LENGTH: Final = 13


def is_did(text: str) -> bool:
    """Whether a text is a DID.

    >>> is_did("did:plc:z72i7hdynmk6r22z27h6tvur"), is_did("alice.test")
    (True, False)
    """
    return len(text) <= MAX_DID and _DID.fullmatch(text) is not None


def is_handle(text: str) -> bool:
    """Whether a text is a handle.

    >>> is_handle("alice.example.org"), is_handle("alice"), is_handle("127.0.0.1")
    (True, False, False)
    """
    return len(text) <= MAX_HANDLE and _HANDLE.fullmatch(text) is not None


def check_repo(text: str) -> str:
    """Return who a repository belongs to, a DID or a handle in lower case, without ``@``.

    Raises:
        AtUriError: it is neither.
    """
    name = text.removeprefix("@")
    if is_did(name):
        return name
    if is_handle(name):
        return name.lower()
    raise AtUriError(f"{text!r:.100} is neither a handle, like alice.example.org, nor a DID")


def check_collection(text: str) -> str:
    """Return the name of a collection.

    Raises:
        AtUriError: it is none.
    """
    if len(text) <= MAX_NSID and _NSID.fullmatch(text):
        return text
    raise AtUriError(f"{text!r:.100} names no collection: write it like ac.foundation.dataset.lens")


def check_rkey(text: str) -> str:
    """Return a record key.

    Raises:
        AtUriError: it is none.
    """
    if len(text) <= MAX_RKEY and _RKEY.fullmatch(text) and text not in {".", ".."}:
        return text
    raise AtUriError(
        f"{text!r:.100} is no record key: 1 to {MAX_RKEY} letters, digits and . _ : ~ -"
    )


class _Clock:
    """Microseconds that never come twice in this process, also when the clock is set back."""

    def __init__(self) -> None:
        self._last = 0
        self._lock = threading.Lock()

    def now(self) -> int:
        with self._lock:
            self._last = max(self._last + 1, time.time_ns() // 1000)
            return self._last


_CLOCK: Final = _Clock()
# Tells processes apart that ask in the same microsecond.
_CLOCK_ID: Final = secrets.randbelow(1 << 10)


def new_tid() -> str:
    """Return a new record key, greater than all before.

    >>> first, second = new_tid(), new_tid()
    >>> len(first), first < second
    (13, True)
    """
    number = (_CLOCK.now() << 10 | _CLOCK_ID) & (1 << 63) - 1
    digits = (_TID_DIGITS[number >> 5 * place & 31] for place in reversed(range(_TID_LENGTH)))
    return "".join(digits)
