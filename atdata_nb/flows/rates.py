"""Rates: how fast a server took what was sent to it last, to say how long the next takes."""

from __future__ import annotations

from typing import Final

from atdata_nb.shards.urls import is_private_host

# What a home connection sends, and what a server on this machine takes; until there is a run.
_FAR: Final = 5e6
_NEAR: Final = 60e6
# Looking, writing the record and reading it back.
_ROUND: Final = 1.0
_LEAST: Final = 1 << 20
_seen: dict[str, float] = {}


def seconds_for(count: int | None, host: str) -> float | None:
    """Return how long so many bytes take, roughly; None where their number is not known.

    >>> seconds_for(50_000_000, "pds.example.org")
    11.0
    """
    if count is None:
        return None
    bare = host.rpartition(":")[0] if ":" in host else host
    return _ROUND + count / _seen.get(host, _NEAR if is_private_host(bare) else _FAR)


def remember(host: str, count: int, seconds: float) -> None:
    """Take a run into account, if it moved enough to tell."""
    if count >= _LEAST and seconds > 0:
        _seen[host] = count / seconds
