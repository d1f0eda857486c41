"""Share: the part of the data that one of several readers takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Share:
    """What reader ``number`` of ``readers`` takes; counted from 0."""

    number: int = 0
    readers: int = 1


@dataclass(frozen=True, slots=True)
class Piece:
    """Samples ``start``, ``start + step``, … of a shard."""

    shard: str
    start: int = 0
    step: int = 1


def deal(shards: Sequence[str], share: Share) -> list[Piece]:
    """Return one reader's pieces; all readers' together are every sample once.

    As many shards as every reader can have an equal number of are dealt out whole. The rest, which
    is all of them where there are fewer shards than readers, is divided by sample.

    Example:
        >>> deal(["a", "b", "c"], Share(1, 2))
        [Piece(shard='b', start=0, step=1), Piece(shard='c', start=1, step=2)]
    """
    readers = share.readers
    whole = len(shards) // readers * readers
    pieces = [Piece(shard) for shard in shards[share.number : whole : readers]]
    # The first sample goes to another reader in each shard, or one would have more than the others.
    return pieces + [
        Piece(shard, (share.number + i) % readers, readers)
        for i, shard in enumerate(shards[whole:])
    ]
