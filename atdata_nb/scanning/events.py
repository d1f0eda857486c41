"""ScanEvent: what happened to one shard of a scan, and how far the scan is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from atdata_nb.errors import shown_url


@dataclass(frozen=True, slots=True)
class ScanEvent:
    """One step of a scan.

    Attributes:
        kind: ``started`` and ``ended`` of the whole scan; ``finished``, ``retried`` and ``failed``
            of one shard.
        done: how many shards are finished or failed.
        total: how many shards there are.
        what: name of the function.
        shard: identifier of the shard, without login or signature; empty for the whole scan.
        attempt: how often the shard was tried.
        reason: why it was tried again, or failed.

    Example:
        >>> ScanEvent("finished", done=1, total=40, what="count", shard="digits-000000.tar")
        count: 1 of 40 shards
    """

    kind: Literal["started", "finished", "retried", "failed", "ended"]
    done: int
    total: int
    what: str = ""
    shard: str = ""
    attempt: int = 1
    reason: str = ""

    def __repr__(self) -> str:
        told = f"{self.what}: {self.done:,} of {self.total:,} shards"
        trouble = {"retried": "tried again", "failed": "failed"}.get(self.kind)
        return f"{told}; {shown_url(self.shard)} {trouble}: {self.reason}" if trouble else told


OnEvent: TypeAlias = Callable[[ScanEvent], object]
