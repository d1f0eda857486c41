from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from numpy.typing import NDArray

from atdata_nb import Dataset, DictSample, packable
from atdata_nb.errors import EmptyDatasetError, ShardError
from atdata_nb.shards import write_shard
from atdata_nb.tables import row_to_array


@packable
class Row:
    n: int
    text: str
    image: NDArray[np.float32] | None = None


@packable
class Declared:
    n: int
    image: Annotated[NDArray[np.uint8], (2, 2)]


class NoShards:
    """A source of nothing."""

    shards: Iterator[Any] = iter(())

    def list_shards(self) -> list[str]:
        return []

    def open_shard(self, shard_id: str) -> Any:
        raise KeyError(shard_id)


def rows(tmp_path: Path, count: int = 10_000) -> Dataset[Row]:
    shape = (2, 3)
    write_shard(
        tmp_path / "rows.tar",
        (Row(i, f"{i}", np.full(shape, i, np.float32)) for i in range(count)),
    )
    return Dataset[Row](tmp_path / "rows.tar")


def test_a_dataset_becomes_one_file_of_row_groups(tmp_path: Path) -> None:
    ds = rows(tmp_path)
    target = tmp_path / "new" / "folder" / "rows.parquet"
    assert ds.to_parquet(target) == [str(target)]
    assert pq.read_table(target).equals(ds.to_arrow())
    groups = pq.ParquetFile(target).metadata
    assert [groups.row_group(i).num_rows for i in range(groups.num_row_groups)] == [8192, 1808]
    assert [path.name for path in target.parent.iterdir()] == ["rows.parquet"]


def test_maxcount_cuts_numbered_files(tmp_path: Path) -> None:
    ds = rows(tmp_path, 10)
    paths = ds.to_parquet(tmp_path / "out" / "rows.parquet", maxcount=4)
    assert [Path(path).name for path in paths] == [
        "rows-000000.parquet",
        "rows-000001.parquet",
        "rows-000002.parquet",
    ]
    assert [pq.read_table(path)["n"].to_pylist() for path in paths] == [
        [0, 1, 2, 3],
        [4, 5, 6, 7],
        [8, 9],
    ]
    exact = ds.to_parquet(tmp_path / "exact" / "rows.parquet", maxcount=5)
    assert [len(pq.read_table(path)) for path in exact] == [5, 5]
    with pytest.raises(ValueError, match="maxcount"):
        ds.to_parquet(tmp_path / "rows.parquet", maxcount=0)


def test_options_go_to_the_writer(tmp_path: Path) -> None:
    (path,) = rows(tmp_path, 10).to_parquet(
        tmp_path / "rows.parquet", compression="zstd", row_group_size=3
    )
    facts = pq.ParquetFile(path).metadata
    assert facts.num_row_groups == 4
    assert facts.row_group(0).column(0).compression == "ZSTD"


def test_an_array_of_another_shape_in_a_late_block_is_written_as_it_is(tmp_path: Path) -> None:
    count = 9000
    late = np.arange(4, dtype=np.float32).reshape(1, 4)
    write_shard(
        tmp_path / "a.tar",
        (Row(i, "", late if i == count - 1 else np.zeros((2, 3), "f4")) for i in range(count)),
    )
    (path,) = Dataset[Row](tmp_path / "a.tar").to_parquet(tmp_path / "out" / "a.parquet")
    table = pq.read_table(path)
    assert table["image"][0].as_py() == [[0.0, 0.0, 0.0]] * 2
    assert table["image"][count - 1].as_py() == late.tolist()
    assert [each.name for each in (tmp_path / "out").iterdir()] == ["a.parquet"]


