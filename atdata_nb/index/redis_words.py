"""Postings: which entries have which words, kept so that a search reads a value a word.

A posting is four bytes: the number of an entry, and in which columns it has the word. Postings
are only ever appended. Which entries count is said by one bitmap, so that an entry that became
an older version, or was removed, needs none of its postings looked for.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any, Final

from atdata_nb.index.search import document

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from atdata_nb.index.entry import LocalEntry

# A posting has 28 bits for the number of an entry.
MOST_IDS: Final = 1 << 28
# Beginnings up to this length have postings of their own; longer ones are few words each.
START: Final = 3
_COLUMNS: Final = 4
_POSTING: Final = struct.Struct("<I")


def words_of(entry: LocalEntry, schema_words: str) -> dict[str, int]:
    """Return an entry's words, with a bit for each column: the name's is the highest."""
    columns = (
        document([entry.description or ""]),
        schema_words,
        document(entry.tags),
        document([entry.name]),
    )
    found: dict[str, int] = {}
    for bit, text in enumerate(columns):
        for word in text.split():
            found[word] = found.get(word, 0) | 1 << bit
    return found


def postings(id_: int, words: Mapping[str, int]) -> Iterator[tuple[str, bytes, bytes]]:
    """Yield what to append where: ``word`` or ``start``, the text, the posting."""
    starts: dict[bytes, int] = {}
    for word, mask in words.items():
        data = word.encode()
        yield "word", data, _POSTING.pack(id_ << _COLUMNS | mask)
        # In bytes, as the server compares: three bytes may end inside a character.
        for length in range(1, min(len(data), START) + 1):
            starts[data[:length]] = starts.get(data[:length], 0) | mask
    for start, mask in starts.items():
        yield "start", start, _POSTING.pack(id_ << _COLUMNS | mask)


def best(
    found: Sequence[bytes], live: bytes, most: int, *, every: bool = True
) -> tuple[int, list[int]]:
    """Return how many entries have all words (or any), and the numbers of the best of them.

    A word in the name says most, then tags, schema, description; of equals the newest is first.

    Args:
        found: all postings of each word.
        live: bitmap of the entries that count.
        most: how many numbers to return at most.
        every: whether an entry needs all words.
    """
    import numpy as np

    counts = np.unpackbits(np.frombuffer(live, np.uint8)).astype(bool)
    total = np.zeros(len(counts), np.int64)
    for data in found:
        scores = _scores(np.frombuffer(data, "<u4"), len(counts))
        total += scores
        if every:
            counts &= scores > 0
    ids = np.flatnonzero(counts & (total > 0))
    rank = total[ids] * MOST_IDS + ids
    if most < len(rank):
        # Sorting all of them is what takes long when every entry has the word.
        rank = np.partition(rank, len(rank) - most)[len(rank) - most :]
    rank.sort()
    return len(ids), [int(number) for number in rank[::-1] % MOST_IDS]


def _scores(read: NDArray[Any], length: int) -> NDArray[Any]:
    import numpy as np

    scores = np.zeros(length, np.int64)
    ids, masks = read >> _COLUMNS, read & ((1 << _COLUMNS) - 1)
    # Numbers beyond the bitmap belong to entries that were never shown.
    ids, masks = ids[ids < length], masks[ids < length]
    for bit in range(_COLUMNS):
        scores[ids[masks >> bit & 1 == 1]] = 1 << bit
    return scores
