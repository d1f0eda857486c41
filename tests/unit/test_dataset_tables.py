from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from numpy.typing import NDArray

from atdata_nb import Dataset, DictSample, lens, packable
from atdata_nb.errors import MissingExtraError, ShardError
from atdata_nb.samples.packable import same_value
from atdata_nb.shards import write_shard


@packable
class Row:
    n: int
    text: str
    image: NDArray[np.float32]


@packable
class Summary:
    name: str
    mean: float


@lens
def summarise(row: Row) -> Summary:
    return Summary(f"row {row.n}", float(row.image.mean()))


def row(i: int, shape: tuple[int, ...] = (2, 2)) -> Row:
    return Row(i, str(i), np.full(shape, i, np.float32))


def dataset(tmp_path: Path, rows: list[Row]) -> Dataset[Row]:
    half = len(rows) // 2
    for name, part in (("a", rows[:half]), ("b", rows[half:])):
        write_shard(tmp_path / f"{name}.tar", part)
    return Dataset[Row](tmp_path / "{a,b}.tar")


def test_a_dataset_is_one_table_over_all_its_shards(tmp_path: Path) -> None:
    rows = [row(i) for i in range(10)]
    ds = dataset(tmp_path, rows)
    table = ds.to_arrow()
    assert table.schema.names == ["n", "text", "image"]
    assert table["n"].to_pylist() == list(range(10))
    images = table["image"].combine_chunks().to_numpy_ndarray()
    assert np.array_equal(images, np.stack([each.image for each in rows]))
    frame = ds.to_pandas()
    assert frame["text"].tolist() == [each.text for each in rows]
    assert same_value(list(frame["image"]), [each.image for each in rows])


def test_arrays_that_agree_in_one_shard_only_are_still_right(tmp_path: Path) -> None:
    rows = [row(0), row(1), row(2, (3, 1)), row(3, (1, 4))]
    ds = dataset(tmp_path, rows)
    assert ds.to_arrow()["image"].to_pylist() == [each.image.tolist() for each in rows]
    assert pa.table(ds)["image"].to_pylist() == [each.image.tolist() for each in rows]
    other = dataset(tmp_path, [row(0), row(1, (4,))])
    assert [cell["shape"] for cell in other.to_arrow()["image"].to_pylist()] == [[2, 2], [4]]


def test_a_limit_is_the_number_of_rows(tmp_path: Path) -> None:
    ds = dataset(tmp_path, [row(i) for i in range(10)])
    for limit in (0, 1, 7, 10, 11):
        assert ds.to_arrow(limit=limit)["n"].to_pylist() == list(range(min(limit, 10)))
        assert ds.to_pandas(limit=limit)["n"].tolist() == list(range(min(limit, 10)))
    with pytest.raises(ValueError, match="limit"):
        ds.to_pandas(limit=-1)


def test_a_limit_reads_no_further_than_it_must(tmp_path: Path) -> None:
    ds = dataset(tmp_path, [row(i) for i in range(10)])
    Path(tmp_path / "b.tar").write_bytes(b"damaged")
    assert ds.to_pandas(limit=5)["n"].tolist() == [0, 1, 2, 3, 4]
    with pytest.raises(ShardError, match=r"b\.tar"):
        ds.to_pandas(limit=6)


def test_no_row_past_the_limit_is_decoded(tmp_path: Path) -> None:
    good = [DictSample(n=i, text="", image=np.zeros(2, "f4")) for i in range(4100)]
    bad = DictSample(n=0, text="", image=b"no array")
    write_shard(tmp_path / "a.tar", [*good, bad])
    ds = Dataset[Row](tmp_path / "a.tar")
    assert len(ds.to_arrow(limit=4100)) == 4100
    with pytest.raises(ShardError, match="000004100"):
        ds.to_arrow()


def test_tables_see_through_a_lens(tmp_path: Path) -> None:
    ds = dataset(tmp_path, [row(i) for i in range(4)]).as_type(Summary)
    wanted = [{"name": f"row {i}", "mean": float(i)} for i in range(4)]
    assert ds.to_arrow().to_pylist() == wanted
    assert ds.to_pandas().to_dict("records") == wanted
    assert pa.table(ds).to_pylist() == wanted


