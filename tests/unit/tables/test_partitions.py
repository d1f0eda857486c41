from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import dask
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.dataset as arrow_files
import pyarrow.parquet as pq
import pytest
from numpy.typing import NDArray
from scale.work import Reading, readings, warm

import atdata_nb as at
from atdata_nb.errors import SampleTypeError, ScanError
from atdata_nb.shards import write_shard


@pytest.fixture(autouse=True)
def in_this_thread() -> Any:
    with dask.config.set(scheduler="synchronous"):
        yield


@pytest.fixture
def ds(tmp_path: Path) -> at.Dataset[Reading]:
    paths = [write_shard(tmp_path / f"{n}.tar", readings(n, 50)).url for n in range(3)]
    return at.Dataset[Reading](paths)


def test_a_shard_is_a_partition_and_types_are_known_before_it_is_read(
    ds: at.Dataset[Reading],
) -> None:
    frame = ds.to_dask()
    assert frame.npartitions == 3
    assert {name: str(kind) for name, kind in frame.dtypes.items()} == {
        "station": "string[pyarrow]",
        "celsius": "double[pyarrow]",
        "count": "int64[pyarrow]",
        "spectrum": "extension<arrow.fixed_shape_tensor[value_type=float, shape=[16]]>[pyarrow]",
        "note": "string[pyarrow]",
    }


def test_values_are_those_of_the_samples(ds: at.Dataset[Reading]) -> None:
    whole = ds.to_dask().compute()
    assert list(whole["celsius"]) == [sample.celsius for sample in ds]
    assert whole["note"].isna().sum() == sum(sample.note is None for sample in ds)
    tensors = pa.chunked_array(whole["spectrum"].array.__arrow_array__()).combine_chunks()
    assert np.array_equal(tensors.to_numpy_ndarray(), np.stack([s.spectrum for s in ds]))


@pytest.mark.parametrize(
    ("blocksize", "partitions"),
    [(20, 9), (50, 3), (1_000, 3), (1, 150), ("12 kB", 15), ("1 GB", 3)],
)
def test_a_shard_is_cut_into_blocks_that_hold_the_same(
    ds: at.Dataset[Reading], blocksize: int | str, partitions: int
) -> None:
    frame = ds.to_dask(blocksize=blocksize)
    assert frame.npartitions == partitions
    pd.testing.assert_frame_equal(
        frame.compute().reset_index(drop=True), ds.to_dask().compute().reset_index(drop=True)
    )
    assert frame["count"].sum().compute() == sum(sample.count for sample in ds)


def test_blocks_are_seen_through_a_function_and_of_samples_without_a_type(
    ds: at.Dataset[Reading],
) -> None:
    warmed = ds.map(warm).to_dask(blocksize=20)
    assert warmed.npartitions == 9
    assert list(warmed.compute().iloc[:, 0]) == list(ds.map(warm).to_dask().compute().iloc[:, 0])
    plain = at.Dataset(ds.list_shards()[0]).to_dask(blocksize=20)
    assert list(plain["celsius"].compute()) == [sample.celsius for sample in ds][:50]


def test_what_can_only_be_read_in_order_stays_whole(
    ds: at.Dataset[Reading], tmp_path: Path
) -> None:
    packed = tmp_path / "0.tar.gz"
    packed.write_bytes(gzip.compress(Path(ds.list_shards()[0]).read_bytes()))
    frame = at.Dataset[Reading](packed).to_dask(blocksize=20)
    assert (frame.npartitions, len(frame.compute())) == (1, 50)
    some = ds.where("celsius > 5").to_dask(blocksize=1)
    assert (some.npartitions, len(some)) == (3, sum(s.celsius > 5 for s in ds))


@pytest.mark.parametrize("wrong", [0, -1, True, "0 MB"])
def test_a_block_of_nothing_is_refused(ds: at.Dataset[Reading], wrong: int | str) -> None:
    with pytest.raises(ValueError, match="a block has at least one sample or byte"):
        ds.to_dask(blocksize=wrong)


def test_computations_are_right(ds: at.Dataset[Reading]) -> None:
    frame = ds.to_dask()
    by_station = frame.groupby("station")["count"].sum().compute()
    expected = pd.DataFrame({"s": [s.station for s in ds], "c": [s.count for s in ds]})
    assert by_station.sort_index().tolist() == expected.groupby("s")["c"].sum().tolist()
    assert frame[frame["celsius"] > 5].shape[0].compute() == sum(s.celsius > 5 for s in ds)


