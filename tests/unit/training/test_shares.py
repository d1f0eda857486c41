from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from atdata_nb.training.shares import Share, deal


@given(st.lists(st.integers(0, 9), max_size=12), st.integers(1, 9))
def test_every_sample_is_dealt_out_once(counts: list[int], readers: int) -> None:
    sizes = {f"{i}.tar": count for i, count in enumerate(counts)}
    dealt = Counter(
        (piece.shard, i)
        for number in range(readers)
        for piece in deal(list(sizes), Share(number, readers))
        for i in range(sizes[piece.shard])[piece.start :: piece.step]
    )
    wanted = {(shard, i) for shard, count in sizes.items() for i in range(count)}
    assert dealt == Counter(wanted)


def test_equal_numbers_of_whole_shards_are_dealt_first() -> None:
    pieces = [deal(list("abcdefgh"), Share(number, 3)) for number in range(3)]
    assert ["".join(p.shard for p in each if p.step == 1) for each in pieces] == ["ad", "be", "cf"]
    assert [[(p.shard, p.start) for p in each if p.step == 3] for each in pieces] == [
        [("g", 0), ("h", 1)],
        [("g", 1), ("h", 2)],
        [("g", 2), ("h", 0)],
    ]
