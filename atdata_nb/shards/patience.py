"""Patience: how long a request is tried again, and what is said when that ends."""

from __future__ import annotations

import http.client
import random
import time
from typing import Final

from atdata_nb.errors import RemoteError, RemoteTimeoutError

ATTEMPTS: Final = 8
# A server that says nothing costs its whole timeout each time.
SILENT_ATTEMPTS: Final = 3
FIRST_WAIT: Final = 0.1
LONGEST_WAIT: Final = 5.0
LONGEST_ASKED: Final = 30.0
# All attempts together, counted from the last byte that came.
GIVE_UP_SECONDS: Final = 90.0
# Answers that are not about the request: too many, or the server's own trouble.
PASSING: Final = frozenset({408, 429, 500, 502, 503, 504})


class PassingError(Exception):
    """A failure that may be gone at the next attempt.

    Attributes:
        reason: what to say of it.
        wait: seconds that the server asks to wait, or None.
    """

    def __init__(self, reason: str, wait: float | None = None) -> None:
        super().__init__(reason)
        self.reason, self.wait = reason, wait


# OSError has timeouts and refused, reset and unreachable connections among it.
RETRIED: Final = (PassingError, OSError, http.client.HTTPException)


class Patience:
    """Attempts at one thing; progress renews them.

    Args:
        name: what is read, as errors may show it.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self.progress()

    def progress(self) -> None:
        """Note that something came."""
        self._attempt = self._silent = 0
        self._end = time.monotonic() + GIVE_UP_SECONDS

    def wait(self, error: BaseException) -> None:
        """Wait before the next attempt.

        Raises:
            RemoteTimeoutError: it was tried long enough, and the server was silent at last.
            RemoteError: it was tried long enough.
        """
        self._attempt += 1
        doubled: float = FIRST_WAIT * 2 ** (self._attempt - 1)
        # Jitter, so that many workers do not come back at the same moment.
        pause = min(doubled, LONGEST_WAIT) * random.uniform(0.5, 1)  # noqa: S311
        if isinstance(error, PassingError) and error.wait is not None:
            pause = max(pause, min(error.wait, LONGEST_ASKED))
        self._silent += isinstance(error, TimeoutError)
        enough = self._attempt >= ATTEMPTS or self._silent >= SILENT_ATTEMPTS
        if enough or time.monotonic() + pause > self._end:
            raise self._given_up(error) from None
        time.sleep(pause)

    def _given_up(self, error: BaseException) -> RemoteError:
        told = f"{self._name}: gave up after {self._attempt} attempts"
        if isinstance(error, TimeoutError):
            return RemoteTimeoutError(f"{told}: the server does not answer in time")
        reason = error.reason if isinstance(error, PassingError) else _said(error)
        return RemoteError(f"{told}: {reason}; look at the connection, or at the address")


def _said(error: BaseException) -> str:
    # Of our own requests, an exception of http.client would quote the URL, signature and all.
    if isinstance(error, http.client.HTTPException):
        return "the server hangs up"
    text = getattr(error, "strerror", None)
    return str(text or type(error).__name__)
