"""Facets in Redis: which entries have which values, kept so that counting reads a value a kind.

As with the words' postings, records are only ever appended, for every entry; which entries count
is said by one bitmap. A record is the number of an entry and a digest of kind and value; what
the digests stand for is kept in a hash.
"""

from __future__ import annotations

import hashlib
import struct
from typing import TYPE_CHECKING, Any, Final

from atdata_nb.index.facets import KINDS, facets_of
from atdata_nb.index.redis_plan import OWN, Plan
from atdata_nb.index.redis_words import best
from atdata_nb.index.search import words
from atdata_nb.protocols import Page

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from atdata_nb.index.entry import LocalEntry

VALUES: Final = f"{OWN}facet_values"
_RECORD: Final = struct.Struct("<I8s")
_FIELDS: Final = [("id", "<u4"), ("value", "<u8")]
_DIGITS: Final = 10


def plan_facets(plan: Plan, id_: int, entry: LocalEntry) -> None:
    """Plan to keep what an entry can be narrowed down by."""
    for kind, value in facets_of(entry):
        digest = _digest(kind, value)
        plan.append(f"{OWN}facets:{kind}".encode(), _RECORD.pack(id_, digest))
        plan.set_field(VALUES, digest, value)


class Narrowing:
    """A query and facets, put to the server.

    Args:
        ask: puts a question to the server.
        query: words.
        facets: a value of each kind that counts.
    """

    def __init__(self, ask: Callable[..., Any], query: str, facets: Mapping[str, str]) -> None:
        self._ask, self._facets = ask, dict(facets)
        looked_for = list(dict.fromkeys(words(query)))
        self._live, *self._postings = ask("postings", *looked_for)
        self._has_words = bool(looked_for)

    def page(
        self, order: str, limit: int, offset: int, read: Callable[[Sequence[int]], list[LocalEntry]]
    ) -> Page[LocalEntry]:
        """Return some of the entries, best first or in an order.

        Args:
            order: one of the orders of an index; without it, what fits best first.
            limit: how many.
            offset: how many to leave out before.
            read: returns the entries with these numbers.
        """
        import numpy as np

        counts = self._matching(self._records(tuple(self._facets)), "")
        if self._has_words and not order:
            live = np.packbits(counts).tobytes()
            total, ids = best(self._postings, live, offset + limit)
            return Page(read(ids[offset:]), total, offset)
        key = f"{order.removeprefix('-') or 'name'}s"
        ordered = _numbers(self._ask("order", key))
        ordered = ordered[ordered < len(counts)]
        ordered = ordered[counts[ordered]]
        if order.startswith("-"):
            ordered = ordered[::-1]
        return Page(
            read([int(number) for number in ordered[offset : offset + limit]]), len(ordered), offset
        )

    def counts(self, most: int) -> dict[str, list[tuple[str, int]]]:
        """Return the commonest values of each kind, and how many entries have them."""
        records = self._records(KINDS)
        return {
            kind: self._counts(records[kind], self._matching(records, kind), most) for kind in KINDS
        }

    def _counts(
        self, records: NDArray[Any], counts: NDArray[Any], most: int
    ) -> list[tuple[str, int]]:
        import numpy as np

        records = records[records["id"] < len(counts)]
        values, numbers = np.unique(records["value"][counts[records["id"]]], return_counts=True)
        # More than are wanted: of equals those first in the alphabet are returned.
        if len(values) > most:
            least = np.partition(numbers, len(numbers) - most)[len(numbers) - most] if most else 0
            chosen = numbers >= max(least, 1)
            values, numbers = values[chosen][: 10 * most], numbers[chosen][: 10 * most]
        digests = [int(value).to_bytes(8, "little") for value in values]
        texts = self._ask("facet_values", *digests) if digests else []
        found = [
            (text.decode(), int(number))
            for text, number in zip(texts, numbers, strict=True)
            if text is not None
        ]
        return sorted(found, key=lambda pair: (-pair[1], pair[0]))[:most]

    def _matching(self, records: Mapping[str, NDArray[Any]], besides: str) -> NDArray[Any]:
        """Return of each number whether it matches, the facet of one kind left out."""
        import numpy as np

        counts = np.unpackbits(np.frombuffer(self._live, np.uint8)).astype(bool)
        for data in self._postings:
            counts &= _at(np.frombuffer(data, "<u4") >> 4, len(counts))
        for kind, value in self._facets.items():
            if kind != besides:
                wanted = int.from_bytes(_digest(kind, value), "little")
                held = records[kind]
                counts &= _at(held["id"][held["value"] == wanted], len(counts))
        return counts

    def _records(self, kinds: Sequence[str]) -> dict[str, NDArray[Any]]:
        import numpy as np

        if not kinds:
            return {}
        found = self._ask("facets", *kinds)
        return {kind: np.frombuffer(data, _FIELDS) for kind, data in zip(kinds, found, strict=True)}


def _at(ids: NDArray[Any], length: int) -> NDArray[Any]:
    import numpy as np

    found = np.zeros(length, bool)
    # Numbers beyond the bitmap belong to entries that were never shown.
    found[ids[ids < length]] = True
    return found


def _numbers(text: bytes) -> NDArray[Any]:
    """Return numbers of ten digits each that stand one behind the other."""
    import numpy as np

    digits = np.frombuffer(text, np.uint8).reshape(-1, _DIGITS).astype(np.int64) - ord("0")
    numbers: NDArray[Any] = digits @ (10 ** np.arange(_DIGITS - 1, -1, -1, dtype=np.int64))
    return numbers


def _digest(kind: str, value: str) -> bytes:
    return hashlib.blake2b(f"{kind}\0{value}".encode(), digest_size=8).digest()
