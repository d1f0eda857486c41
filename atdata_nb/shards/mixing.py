"""Mixing: a stream shuffled as it goes by."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

T = TypeVar("T")


def mix(items: Iterator[T], buffer: int, chance: random.Random) -> Iterator[T]:
    """Mix a stream through a buffer: each item is drawn from those that are held.

    >>> import random
    >>> sorted(mix(iter(range(9)), 4, random.Random(0))) == list(range(9))
    True
    """
    held = list(islice(items, buffer))
    chance.shuffle(held)
    for item in items:
        place = chance.randrange(len(held))
        held[place], out = item, held[place]
        yield out
    chance.shuffle(held)
    yield from held
