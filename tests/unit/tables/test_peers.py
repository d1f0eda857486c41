from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import duckdb
import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

import atdata_nb as at
from atdata_nb.samples.packable import same_value
from atdata_nb.shards import write_shard


@at.packable
class Row:
    n: int
    word: str | None
    grid: Annotated[NDArray[np.float32], (2, 3)]
    ragged: NDArray[np.int16]
    maybe: Annotated[NDArray[np.uint8], (2,)] | None
    data: bytes


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
rows = st.builds(
    Row,
    n=st.integers(-(2**63), 2**63 - 1),
    word=st.none() | texts,
    grid=st.floats(width=32, allow_nan=False).map(lambda x: np.full((2, 3), x, np.float32)),
    ragged=st.lists(st.integers(-9, 9), max_size=3).map(lambda xs: np.array(xs, np.int16)),
    maybe=st.none() | st.integers(0, 255).map(lambda n: np.full(2, n, np.uint8)),
    data=st.binary(max_size=4),
)
FIELDS = tuple(Row.__dataclass_fields__)


def stored(samples: list[Any], folder: Path) -> at.Dataset[Any]:
    """Samples in a shard."""
    shard = write_shard(folder / "a.tar", samples)
    return at.Dataset(shard.url, sample_type=type(samples[0]))


def same(samples: list[Row], others: at.Dataset[Any]) -> bool:
    """Whether a dataset has these samples' values, in order."""
    pairs = zip(samples, list(others), strict=True)
    return all(same_value(getattr(a, f), getattr(b, f)) for a, b in pairs for f in FIELDS)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("peers")


@settings(max_examples=15)
@given(samples=st.lists(rows, min_size=1, max_size=4))
def test_samples_come_back_from_polars(samples: list[Row], folder: Path) -> None:
    frame = stored(samples, folder).to_polars()
    assert frame.schema["grid"] == pl.Array(pl.Float32, (2, 3))
    assert same(samples, at.from_arrow(frame))


@settings(max_examples=15)
@given(samples=st.lists(rows, min_size=1, max_size=4))
def test_samples_come_back_from_duckdb(samples: list[Row], folder: Path) -> None:
    with duckdb.connect() as connection:
        relation = stored(samples, folder).to_duckdb(connection)
        assert same(samples, at.from_arrow(relation.to_arrow_table()))


@settings(max_examples=15)
@given(samples=st.lists(rows, min_size=1, max_size=4))
def test_samples_come_back_from_huggingface(samples: list[Row], folder: Path) -> None:
    ds = stored(samples, folder)
    assert same(samples, at.from_huggingface(ds.to_huggingface()))
    assert same(samples, at.from_huggingface(ds.to_huggingface(folder / "a.arrow")))


def test_a_relation_of_duckdb_can_be_asked_more_than_once(tmp_path: Path) -> None:
    ds = at.from_arrow(pl.DataFrame({"n": range(3000)}))
    with duckdb.connect() as connection:
        relation = ds.to_duckdb(connection)
        assert relation.aggregate("sum(n)").fetchall() == [(sum(range(3000)),)]
        assert relation.filter("n % 1000 = 0").order("n").fetchall() == [(0,), (1000,), (2000,)]


@at.packable
class Photograph:
    image: Annotated[NDArray[np.uint8], (None, None, 3)]
    table: dict[str, int]


def test_images_become_images_and_maps_pairs(tmp_path: Path) -> None:
    samples = [Photograph(np.full((4, width, 3), width, np.uint8), {"a": 1}) for width in (3, 5)]
    data = stored(samples, tmp_path).to_huggingface()
    assert [image.size for image in data["image"]] == [(3, 4), (5, 4)]
    assert data[0]["table"] == [{"key": "a", "value": 1}]
    back = list(at.from_huggingface(data))
    assert [sample.image.tolist() for sample in back] == [s.image.tolist() for s in samples]


def test_a_limit_is_kept(tmp_path: Path) -> None:
    assert at.from_arrow(pl.DataFrame({"n": range(9)})).to_polars(limit=4)["n"].to_list() == [
        *range(4)
    ]
