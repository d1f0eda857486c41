from __future__ import annotations

from pathlib import Path

import pytest

import atdata_nb as at
from atdata_nb.errors import ShardNotFoundError, TruncatedShardError
from atdata_nb.shards import RawBlock, write_shard
from atdata_nb.shards.parts import even_blocks
from atdata_nb.shards.reader import MAX_BLOCK, read_file


def raw(start: int, sizes: list[int]) -> RawBlock:
    numbers = range(start, start + len(sizes))
    return RawBlock("a.tar", list(map(str, numbers)), [bytes(n) for n in sizes], list(numbers))


def shapes(blocks: list[RawBlock]) -> list[tuple[str, int]]:
    return [(block.keys[0], len(block.payloads)) for block in even_blocks(blocks)]  # type: ignore[index]


def test_blocks_follow_from_the_samples_and_not_from_how_they_came() -> None:
    whole = [raw(0, [100] * 5000)]
    bits = [raw(start, [100] * 50) for start in range(0, 5000, 50)]
    assert shapes(whole) == shapes(bits)
    assert shapes(bits) == [(str(n), min(MAX_BLOCK, 5000 - n)) for n in range(0, 5000, MAX_BLOCK)]


def test_large_samples_make_short_blocks() -> None:
    assert shapes([raw(0, [3 << 20] * 3)]) == [("0", 1), ("1", 1), ("2", 1)]


def test_what_came_before_a_fault_is_given_before_it(tmp_path: Path) -> None:
    path = tmp_path / "a.tar"
    write_shard(path, [at.DictSample(n=n) for n in range(100)])
    path.write_bytes(path.read_bytes()[:50_000])
    given: list[RawBlock] = []
    with pytest.raises(TruncatedShardError):
        given.extend(even_blocks(read_file(path, "a.tar")))
    assert [len(block.payloads) for block in given] == [49]


def test_a_source_gives_no_part_that_it_does_not_have() -> None:
    with pytest.raises(ShardNotFoundError, match=r"no shard 'c\.tar' in this source"):
        at.URLSource("{a,b}.tar").only(["c.tar"])


def test_a_part_is_not_expanded_again(tmp_path: Path) -> None:
    """TRAPS C22: an identifier is a name, no pattern."""
    odd = tmp_path / "a{1,2}.tar"
    write_shard(odd, [at.DictSample(n=1)])
    source = at.URLSource(odd.as_uri())
    (name,) = source.list_shards()
    assert len(at.Dataset(source.only([name]))) == 1