def test_only_the_columns_that_are_needed_are_read(
    ds: at.Dataset[Reading], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: set[str] = set()
    column = at.SampleBatch.column

    def noted(self: Any, name: str, *, stack: bool = True) -> Any:
        asked.add(name)
        return column(self, name, stack=stack)

    frame = ds.to_dask()
    monkeypatch.setattr(at.SampleBatch, "column", noted)
    assert frame["count"].sum().compute() == 3 * sum(range(50))
    assert asked == {"count"}


def test_a_mapped_dataset_is_a_frame_too(ds: at.Dataset[Reading]) -> None:
    frame = ds.map(warm).to_dask()
    assert frame["kelvin"].mean().compute() == pytest.approx(
        np.mean([s.celsius + 273.15 for s in ds])
    )


@at.packable
class Shaped:
    pixels: NDArray[np.uint8]


def test_a_shard_that_is_otherwise_is_an_error_unless_all_were_looked_at(tmp_path: Path) -> None:
    shapes = [(2, 3), (2, 3), (4, 3)]
    paths = [
        write_shard(tmp_path / f"{i}.tar", [Shaped(np.zeros(shape, np.uint8))] * 2).url
        for i, shape in enumerate(shapes)
    ]
    ds = at.Dataset[Shaped](paths)
    with pytest.raises(SampleTypeError, match=r"2\.tar: column 'pixels' .* to_dask\(survey=True\)"):
        ds.to_dask().compute()
    whole = ds.to_dask(survey=True).compute()
    assert [np.shape(value) for value in whole["pixels"]] == [*[(2, 3)] * 4, *[(4, 3)] * 2]


def test_samples_without_a_type_are_looked_at(tmp_path: Path) -> None:
    path = write_shard(tmp_path / "a.tar", [at.DictSample(n=n, s="x") for n in range(5)]).url
    assert at.Dataset(path).to_dask()["n"].sum().compute() == 10
    with pytest.raises(SampleTypeError, match="no samples, and no type"):
        at.Dataset(at.URLSource([])).to_dask()
    assert len(at.Dataset[Reading](at.URLSource([])).to_dask().compute()) == 0


def test_nothing_secret_is_in_the_graph() -> None:
    source = at.S3Source("team", ["a.tar"], access_key="AKIA", secret_key="hunter2hunter2")  # noqa: S106
    frame = at.Dataset[Reading](source, schema=None)
    told = declared(frame)
    assert "hunter2" not in told
    assert "AKIA" not in told


def declared(ds: at.Dataset[Any]) -> str:
    from atdata_nb.tables import partitions

    # Types are told beforehand: there is no such bucket.
    forms = partitions.declared_forms(partitions.specs_of(ds.sample_type))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(partitions, "_expected", lambda _: forms)
        frame = ds.to_dask()
    return f"{frame!r} {frame.expr!r} {dict(frame.dask)!r} {list(frame.dask)!r}"


def test_every_shard_becomes_a_file_with_the_same_columns(
    ds: at.Dataset[Reading], tmp_path: Path
) -> None:
    paths = ds.to_parquet(tmp_path / "rows.parquet", client="threads")
    assert [Path(path).name for path in paths] == [f"rows-00000{n}.parquet" for n in range(3)]
    assert pq.read_table(paths[1]).to_pylist() == ds.by_shard()[1].to_arrow().to_pylist()
    assert len({str(pq.read_schema(path)) for path in paths}) == 1
    with pytest.raises(ValueError, match="without maxcount"):
        ds.to_parquet(tmp_path / "no.parquet", maxcount=3, client="threads")


def test_parquet_files_become_shards_again(ds: at.Dataset[Reading], tmp_path: Path) -> None:
    paths = ds.to_parquet(tmp_path / "rows.parquet", client="threads")
    rows = at.from_arrow(arrow_files.dataset(paths), name="rows", sample_type=Reading)
    made = rows.write(at.LocalDiskStore(tmp_path / "new"), prefix="rows", client="threads")
    assert list(made) == list(ds)
    assert [shard.samples for shard in made.written] == [50, 50, 50]


def test_a_failure_leaves_no_file(ds: at.Dataset[Reading], tmp_path: Path) -> None:
    def odd(sample: Reading) -> Reading:
        raise ArithmeticError(sample.station)

    with pytest.raises(ScanError):
        ds.map(odd).to_parquet(tmp_path / "files" / "rows.parquet", client="threads")
    assert not (tmp_path / "files").exists() or not list((tmp_path / "files").iterdir())
