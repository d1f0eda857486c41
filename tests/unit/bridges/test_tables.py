from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.dataset as pads
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

import atdata_nb as at
from atdata_nb.errors import NotRandomAccessError, SampleTypeError
from atdata_nb.samples.packable import same_value
from atdata_nb.shards import write_shard


@at.packable
class Inner:
    n: int
    word: str | None


@at.packable
class Everything:
    whole: int
    real: float | None
    fixed: Annotated[NDArray[np.uint8], (2, 3)]
    ragged: NDArray[np.float32]
    any_array: np.ndarray | None
    words: list[str]
    numbers: list[int]
    table: dict[str, float]
    inner: Inner
    maybe: Inner | None
    data: bytes


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
inners = st.builds(Inner, st.integers(-9, 9), st.none() | texts)
arrays = st.lists(st.integers(0, 9), max_size=4)
samples = st.builds(
    Everything,
    whole=st.integers(-(2**63), 2**63 - 1),
    real=st.none() | st.floats(),
    fixed=st.integers(0, 255).map(lambda n: np.full((2, 3), n, np.uint8)),
    ragged=arrays.map(lambda items: np.array(items, np.float32)),
    any_array=st.none() | arrays.map(lambda items: np.array([items, items], np.int16)),
    words=st.lists(texts, max_size=3),
    numbers=st.lists(st.integers(-9, 9), max_size=3),
    table=st.dictionaries(texts, st.floats(), max_size=3),
    inner=inners,
    maybe=st.none() | inners,
    data=st.binary(max_size=5),
)


def as_data(sample: Any) -> dict[str, Any]:
    """Field values of a sample, nested ones as dicts too."""
    values = {name: getattr(sample, name) for name in sample.__dataclass_fields__}
    return {
        name: as_data(value) if hasattr(value, "__dataclass_fields__") else value
        for name, value in values.items()
    }


@settings(max_examples=30)
@given(st.lists(samples, min_size=1, max_size=5))
def test_what_went_out_as_arrow_comes_back_as_it_was(rows: list[Everything]) -> None:
    table = at.SampleBatch(rows, sample_type=Everything).to_arrow()
    back = list(at.from_arrow(table))
    assert len(back) == len(rows)
    for sample, row in zip(back, rows, strict=True):
        assert same_value(as_data(sample), as_data(row)), (sample, row)


def test_other_peoples_columns_become_fields() -> None:
    table = pa.table(
        {
            "small": pa.array([1, None], pa.int8()),
            "day": [dt.date(2026, 11, 23), None],
            "price": [Decimal("1.50"), Decimal(2)],
            "word": pa.array(["a", "b"]).dictionary_encode(),
            "vector": pa.array([[1.0, 2.0], [3.0]], pa.list_(pa.float32())),
            "pair": pa.array([[1, 2], None], pa.list_(pa.int32(), 2)),
            "words": [["a", None], []],
            "point": [{"x": 1, "y": None}, None],
            "pairs": pa.array([[("a", 1)], []], pa.map_(pa.string(), pa.int64())),
        }
    )
    first, second = at.from_arrow(table, name="others")
    assert (first.small, first.day, first.price, first.word) == (1, "2026-11-23", "1.50", "a")
    assert first.vector.dtype == np.float32
    assert (first.vector.tolist(), second.vector.tolist()) == ([1.0, 2.0], [3.0])
    assert (first.pair.tolist(), second.pair) == ([1, 2], None)
    assert (first.words, second.words) == (["a", None], [])
    assert (first.point.x, first.point.y, second.point) == (1, None, None)
    assert (first.pairs, second.pairs) == ({"a": 1}, {})
    assert (second.small, second.day) == (None, None)


def test_slices_of_a_table_are_read_where_they_begin() -> None:
    table = pa.table({"v": [[1, 2], [3], [], [4, 5]], "s": [{"a": i} for i in range(4)]})[1:]
    assert [(row.v.tolist(), row.s.a) for row in at.from_arrow(table)] == [
        ([3], 1),
        ([], 2),
        ([4, 5], 3),
    ]


def test_parquet_files_are_read_a_batch_at_a_time_and_a_file_is_a_shard(tmp_path: Path) -> None:
    for number in range(2):
        rows = range(number * 1000, number * 1000 + 1000)
        pq.write_table(pa.table({"n": rows}), tmp_path / f"{number}.parquet")
    ds = at.from_arrow(pads.dataset(tmp_path), name="numbers")
    assert ds.list_shards() == ["numbers-000000", "numbers-000001"]
    assert [sample.n for sample in ds] == list(range(2000))
    with pytest.raises(NotRandomAccessError):
        len(ds)


def test_whatever_gives_an_arrow_stream_is_taken() -> None:
    frame = pl.DataFrame({"x": [1, 2], "y": ["a", None]})
    assert [(row.x, row.y) for row in at.from_arrow(frame)] == [(1, "a"), (2, None)]


def test_parquet_written_from_a_dataset_is_read_back(tmp_path: Path) -> None:
    shard = write_shard(tmp_path / "a.tar", [Inner(i, None) for i in range(3)])
    (path,) = at.Dataset[Inner](shard.url).to_parquet(tmp_path / "a.parquet")
    assert [row.n for row in at.from_arrow(pads.dataset(path))] == [0, 1, 2]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ([1, 2], "takes Arrow data, got list"),
        (pa.table({"l": [[1, None]]}), "missing numbers"),
        (pa.table({"i": pa.array([(1, 2, 3)], pa.month_day_nano_interval())}), "column 'i'.*place"),
    ],
)
def test_what_cannot_be_taken_is_told(data: Any, message: str) -> None:
    with pytest.raises(SampleTypeError, match=message):
        list(at.from_arrow(data))
