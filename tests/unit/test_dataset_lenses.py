"""A dataset seen as another type: one by one, in batches, twice, across re-run cells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from numpy.typing import NDArray

from atdata_nb.batch import SampleBatch
from atdata_nb.dataset import Dataset
from atdata_nb.errors import LensNotFoundError
from atdata_nb.lenses import LensNetwork, lens
from atdata_nb.samples import DictSample, packable
from atdata_nb.shards import write_shard

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@packable
class Plain:
    n: int
    values: NDArray[np.float32]


@packable
class Ten:
    n: int
    values: NDArray[np.float32]


@packable
class Hundred:
    n: int


@pytest.fixture(autouse=True)
def lenses() -> Iterator[None]:
    """Lenses from Plain to Ten to Hundred, which add 10 and 100, and only while the test runs."""

    @lens
    def plus_ten(sample: Plain) -> Ten:
        return Ten(sample.n + 10, sample.values + np.float32(10))

    @lens
    def plus_hundred(sample: Ten) -> Hundred:
        return Hundred(sample.n + 100)

    yield
    for made in (plus_ten, plus_hundred):
        LensNetwork.default().unregister(made)


@pytest.fixture
def ds(tmp_path: Path) -> Dataset[Plain]:
    paths = [tmp_path / f"part-{part}.tar" for part in range(2)]
    for part, path in enumerate(paths):
        rows = [Plain(part * 5 + i, np.full(2, i, np.float32)) for i in range(5)]
        write_shard(path, rows)
    return Dataset[Plain](paths)


def test_samples_are_seen_as_the_other_type(ds: Dataset[Plain]) -> None:
    seen = ds.as_type(Ten)
    assert seen.sample_type is Ten
    assert [sample.n for sample in seen] == list(range(10, 20))
    assert [type(sample) for sample in seen.head(1)] == [Ten]


def test_seeing_twice_applies_both_lenses(ds: Dataset[Plain]) -> None:
    """TRAPS C3: the published package gave 100 and not 110."""
    assert next(iter(ds.as_type(Ten).as_type(Hundred))) == Hundred(110)


def test_a_chain_of_lenses_is_found_and_applied(ds: Dataset[Plain]) -> None:
    assert [sample.n for sample in ds.as_type(Hundred)] == list(range(110, 120))


def test_batches_are_seen_through_the_chain_too(ds: Dataset[Plain]) -> None:
    """TRAPS C3."""
    batches = list(ds.as_type(Ten).as_type(Hundred).ordered(batch_size=4))
    assert [list(batch.n) for batch in batches] == [
        [110, 111, 112, 113],
        [114, 115, 116, 117],
        [118, 119],
    ]
    assert all(isinstance(batch, SampleBatch) for batch in batches)


def test_arrays_of_a_batch_are_stacked_after_the_lens(ds: Dataset[Plain]) -> None:
    batch = next(iter(ds.as_type(Ten).ordered(batch_size=2)))
    assert batch.values.tolist() == [[10, 10], [11, 11]]
    assert batch.values.dtype == np.float32


def test_shuffled_items_and_slices_are_seen_through_the_lens(ds: Dataset[Plain]) -> None:
    seen = ds.as_type(Hundred)
    assert sorted(sample.n for sample in seen.shuffled(seed=1)) == list(range(110, 120))
    assert seen[7] == Hundred(117)
    assert seen[8:] == [Hundred(118), Hundred(119)]


def test_the_dataset_itself_is_left_as_it_was(ds: Dataset[Plain]) -> None:
    ds.as_type(Hundred)
    assert ds.sample_type is Plain
    assert ds[0].n == 0


def test_seeing_as_its_own_type_changes_nothing(ds: Dataset[Plain]) -> None:
    assert [sample.n for sample in ds.as_type(Ten).as_type(Ten)] == list(range(10, 20))


def test_a_missing_lens_is_an_error_though_the_fields_have_the_same_names(
    ds: Dataset[Plain],
) -> None:
    """TRAPS C4: fields were copied by name instead."""

    @packable
    class Same:
        n: int
        values: NDArray[np.float32]

    with pytest.raises(LensNotFoundError, match=r"structural_lens\(Plain, Same\)"):
        ds.as_type(Same)


def test_untyped_data_is_decoded_and_then_seen_through_lenses(ds: Dataset[Plain]) -> None:
    untyped: Dataset[Any] = Dataset(ds.list_shards())
    assert untyped.sample_type is DictSample
    assert untyped.as_type(Plain)[3].n == 3
    assert untyped.as_type(Plain).as_type(Hundred)[3].n == 113
