"""Pieces: the shards of something, each as a value that can travel to a worker."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Generic, Protocol, TypeVar, overload, runtime_checkable

P = TypeVar("P")


class Pieces(Sequence[P], Generic[P]):
    """A piece for each shard, made when it is asked for: a million of them are not held at once.

    Args:
        names: identifiers of the shards, which errors and events tell.
        make: makes the piece of one.

    Example:
        >>> pieces = Pieces(["a.tar", "b.tar"], str.upper)
        >>> list(pieces), pieces.names
        (['A.TAR', 'B.TAR'], ['a.tar', 'b.tar'])
    """

    def __init__(self, names: Sequence[str], make: Callable[[str], P]) -> None:
        self.names, self._make = names, make

    def __len__(self) -> int:
        return len(self.names)

    @overload
    def __getitem__(self, item: int) -> P: ...
    @overload
    def __getitem__(self, item: slice) -> list[P]: ...
    def __getitem__(self, item: int | slice) -> P | list[P]:
        """Make the piece of one shard, or those of several."""
        if isinstance(item, slice):
            return [self._make(name) for name in self.names[item]]
        return self._make(self.names[item])


@runtime_checkable
class Sharded(Protocol):
    """What can be taken apart into its shards, as a Dataset can."""

    def by_shard(self) -> Pieces[Any]:
        """A piece for each shard."""
        ...


def pieces_of(shards: Any) -> Pieces[Any]:
    """Return the pieces of a Dataset, or of a sequence of anything.

    >>> list(pieces_of(["a.tar", "b.tar"]))
    ['a.tar', 'b.tar']
    """
    if isinstance(shards, Pieces):
        return shards
    if isinstance(shards, Sharded):
        return shards.by_shard()
    items = list(shards)
    names = [item if isinstance(item, str) else f"number {i}" for i, item in enumerate(items)]
    by_name = dict(zip(names, items, strict=True)) if len(set(names)) == len(items) else None
    if by_name is None:
        raise ValueError("a shard is named twice: its result could not be told from the other's")
    return Pieces(names, by_name.__getitem__)
