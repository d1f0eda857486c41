from __future__ import annotations

import dataclasses
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from atdata_nb import Dataset, DictSample, LocalIndex, col, lens, packable
from atdata_nb.errors import ComparisonError, ExpressionError, QueryError, ShardSampleError
from atdata_nb.shards import ShardWriter, write_shard


@packable
class Row:
    n: int
    score: float | None
    name: str
    pixels: NDArray[np.uint8]


@packable
class Doubled:
    twice: int


@lens
def doubled(row: Row) -> Doubled:
    return Doubled(2 * row.n)


def rows(start: int, stop: int) -> list[Row]:
    return [
        Row(n, None if n % 5 == 0 else n / 10, f"row {n}", np.full(4, n % 256, np.uint8))
        for n in range(start, stop)
    ]


@pytest.fixture
def ds(tmp_path: Path) -> Dataset[Row]:
    for i in range(3):
        write_shard(tmp_path / f"{i}.tar", rows(10 * i, 10 * i + 10))
    return Dataset[Row](tmp_path / "{0..2}.tar")


def numbers(samples: Any) -> list[int]:
    return [sample.n for sample in samples]


def test_a_selection_gives_what_matches_in_every_way_a_dataset_gives_samples(
    ds: Dataset[Row],
) -> None:
    some = ds.where("n > 7 and n not in [9, 11]")
    expected = [8, 10, *range(12, 30)]
    assert isinstance(some, Dataset)
    assert numbers(some) == numbers(some.ordered()) == expected
    assert len(some) == len(expected)
    assert [batch.n for batch in some.ordered(batch_size=8)] == [
        expected[:8],
        expected[8:16],
        expected[16:],
    ]
    assert sorted(numbers(some.shuffled(seed=1))) == expected
    assert numbers(some.head(3)) == expected[:3]
    assert some[1].n == 10
    assert some[-1].n == 29
    assert numbers(some[1:3]) == [10, 12]
    with pytest.raises(IndexError):
        some[20]
    assert sorted(numbers(some.sample(50, seed=0))) == expected
    assert list(some.keys())[:2] == ["000000008", "000000000"]
    assert some.to_pandas()["n"].tolist() == expected
    assert some.to_arrow().column("n").to_pylist() == expected
    assert [key for key, _ in some.raw()] == list(some.keys())
    assert numbers(pickle.loads(pickle.dumps(some))) == expected
    assert [numbers(one) for one in some.by_shard()] == [
        [8],
        [10, *range(12, 20)],
        list(range(20, 30)),
    ]


def test_a_filter_is_lost_neither_by_batches_nor_by_lenses_nor_by_another_filter(
    ds: Dataset[Row],
) -> None:
    """TRAPS C21: there, batches and as_type forgot it, and a map could not come before it."""
    even = ds.where("n in [2, 4, 6, 8]")
    assert [batch.n for batch in even.ordered(batch_size=2)] == [[2, 4], [6, 8]]
    assert [one.twice for one in even.as_type(Doubled)] == [4, 8, 12, 16]
    assert [one.twice for one in even.as_type(Doubled).where("twice > 8")] == [12, 16]
    assert [b.twice for b in even.as_type(Doubled).where(col.twice > 8).ordered(2)] == [[12, 16]]
    assert numbers(even.where("n > 4").where(col.n < 8)) == [6]
    seen = ds.as_type(Doubled).where("twice == 12")
    assert (len(seen), list(seen), seen[0]) == (1, [Doubled(12)], Doubled(12))
    assert list(pickle.loads(pickle.dumps(seen))) == [Doubled(12)]
    mapped = ds.map(tenfold)
    assert [batch.n for batch in mapped.where("n > 265").ordered(batch_size=2)] == [
        [270, 280],
        [290],
    ]
    assert numbers(ds.where("n > 26").map(tenfold)) == [270, 280, 290]


def tenfold(row: Row) -> Row:
    return dataclasses.replace(row, n=10 * row.n)


def test_a_missing_value_matches_nothing_but_is_missing(ds: Dataset[Row]) -> None:
    assert numbers(ds.where("not score >= 0")) == []
    assert numbers(ds.where("score is missing")) == [0, 5, 10, 15, 20, 25]


