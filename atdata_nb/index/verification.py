"""Verification: whether the shards of an entry are still those that were written."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from atdata_nb.display import Displayed
from atdata_nb.errors import AtdataError, shown_url
from atdata_nb.scanning import Pieces, map_shards
from atdata_nb.shards.checks import check_digest
from atdata_nb.shards.parts import part_of
from atdata_nb.shards.reader import read_stream

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from atdata_nb.index.entry import LocalEntry
    from atdata_nb.protocols import DataSource
    from atdata_nb.scanning.events import OnEvent
    from atdata_nb.shards import Shard

_PIECE: Final = 4 << 20
_SHOWN: Final = 10


class Outcome(StrEnum):
    """What was found of a shard."""

    SAME = "same"
    """Its bytes are those that were written."""
    READABLE = "readable"
    """Nothing is recorded to compare it with; it can be read to its end."""
    FAILED = "failed"
    """It is another, damaged, or not there."""


@dataclass(frozen=True, slots=True)
class ShardCheck:
    """What was found of one shard.

    Attributes:
        shard: its identifier.
        outcome: what was found.
        reason: why it failed; empty where it did not.
        bytes: how many were read.
    """

    shard: str
    outcome: Outcome
    reason: str = ""
    bytes: int = 0


@dataclass(frozen=True, slots=True, repr=False)
class VerifyReport(Displayed):
    """What was found of all shards of an entry.

    Attributes:
        ref: the entry, as ``name@version``.
        shards: what was found of each, in order.
    """

    ref: str
    shards: tuple[ShardCheck, ...]

    @property
    def ok(self) -> bool:
        """Whether no shard failed."""
        return not self.failed

    @property
    def failed(self) -> list[ShardCheck]:
        """The shards that failed."""
        return [shard for shard in self.shards if shard.outcome is Outcome.FAILED]

    @property
    def bytes(self) -> int:
        """Bytes that were read."""
        return sum(shard.bytes for shard in self.shards)

    def __repr__(self) -> str:
        counts = [sum(s.outcome is outcome for s in self.shards) for outcome in Outcome]
        words = ("as written", "readable, with no checksum recorded", "FAILED")
        told = [f"{n} {word}" for n, word in zip(counts, words, strict=True) if n]
        lines = [f"{self.ref}: {', '.join(told) or 'no shards'}; {self.bytes:,} bytes read"]
        lines += [f"  {check.reason}" for check in self.failed[:_SHOWN]]
        if len(self.failed) > _SHOWN:
            lines.append(f"  … and {len(self.failed) - _SHOWN} more")
        return "\n".join(lines)


def verify_entry(
    entry: LocalEntry,
    *,
    progress: Callable[[int, int], None] | None = None,
    client: Any = None,
    on_event: OnEvent | None = None,
) -> VerifyReport:
    """Read all shards of an entry, several at a time, and compare them with what was written.

    Args:
        entry: the entry.
        progress: called with the number of shards done and of all shards.
        client: where to read; see `atdata_nb.map_shards`.
        on_event: called with a ScanEvent of every shard.
    """
    source = entry.source()
    known = {shard.url: shard for shard in entry.written()}
    names = source.list_shards()
    pieces = Pieces(names, lambda name: (part_of(source, [name]), name, known.get(name)))
    found: list[ShardCheck] = []
    for check in map_shards(verify_shard, pieces, executor=client, on_event=on_event):
        found.append(check)
        if progress is not None:
            progress(len(found), len(names))
    return VerifyReport(entry.ref, tuple(found))


def verify_shard(piece: tuple[DataSource, str, Shard | None]) -> ShardCheck:
    """Read one shard of a source and compare it with what was written."""
    return check_shard(*piece)


def check_shard(source: DataSource, shard: str, expected: Shard | None) -> ShardCheck:
    """Read one shard and say what was found; nothing that is wrong with it is raised."""
    counted = _Counted()
    try:
        with source.open_shard(shard) as stream:
            counted.read_from = stream.read
            if expected is None:
                for _ in read_stream(counted, shard):  # type: ignore[arg-type] # reads, no more
                    pass
            else:
                for _ in counted.pieces():
                    pass
                check_digest(shard, expected, counted.size, counted.digest.hexdigest())
    except (AtdataError, OSError) as error:
        # An error of the operating system does not say which shard it was.
        told = str(error) if isinstance(error, AtdataError) else f"{shown_url(shard)}: {error}"
        return ShardCheck(shard, Outcome.FAILED, told, counted.size)
    outcome = Outcome.READABLE if expected is None else Outcome.SAME
    return ShardCheck(shard, outcome, bytes=counted.size)


class _Counted:
    """A stream that is hashed and counted as it is read."""

    read_from: Callable[[int], bytes]

    def __init__(self) -> None:
        self.digest, self.size = hashlib.sha256(), 0

    def read(self, size: int = _PIECE) -> bytes:
        data = self.read_from(size)
        self.digest.update(data)
        self.size += len(data)
        return data

    def pieces(self) -> Iterator[bytes]:
        while data := self.read():
            yield data
