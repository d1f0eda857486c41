from __future__ import annotations

from typing import Any

import pytest
from pytorch.types_of_samples import Row
from torchdata.stateful_dataloader import StatefulDataLoader

from atdata_nb import Dataset

# torchdata 0.11 calls something that torch 2.13 calls deprecated, and minds three workers.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:torchdata")
CASES = [
    (0, None, 0, (1, 7, 16)),
    (0, None, 20, (1, 7, 16)),
    (2, "fork", 20, (1, 7, 17)),
    (3, "fork", 0, (1, 7, 17)),
    (2, "spawn", 20, (7,)),
]


def loader(ds: Dataset[Row], workers: int, start: str | None, shuffle: int) -> Any:
    data = ds.torch(batch_size=3, shuffle=shuffle, seed=9)
    return StatefulDataLoader(
        data, batch_size=None, num_workers=workers, multiprocessing_context=start
    )


def numbers(batches: Any) -> list[list[int]]:
    return [batch["n"].tolist() for batch in batches]


@pytest.mark.parametrize(("workers", "start", "shuffle", "places"), CASES)
def test_torchdatas_loader_goes_on_where_all_its_workers_were(
    ds: Dataset[Row], workers: int, start: str | None, shuffle: int, places: tuple[int, ...]
) -> None:
    whole = numbers(loader(ds, workers, start, shuffle))
    for seen in places:
        first = loader(ds, workers, start, shuffle)
        batches = iter(first)
        assert numbers(next(batches) for _ in range(seen)) == whole[:seen]
        second = loader(ds, workers, start, shuffle)
        second.load_state_dict(first.state_dict())
        assert numbers(second) == whole[seen:]


@pytest.mark.parametrize("workers", [0, 2])
def test_a_finished_pass_is_followed_by_a_whole_one(ds: Dataset[Row], workers: int) -> None:
    first = loader(ds, workers, None, shuffle=0)
    whole = numbers(first)
    assert numbers(first) == whole
    second = loader(ds, workers, None, shuffle=0)
    second.load_state_dict(first.state_dict())
    assert numbers(second) == whole
