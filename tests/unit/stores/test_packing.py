from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from atdata_nb.stores.packing import cut


class Pile:
    """Takes what a shard takes."""

    def __init__(self) -> None:
        self.samples = 0
        self.keys: list[str | None] = []
        self.size = 0

    def add(self, payload: Any, *, key: str | None = None) -> None:
        self.samples += 1
        self.keys.append(key)
        self.size += 512 + -(-len(payload) // 512) * 512


streams = st.lists(st.tuples(st.none() | st.sampled_from("abc"), st.binary(max_size=2_000)))


@given(streams, st.integers(1, 5), st.integers(0, 5_000))
def test_shards_hold_everything_in_order_within_their_bounds(
    stream: list[tuple[str | None, bytes]], maxcount: int, maxsize: int
) -> None:
    piles: list[Pile] = []
    told: list[int] = []

    def open_next() -> Pile:
        piles.append(Pile())
        return piles[-1]

    total = cut(stream, open_next, maxcount=maxcount, maxsize=maxsize, progress=told.append)
    assert total == len(stream) == told[-1]
    assert [key for pile in piles for key in pile.keys] == [key for key, _ in stream]
    for pile in piles:
        named = [key for key in pile.keys if key is not None]
        assert 1 <= pile.samples <= maxcount
        assert pile.size <= maxsize or pile.samples == 1
        assert len(named) == len(set(named))
