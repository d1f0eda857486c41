"""SampleBatch: columns of whatever the samples hold, and the samples themselves."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import atdata_nb as at
from atdata_nb.errors import SampleFieldError, SampleTypeError
from atdata_nb.shards import write_shard


@at.packable
class Row:
    n: int
    x: NDArray | None
    words: list[str]


def row(n: int, x: Any) -> Row:
    return Row(n, x, ["w"] * n)


def of_shard(samples: list[Any], folder: Path) -> Any:
    write_shard(folder / "a.tar", samples)
    (batch,) = at.Dataset[type(samples[0])](folder / "a.tar").ordered(batch_size=999)  # type: ignore[misc]
    return batch


@pytest.fixture(params=["of samples", "of a shard", "pickled"])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    if request.param == "of samples":
        return lambda samples: at.SampleBatch[type(samples[0])](samples)  # type: ignore[misc]
    if request.param == "of a shard":
        return lambda samples: of_shard(samples, tmp_path)
    return lambda samples: pickle.loads(pickle.dumps(of_shard(samples, tmp_path)))


ONE = np.arange(3.0)


def test_arrays_of_one_shape_are_stacked_into_an_array_of_the_batch_s_own(make: Any) -> None:
    batch = make([row(i, ONE + i) for i in range(5)])
    assert batch.x.shape == (5, 3)
    np.testing.assert_array_equal(batch.x, [ONE + i for i in range(5)])
    batch.x[0, 0] = 99.0
    assert batch.n == [0, 1, 2, 3, 4]
    assert batch.words[2] == ["w", "w"]
    assert batch.samples[1] == row(1, ONE + 1)


@pytest.mark.parametrize(
    "arrays",
    [
        [ONE, np.zeros(2)],
        [ONE, None],
        [None, ONE],
        [None, None],
        [ONE, ONE.astype(np.float32)],
        [ONE, ONE.reshape(3, 1)],
        [np.zeros((0, 2)), np.zeros((0, 3))],
        [ONE, ONE, ONE, ONE, ONE, np.zeros(2)],
        [ONE, ONE, None, ONE, ONE],
        [np.zeros((64, 64))] * 5 + [np.zeros((32, 128))],
        [np.zeros((64, 64))] * 5 + [np.asfortranarray(np.ones((64, 64)))[:, :63]],
        [np.zeros((64, 64))] * 5 + [None],
    ],
)
def test_ragged_and_missing_arrays_become_a_list(make: Any, arrays: list[Any]) -> None:
    """TRAPS C28."""
    column = make([row(i, array) for i, array in enumerate(arrays)]).x
    assert isinstance(column, list)
    for got, array in zip(column, arrays, strict=True):
        np.testing.assert_array_equal(got, array)
        assert array is None or got.dtype == array.dtype


@pytest.mark.parametrize(
    "array",
    [
        np.array(5.0),
        np.zeros((0, 3)),
        np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        np.array(["a", "bc"]),
        np.array(["2026-11-22"], "M8[D]"),
        np.array([(1, 2.0)], [("a", "i4"), ("b", "f8")]),
        np.arange(4, dtype=">i2"),
        np.zeros((64, 64, 3), np.float32),
        np.array([True, False]),
    ],
    ids=lambda array: f"{array.dtype} {array.shape}",
)
def test_arrays_of_every_kind_stack(make: Any, array: Any) -> None:
    batch = make([row(0, array)] * 6)
    assert batch.x.shape == (6, *array.shape)
    assert batch.x.dtype == array.dtype
    np.testing.assert_array_equal(batch.x[3], array)
    assert all(sample.x.shape == array.shape for sample in batch)


def test_a_batch_has_a_length_iterates_and_is_sliced(make: Any) -> None:
    """TRAPS 4.4."""
    samples = [row(i, ONE) for i in range(5)]
    batch = make(samples)
    assert len(batch) == 5
    assert list(batch) == samples
    assert batch[1] == samples[1]
    assert list(batch[1:3]) == samples[1:3]
    assert batch.field_names == ("n", "x", "words")


def test_a_field_that_is_not_there_is_named_with_those_that_are(make: Any) -> None:
    batch = make([row(0, ONE)])
    with pytest.raises(SampleFieldError, match=r"no field 'colour'.*n, x, words"):
        _ = batch.colour
    assert not hasattr(batch, "colour")


def test_a_batch_shows_its_columns(make: Any) -> None:
    """TRAPS 4.4."""
    assert repr(make([row(i, ONE) for i in range(4)])) == (
        "SampleBatch[Row](4 samples; n: list of int, x: float64 4×3, words: list of list)"
    )


def test_a_batch_without_a_type_in_brackets_takes_that_of_its_samples() -> None:
    """TRAPS 4.4."""
    batch = at.SampleBatch([row(0, ONE), row(1, ONE)])
    assert batch.sample_type is Row
    assert batch.x.shape == (2, 3)
    assert at.SampleBatch([at.DictSample(n=1), at.DictSample(m=2)]).n == [1, None]
    assert len(at.SampleBatch([])) == 0


def test_samples_of_several_types_make_no_batch() -> None:
    with pytest.raises(SampleTypeError, match="of one type"):
        at.SampleBatch([row(0, ONE), at.DictSample(n=1)])


def test_a_column_of_a_closed_file_is_still_there(tmp_path: Path) -> None:
    write_shard(tmp_path / "a.tar", [row(i, np.full((64, 64), i)) for i in range(8)])
    batches = list(at.Dataset[Row](tmp_path / "a.tar").ordered(batch_size=3))
    (tmp_path / "a.tar").unlink()
    assert [int(batch.x[0, 0, 0]) for batch in batches] == [0, 3, 6]