def test_a_dataset_without_a_type_is_a_table_of_what_is_there(tmp_path: Path) -> None:
    ds: Dataset[Any] = Dataset(dataset(tmp_path, [row(i) for i in range(4)]).source)
    table = ds.to_arrow()
    assert table.schema.types == [
        pa.int64(),
        pa.string(),
        pa.fixed_shape_tensor(pa.float32(), (2, 2)),
    ]
    assert ds.to_pandas().dtypes.astype(str).tolist() == ["int64", "str", "object"]


def test_any_arrow_library_reads_the_stream(tmp_path: Path) -> None:
    ds = dataset(tmp_path, [row(i) for i in range(6)])
    table = ds.to_arrow()
    assert pa.table(ds).equals(table)
    reader = pa.RecordBatchReader.from_stream(ds)
    assert [batch.num_rows for batch in reader] == [3, 3]
    assert pa.RecordBatchReader.from_stream(ds, schema=table.schema).read_all().equals(table)
    assert pd.DataFrame.from_arrow(ds)["n"].tolist() == list(range(6))


def test_a_damaged_shard_stops_the_stream_with_its_reason(tmp_path: Path) -> None:
    ds = dataset(tmp_path, [row(i) for i in range(6)])
    reader = pa.RecordBatchReader.from_stream(ds)
    (tmp_path / "b.tar").write_bytes(b"damaged")
    with pytest.raises((ShardError, pa.ArrowException, OSError), match=r"b\.tar"):
        reader.read_all()


def test_large_arrays_are_never_stacked_beyond_a_block(tmp_path: Path) -> None:
    ds = dataset(tmp_path, [row(i, (512, 512)) for i in range(40)])
    batches = list(pa.RecordBatchReader.from_stream(ds))
    assert sum(batch.num_rows for batch in batches) == 40
    assert max(batch.nbytes for batch in batches) < 8 << 20


@pytest.mark.parametrize(
    ("module", "call"),
    [
        ("pandas", lambda ds: ds.to_pandas()),
        ("pyarrow", lambda ds: ds.to_arrow()),
        ("pyarrow", lambda ds: ds.__arrow_c_stream__()),
        ("webdataset", lambda ds: ds.as_webdataset()),
        ("pandas", lambda ds: next(ds.ordered(batch_size=2)).to_pandas()),
        ("pyarrow", lambda ds: next(ds.ordered(batch_size=2)).to_arrow()),
    ],
)
def test_a_missing_package_is_named_with_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: str, call: Any
) -> None:
    ds = dataset(tmp_path, [row(0), row(1)])
    real = importlib.import_module

    def without(name: str, package: str | None = None) -> Any:
        if name.partition(".")[0] == module:
            raise ModuleNotFoundError(name=module)
        return real(name, package)

    monkeypatch.setattr("atdata_nb.tables.extras.import_module", without)
    with pytest.raises(MissingExtraError, match=r"pip install 'atdata-nb\["):
        call(ds)


def test_tables_load_nothing_heavy_by_themselves() -> None:
    import subprocess

    code = "import sys, atdata_nb.tables; print({'pandas', 'pyarrow'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_a_slice_of_a_batch_keeps_keys_and_makes_no_samples(tmp_path: Path) -> None:
    ds = dataset(tmp_path, [row(i) for i in range(10)])
    (batch,) = ds.ordered(batch_size=10)
    part = batch[3:8]
    assert part.sample_keys == ["000000003", "000000004", *(f"00000000{i}" for i in range(3))]
    assert part.n == [3, 4, 5, 6, 7]
    assert batch._samples is None
    assert part[1:3].n == [4, 5]
    assert (batch[8:3].n, batch[::-4].n) == ([], [9, 5, 1])
    assert batch[-2:].n == [8, 9]


def test_blocks_of_a_dataset_are_its_samples(tmp_path: Path) -> None:
    ds = dataset(tmp_path, [row(i) for i in range(10)])
    assert [batch.n for batch in ds.blockwise(first=3)] == [[0, 1, 2], [3, 4], [5, 6, 7], [8, 9]]
    assert [batch.mean for batch in ds.as_type(Summary).blockwise()] == [
        [0.0, 1.0, 2.0, 3.0, 4.0],
        [5.0, 6.0, 7.0, 8.0, 9.0],
    ]
