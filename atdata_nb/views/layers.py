"""Layers: in which column each node of a directed graph stands, and in which order.

As in Sugiyama, Tagawa, Toda (1981): a node stands right of those that lead to it, a link past a
column has a place of its own in it, and what is linked stands near. The same in every run.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field

Link = tuple[int, int]

_SWEEPS = 4


@dataclass(slots=True)
class Layers:
    """Places in columns: the nodes first, by number, then those of the links past a column.

    Attributes:
        column: of each place.
        height: of each place, in rows from the middle line down.
        chains: the places that each link goes through, both its nodes included.
    """

    column: list[int]
    height: list[float] = field(default_factory=list)
    chains: list[list[int]] = field(default_factory=list)


def in_layers(nodes: int, links: list[Link]) -> Layers:
    """Return the places of nodes 0, 1, … and of their links.

    >>> layers = in_layers(3, [(0, 1), (1, 2), (0, 2)])
    >>> layers.column, layers.chains[2]
    ([0, 1, 2, 1], [0, 3, 2])
    """
    layers = Layers(_columns(nodes, links))
    for start, end in links:
        first, last = layers.column[start], layers.column[end]
        step = 1 if last > first else -1
        passed = range(first + step, last, step) if first != last else ()
        added = range(len(layers.column), len(layers.column) + len(passed))
        layers.column += passed
        layers.chains.append([start, *added, end])
    layers.height = _heights(layers)
    return layers


def _columns(nodes: int, links: list[Link]) -> list[int]:
    """Return each node's column: the longest way to it, links that close a circle left out."""
    leads: list[list[int]] = [[] for _ in range(nodes)]
    for start, end in links:
        leads[start].append(end)
    roots = sorted(range(nodes), key=lambda node: any(end == node for _, end in links))
    order: list[int] = []
    state = [0] * nodes
    for root in roots:
        _visit(root, leads, state, order)
    place = {node: number for number, node in enumerate(reversed(order))}
    columns = [0] * nodes
    for node, here in place.items():
        for end in leads[node]:
            # Only links along the order count; the others run back, from right to left.
            if place[end] > here:
                columns[end] = max(columns[end], columns[node] + 1)
    return columns


def _visit(root: int, leads: list[list[int]], state: list[int], order: list[int]) -> None:
    stack = [(root, iter(leads[root]))] if not state[root] else []
    state[root] = 1
    while stack:
        node, rest = stack[-1]
        following = next((end for end in rest if not state[end]), None)
        if following is None:
            order.append(node)
            stack.pop()
        else:
            state[following] = 1
            stack.append((following, iter(leads[following])))


def _heights(layers: Layers) -> list[float]:
    columns: list[list[int]] = [[] for _ in range(max(layers.column, default=-1) + 1)]
    for place, column in enumerate(layers.column):
        columns[column].append(place)
    near: list[set[int]] = [set() for _ in layers.column]
    for chain in layers.chains:
        for here, there in itertools.pairwise(chain):
            near[here].add(there)
            near[there].add(here)
    height = [0.0] * len(layers.column)
    for places in columns:
        _space(places, height)
    for sweep in range(_SWEEPS):
        for places in columns if sweep % 2 == 0 else reversed(columns):
            middle = {place: _middle(place, near, height) for place in places}
            # Those on a level stay in the order of their numbers.
            places.sort(key=lambda place, middle=middle: (middle[place], place))  # type: ignore[misc]
            _space(places, height)
    return height


def _middle(place: int, near: list[set[int]], height: list[float]) -> float:
    beside = [height[other] for other in sorted(near[place]) if other != place]
    return sum(beside) / len(beside) if beside else height[place]


def _space(column: list[int], height: list[float]) -> None:
    for row, place in enumerate(column):
        height[place] = row - (len(column) - 1) / 2
