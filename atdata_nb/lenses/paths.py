"""Paths: the cheapest ways through a graph of priced edges, all of them."""

from __future__ import annotations

from collections import defaultdict
from heapq import heappop, heappush
from itertools import count
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator

EdgeT = TypeVar("EdgeT")
# Prices are sums of what users typed; 0.1 + 0.2 and 0.3 are one price.
DIGITS = 9


class PricedEdge(NamedTuple, Generic[EdgeT]):
    """A way from one node to another at a price above zero."""

    start: Hashable
    end: Hashable
    price: float
    edge: EdgeT


def cheapest_paths(
    edges: Iterable[PricedEdge[EdgeT]], start: Hashable, end: Hashable
) -> Iterator[tuple[EdgeT, ...]]:
    """Yield every path of the lowest total price, in a settled order.

    There may be very many; take only as many as are wanted. Nothing is yielded where no path
    leads from ``start`` to ``end``.

    Example:
        >>> ways = [PricedEdge("a", "b", 1, "ab"), PricedEdge("b", "c", 1, "bc"),
        ...         PricedEdge("a", "c", 2, "ac"), PricedEdge("a", "c", 3, "slow")]
        >>> list(cheapest_paths(ways, "a", "c"))
        [('ac',), ('ab', 'bc')]
    """
    outgoing: dict[Hashable, list[PricedEdge[EdgeT]]] = defaultdict(list)
    for priced in edges:
        outgoing[priced.start].append(priced)
    arrivals = _search(outgoing, start)
    return _walk_back(arrivals, start, end)


def _search(
    outgoing: dict[Hashable, list[PricedEdge[EdgeT]]], start: Hashable
) -> dict[Hashable, list[PricedEdge[EdgeT]]]:
    total: dict[Hashable, float] = {start: 0}
    arrivals: dict[Hashable, list[PricedEdge[EdgeT]]] = {}
    done: set[Hashable] = set()
    tie = count()
    queue: list[tuple[float, int, Hashable]] = [(0, next(tie), start)]
    while queue:
        _, _, node = heappop(queue)
        if node in done:
            continue
        done.add(node)
        for edge in outgoing.get(node, ()):
            price = round(total[node] + edge.price, DIGITS)
            known = total.get(edge.end)
            if known is None or price < known:
                total[edge.end] = price
                arrivals[edge.end] = [edge]
                heappush(queue, (price, next(tie), edge.end))
            elif price == known and edge.end != start:
                arrivals[edge.end].append(edge)
    return arrivals


def _walk_back(
    arrivals: dict[Hashable, list[PricedEdge[EdgeT]]], start: Hashable, end: Hashable
) -> Iterator[tuple[EdgeT, ...]]:
    # A stack, not recursion: a chain may be longer than Python's call stack.
    stack: list[tuple[Hashable, tuple[EdgeT, ...]]] = [(end, ())]
    while stack:
        node, path = stack.pop()
        if node == start:
            yield path
            continue
        stack.extend((edge.start, (edge.edge, *path)) for edge in reversed(arrivals.get(node, [])))