def test_a_late_block_may_change_anything(tmp_path: Path) -> None:
    count = 9000
    last = [DictSample(n=(1 << 64) - 1, x=np.zeros(2, "c8"), new="here"), DictSample(n=-1)]
    first = (DictSample(n=i, x=np.zeros(2, "f4")) for i in range(count))
    write_shard(tmp_path / "a.tar", (*first, *last))
    (path,) = Dataset[DictSample](tmp_path / "a.tar").to_parquet(tmp_path / "a.parquet")
    table = pq.read_table(path)
    assert [int(n) for n in table["n"].to_pylist()[-3:]] == [count - 1, (1 << 64) - 1, -1]
    assert row_to_array(table["x"][count].as_py()).dtype == np.complex64
    assert table["x"][count + 1].as_py() is None
    assert table["new"].to_pylist()[-3:] == [None, "here", None]


def test_a_map_makes_rows_of_samples(tmp_path: Path) -> None:
    def half(sample: Row) -> Mapping[str, Any]:
        assert sample.image is not None
        return {"half": sample.n / 2, "mean": sample.image.mean(), "image": sample.image}

    (path,) = rows(tmp_path, 3).to_parquet(tmp_path / "a.parquet", sample_map=half)
    table = pq.read_table(path)
    assert table.schema.names == ["half", "mean", "image"]
    assert table["half"].to_pylist() == [0.0, 0.5, 1.0]
    assert table["mean"].to_pylist() == [0.0, 1.0, 2.0]
    assert table["image"].type == pa.fixed_shape_tensor(pa.float32(), (2, 3))


def test_a_failure_leaves_no_file(tmp_path: Path) -> None:
    """TRAPS C25."""
    ds = rows(tmp_path, 9000)
    shard = tmp_path / "rows.tar"
    shard.write_bytes(shard.read_bytes()[: shard.stat().st_size // 2])
    out = tmp_path / "out"
    with pytest.raises(ShardError):
        ds.to_parquet(out / "rows.parquet", maxcount=1000)
    assert list(out.iterdir()) == []


def test_a_file_that_was_there_stays_when_writing_fails(tmp_path: Path) -> None:
    ds = rows(tmp_path, 10)
    (path,) = ds.to_parquet(tmp_path / "out" / "rows.parquet")
    before = Path(path).read_bytes()

    def fail(sample: Row) -> Mapping[str, Any]:
        if sample.n == 9:
            message = "no row of nine"
            raise RuntimeError(message)
        return {"n": sample.n}

    with pytest.raises(RuntimeError):
        ds.to_parquet(path, sample_map=fail)
    assert Path(path).read_bytes() == before
    assert len(list(Path(path).parent.iterdir())) == 1


def test_no_samples_of_a_declared_type_are_a_file_with_its_columns(tmp_path: Path) -> None:
    (path,) = Dataset[Declared](NoShards()).to_parquet(tmp_path / "a.parquet")
    schema = pq.read_table(path).schema
    assert schema.field("image").type == pa.fixed_shape_tensor(pa.uint8(), (2, 2))
    paths = Dataset[Declared](NoShards()).to_parquet(tmp_path / "b.parquet", maxcount=5)
    assert [Path(path).name for path in paths] == ["b-000000.parquet"]


def test_no_samples_of_no_type_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(EmptyDatasetError):
        Dataset(NoShards()).to_parquet(tmp_path / "out" / "a.parquet")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "arrays",
    [
        [np.zeros(2, "f2"), None],
        [np.array([True, False]), np.array([False, False])],
        [np.array(["a", "b"]), np.array([], "U1")],
        [np.array(["2020-01-01", "NaT"], "M8[ns]"), None],
        [np.zeros((0, 3)), np.zeros(2)],
        [np.zeros(0), np.zeros(0)],
        [np.array(1), None],
        [None, None],
    ],
    ids=lambda arrays: " ".join(str(getattr(array, "dtype", None)) for array in arrays),
)
def test_any_array_field_can_be_written(tmp_path: Path, arrays: list[Any]) -> None:
    write_shard(tmp_path / "a.tar", [DictSample(n=1, x=array) for array in arrays])
    ds = Dataset[DictSample](tmp_path / "a.tar")
    (path,) = ds.to_parquet(tmp_path / "a.parquet")
    assert pq.read_table(path)["x"].to_pylist() == ds.to_arrow()["x"].to_pylist()
