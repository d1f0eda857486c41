from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import atdata_nb as at
from atdata_nb.errors import SampleFieldError, SampleTypeError
from atdata_nb.shards import write_shard


@at.packable
class Take:
    label: int
    profile: NDArray[np.float32]
    grid: NDArray[np.int32] | None
    picture: NDArray[np.uint8]
    ragged: NDArray[np.float64]
    clip: bytes


@pytest.fixture
def takes(tmp_path: Path) -> at.Dataset[Take]:
    samples = [
        Take(
            n,
            np.array([n, n + 0.5], np.float32),
            None if n == 1 else np.arange(4, dtype=np.int32).reshape(2, 2) + n,
            np.zeros((40, 40, 3), np.uint8),
            np.zeros(n),
            b"RIFF",
        )
        for n in range(3)
    ]
    write_shard(tmp_path / "a.tar", samples)
    return at.Dataset[Take](tmp_path / "a.tar")


def test_small_arrays_of_one_shape_become_columns_and_pictures_are_kept(
    takes: at.Dataset[Take],
) -> None:
    frame = takes.to_pandas(flatten=True)
    assert list(frame) == [
        *("label", "profile[0]", "profile[1]"),
        *("grid[0, 0]", "grid[0, 1]", "grid[1, 0]", "grid[1, 1]"),
        *("picture", "ragged", "clip"),
    ]
    assert frame["profile[1]"].tolist() == [0.5, 1.5, 2.5]
    assert frame["profile[1]"].dtype == np.float32
    assert frame["picture"][0].shape == (40, 40, 3)
    assert frame["clip"][0] == b"RIFF"


def test_a_missing_array_is_nan_in_each_of_its_columns(takes: at.Dataset[Take]) -> None:
    frame = takes.to_pandas(flatten=["grid"])
    assert np.isnan(frame["grid[1, 1]"][1])
    assert frame["grid[1, 1]"].tolist()[::2] == [3.0, 5.0]
    assert isinstance(frame["profile"][0], np.ndarray)


def test_unless_asked_for_arrays_stay_arrays(takes: at.Dataset[Take]) -> None:
    assert list(takes.to_pandas()) == ["label", "profile", "grid", "picture", "ragged", "clip"]


def test_a_column_that_cannot_be_flattened_says_why(takes: at.Dataset[Take]) -> None:
    with pytest.raises(SampleTypeError, match=r"'ragged' cannot be flattened: .* of one shape"):
        takes.to_pandas(flatten="ragged")
    with pytest.raises(SampleTypeError, match="'clip' cannot be flattened"):
        takes.to_pandas(flatten=["clip"])
    with pytest.raises(SampleFieldError, match="no column 'profil'"):
        takes.to_pandas(flatten=["profil"])
