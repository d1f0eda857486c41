"""Retry: which failures pass by themselves, and how long to wait for that."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final

from atdata_nb.errors import RateLimitedError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

TOO_MANY: Final = 429
# 501 and 505 say that it will never work.
PASSING: Final = frozenset({TOO_MANY, 500, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class Retry:
    """How often something is tried, and how long to wait in between.

    Attributes:
        attempts: how often at most.
        first: longest wait before the second attempt, in seconds; doubled for each one after.
        longest: longest wait between two attempts.
        patience: longest wait that a server may ask for with a rate limit.
        sleep: how to wait.
    """

    attempts: int = 5
    first: float = 0.5
    longest: float = 20.0
    patience: float = 300.0
    sleep: Callable[[float], None] = time.sleep

    def pause(self, attempt: int) -> None:
        """Wait after an attempt that failed; all clients that failed together wait differently."""
        most = min(self.longest, self.first * 2 ** (attempt - 1))
        self.sleep(random.uniform(most / 2, most))  # noqa: S311 - no secret

    def pause_as_told(self, attempt: int, headers: Mapping[str, str]) -> None:
        """Wait as long as the server says.

        Raises:
            RateLimitedError: that is too long.
        """
        wait = told_wait(headers, time.time())
        if wait is None:
            self.pause(attempt)
            return
        if wait > self.patience:
            raise RateLimitedError(
                f"the server takes no more requests for {wait:,.0f} s; try again then",
                status=TOO_MANY,
                error="RateLimitExceeded",
            )
        self.sleep(wait)


def told_wait(headers: Mapping[str, str], now: float) -> float | None:
    """Return for how many seconds a rate limit holds, or None where the server does not say.

    The server's own ``Date`` is what its reset time is compared with: the clock here may be wrong.

    >>> told_wait({"ratelimit-reset": "1000000010", "date": "Sun, 09 Sep 2001 01:46:40 GMT"}, 0)
    11.0
    >>> told_wait({"retry-after": "3"}, 0)
    3.0
    """
    after = headers.get("retry-after", "")
    if after.isdigit():
        return float(after)
    reset = headers.get("ratelimit-reset", "")
    if not reset.isdigit():
        return None
    # Both are cut to whole seconds.
    return max(0.0, int(reset) - _server_time(headers, now) + 1)


def _server_time(headers: Mapping[str, str], now: float) -> float:
    try:
        return parsedate_to_datetime(headers["date"]).timestamp()
    except (KeyError, ValueError):
        return now
