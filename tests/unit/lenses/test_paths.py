"""Cheapest paths, against trying every path."""

from __future__ import annotations

from itertools import islice

from hypothesis import given
from hypothesis import strategies as st

from atdata_nb.lenses.paths import PricedEdge, cheapest_paths

NODES = "abcde"
edges = st.lists(
    st.tuples(st.sampled_from(NODES), st.sampled_from(NODES), st.integers(1, 3)), max_size=9
)


def every_path(
    ways: list[PricedEdge[int]], start: str, end: str, seen: frozenset[str] = frozenset()
) -> list[tuple[int, ...]]:
    if start == end:
        return [()]
    return [
        (way.edge, *rest)
        for way in ways
        if way.start == start and way.end not in seen | {start}
        for rest in every_path(ways, str(way.end), end, seen | {start})
    ]


@given(edges)
def test_they_are_all_the_paths_of_the_lowest_price(drawn: list[tuple[str, str, int]]) -> None:
    ways = [PricedEdge(*edge, number) for number, edge in enumerate(drawn)]
    tried = every_path(ways, "a", "e")
    prices = {path: sum(drawn[edge][2] for edge in path) for path in tried}
    lowest = min(prices.values(), default=0)
    wanted = {path for path, price in prices.items() if price == lowest}
    found = list(cheapest_paths(ways, "a", "e"))
    assert set(found) == wanted
    assert len(found) == len(wanted)
    assert found == list(cheapest_paths(ways, "a", "e"))


def test_a_few_of_very_many_are_had_at_once() -> None:
    ways = [
        PricedEdge(place, place + 1, 1, (place, turn)) for place in range(200) for turn in range(9)
    ]
    assert len(list(islice(cheapest_paths(ways, 0, 200), 5))) == 5


def test_a_chain_longer_than_the_call_stack_is_walked() -> None:
    ways = [PricedEdge(place, place + 1, 1, place) for place in range(3000)]
    assert list(cheapest_paths(ways, 0, 3000)) == [tuple(range(3000))]


def test_there_is_none_where_nothing_leads() -> None:
    assert list(cheapest_paths([PricedEdge("a", "b", 1, 0)], "b", "a")) == []