def test_a_condition_on_arrays_lists_and_what_is_inside_is_decided_by_whole_samples(
    tmp_path: Path,
) -> None:
    @packable
    class Box:
        width: int

    @packable
    class Item:
        box: Box
        tags: list[str]
        image: NDArray[np.uint8] | None

    items = [Item(Box(i), ["a"] * i, None if i else np.zeros(2, np.uint8)) for i in range(3)]
    shard = write_shard(tmp_path / "a.tar", items)
    some = Dataset[Item](shard.url)
    assert len(some.where("box.width > 0")) == 2
    assert len(some.where("'a' in tags and image is missing")) == 2
    assert len(some.where("image is not missing")) == 1


def test_samples_without_a_type_are_selected_by_the_fields_they_have(tmp_path: Path) -> None:
    samples = [DictSample(a=1), DictSample(b="x"), DictSample({"a": 3, "a.b": 1})]
    ds = Dataset(write_shard(tmp_path / "a.tar", samples).url)
    assert [sample.a for sample in ds.where("a > 1")] == [3]
    assert len(ds.where("a is missing")) == 1
    assert len(ds.where("`a.b` == 1")) == 1
    with pytest.raises(ComparisonError, match="b is text"):
        list(ds.where("b > 1"))


def test_a_default_is_a_value(tmp_path: Path) -> None:
    @packable
    class Now:
        n: int
        weight: float = 1.0

    ds = Dataset[Now](write_shard(tmp_path / "a.tar", [DictSample(n=1)]).url)
    assert list(ds.where("weight == 1")) == [Now(1, 1.0)]


def test_what_can_not_be_asked_is_refused_before_anything_is_read(ds: Dataset[Row]) -> None:
    with pytest.raises(ExpressionError, match="no field 'label'; there are: n, score, name"):
        ds.where("label == 3")
    with pytest.raises(ComparisonError, match="name is text"):
        ds.where("name > 3")
    with pytest.raises(ExpressionError, match="character 3"):
        ds.where("n = 3")
    with pytest.raises(ExpressionError, match="no field 'n'; there are: twice"):
        ds.as_type(Doubled).where("n == 3")


def test_a_sample_that_does_not_decode_is_an_error_also_in_a_selection(tmp_path: Path) -> None:
    with ShardWriter(tmp_path / "a.tar") as writer:
        writer.write(Doubled(1))
        writer.add(b"\xc1")
        writer.write(Doubled(2))
    some = Dataset[Doubled](tmp_path / "a.tar").where("twice == 2")
    with pytest.raises(ShardSampleError, match="000000001"):
        list(some)


def test_a_selection_says_its_condition_and_how_it_is_found(ds: Dataset[Row]) -> None:
    some = ds.where("n > 3").where("name == 'x'")
    assert repr(some) == (
        'Dataset[Row](3 shards; fields: n, score, name, pixels; where (n > 3) and (name == "x"))'
    )
    assert repr(some.explain()) == ('where (n > 3) and (name == "x")\nscans 3 shards: no manifest')
    assert "where (n &gt; 3) and (name == &#34;x&#34;)" in (some._repr_html_() or "")


def test_a_selection_is_copied_into_an_index_and_never_listed_as_its_shards(
    ds: Dataset[Row], tmp_path: Path
) -> None:
    with LocalIndex(tmp_path / "index") as index:
        with pytest.raises(QueryError, match="copy=True"):
            index.insert_dataset(ds.where("n < 3"), name="few")
        index.insert_dataset(ds.where("n < 3"), name="few", copy=True)
        assert numbers(index.get_dataset("few").dataset(Row)) == [0, 1, 2]
        index.insert_dataset(ds.as_type(Doubled).where("twice < 3"), name="twice", copy=True)
        assert list(index.get_dataset("twice").dataset(Doubled)) == [Doubled(0), Doubled(2)]


def test_webdataset_would_lose_the_filter_so_it_is_refused(ds: Dataset[Row]) -> None:
    with pytest.raises(QueryError, match="write the selection first"):
        ds.where("n < 3").as_webdataset()
