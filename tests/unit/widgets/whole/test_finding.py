from __future__ import annotations

import gzip
from pathlib import Path

import pytest

import atdata_nb as at
from atdata_nb.shards import write_shard
from atdata_nb.widgets.whole import finding
from atdata_nb.widgets.whole.finding import Finder, Found


@at.packable
class Number:
    n: int


def shard(folder: Path, name: str, start: int, count: int) -> Path:
    path = folder / name
    write_shard(path, [Number(i) for i in range(start, start + count)])
    return path


@pytest.fixture
def local(tmp_path: Path) -> at.Dataset[Number]:
    return at.Dataset[Number]([shard(tmp_path, "a.tar", 0, 30), shard(tmp_path, "b.tar", 30, 30)])


@pytest.fixture
def compressed(tmp_path: Path) -> at.Dataset[Number]:
    paths = []
    for start in (0, 30):
        plain = shard(tmp_path, f"{start}.tar", start, 30)
        path = plain.with_suffix(".tar.gz")
        path.write_bytes(gzip.compress(plain.read_bytes()))
        paths.append(path)
    return at.Dataset[Number](paths)


def found(finder: Finder, row: int) -> Found:
    while (there := finder.find(row)) is None:
        pass
    return there


@pytest.mark.parametrize("kind", ["local", "compressed"])
def test_a_sample_has_its_key_and_shard_whichever_way_it_is_read(
    kind: str, request: pytest.FixtureRequest
) -> None:
    dataset = request.getfixturevalue(kind)
    finder = Finder(dataset)
    assert finder.total == {"local": 60, "compressed": None}[kind]
    # On, back, and into the next shard.
    for row in (3, 50, 29, 0, 59):
        there = found(finder, row)
        assert there.sample == Number(row)
        assert there.key == f"{row % 30:09}"
        assert there.shard == dataset.list_shards()[row // 30]
        assert Number.from_bytes(bytes(there.payload)) == Number(row)


@pytest.mark.parametrize("kind", ["local", "compressed"])
def test_there_is_no_sample_behind_the_last(kind: str, request: pytest.FixtureRequest) -> None:
    finder = Finder(request.getfixturevalue(kind))
    with pytest.raises(IndexError):
        found(finder, 60)
    assert found(finder, 59).sample == Number(59)


def test_what_must_be_read_in_order_is_read_in_strides(
    compressed: at.Dataset[Number], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "STRIDE", -1)
    finder = Finder(compressed)
    assert finder.find(5) is None
    assert finder.looked == 0
    monkeypatch.setattr(finding, "STRIDE", 60)
    there = finder.find(5)
    assert there is not None
    assert there.sample == Number(5)


def test_a_sample_that_does_not_decode_says_why_and_has_its_bytes(tmp_path: Path) -> None:
    path = tmp_path / "odd.tar"
    write_shard(path, [at.DictSample(n=1), at.DictSample(n="three"), at.DictSample(n=2)])
    finder = Finder(at.Dataset[Number](path))
    bad = found(finder, 1)
    assert bad.sample is None
    assert "ShardSampleError" in bad.fault
    assert b"three" in bytes(bad.payload)
    assert found(finder, 2).sample == Number(2)


def test_a_shard_that_breaks_off_is_a_row_that_says_so(tmp_path: Path) -> None:
    cut, whole = shard(tmp_path, "a.tar", 0, 30), shard(tmp_path, "b.tar", 30, 3)
    cut.write_bytes(cut.read_bytes()[:10_240])
    finder = Finder(at.Dataset[Number]([cut, whole]))
    assert finder.total is None
    assert found(finder, 9).sample == Number(9)
    assert "TruncatedShardError" in found(finder, 10).fault
    assert found(finder, 11).sample == Number(30)
