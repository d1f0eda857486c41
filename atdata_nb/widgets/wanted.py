"""Wanted: which list of datasets somebody wants to see."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Literal

ORDERS: Final = ("", "name", "-name", "date", "-date", "size", "-size")
Listed = Literal["datasets", "schemas"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A query, facets and an order.

    Attributes:
        query: words that all have to be found in an entry.
        facets: pairs of a kind and the value it has to have; of each kind one.
        order: ``name``, ``date`` or ``size``, with ``-`` in front from the other end; without
            it, what fits a query best first, or the index's own order.
        listed: datasets, or schemas.
    """

    query: str = ""
    facets: tuple[tuple[str, str], ...] = ()
    order: str = ""
    listed: Listed = "datasets"

    @property
    def words(self) -> list[str]:
        """The words of the query, as they are compared."""
        return self.query.casefold().split()

    @property
    def is_plain(self) -> bool:
        """Whether everything is wanted, in whatever order."""
        return not (self.words or self.facets or self.order)

    def without(self, kind: str) -> Wanted:
        """Return the same without the facet of a kind."""
        return replace(self, facets=tuple(pair for pair in self.facets if pair[0] != kind))
