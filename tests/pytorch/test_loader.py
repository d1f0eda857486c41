from __future__ import annotations

import pickle
import warnings
from pathlib import Path
from typing import Any

import pytest
import torch
from pytorch.conftest import SAMPLES, write
from pytorch.types_of_samples import Double, Row
from torch.utils.data import DataLoader, IterableDataset

from atdata_nb import Dataset
from atdata_nb.errors import ShardWarning

# Three workers on a machine with two processors are what is tested here.
pytestmark = pytest.mark.filterwarnings("ignore:This DataLoader will create:UserWarning")
WORKERS = [
    (workers, start, shards, shuffle)
    for workers, start in ((0, None), (2, "fork"), (3, "fork"))
    for shards, shuffle in ((1, 0), (2, 1000), (5, 0), (5, 20))
    # Workers that start afresh import torch first, which takes seconds for each.
] + [(2, "spawn", 1, 0), (3, "spawn", 2, 1000), (3, "spawn", 5, 0)]


def loader(data: Any, workers: int = 0, start: str | None = None, **settings: Any) -> Any:
    return DataLoader(
        data, batch_size=None, num_workers=workers, multiprocessing_context=start, **settings
    )


def numbers(batches: Any) -> list[list[int]]:
    return [batch["n"].tolist() for batch in batches]


def flat(batches: list[list[int]]) -> list[int]:
    return [n for batch in batches for n in batch]


def test_it_is_an_iterable_dataset_of_torchs(ds: Dataset[Row]) -> None:
    data = ds.torch(batch_size=8)
    assert isinstance(data, IterableDataset)
    batch = next(iter(data))
    assert torch.equal(batch["n"], torch.arange(8))
    assert (batch["image"].dtype, batch["image"].shape) == (torch.float32, (8, 4, 3))
    assert repr(data) == f"TorchBatches({ds!r}, batch_size=8)"


@pytest.mark.parametrize(("workers", "start", "shards", "shuffle"), WORKERS)
def test_workers_together_give_every_sample_once(
    tmp_path: Path, workers: int, start: str | None, shards: int, shuffle: int
) -> None:
    ds = write(tmp_path, shards)
    # Both used before: what is open in this process must not disturb the workers.
    assert (len(ds), ds[3].n) == (SAMPLES, 3)
    data = ds.torch(batch_size=4, shuffle=shuffle)
    given = list(loader(data, workers, start))
    assert sorted(flat(numbers(given))) == list(range(SAMPLES))
    assert all(torch.equal(b["image"][:, 0, 0], b["n"].float()) for b in given)
    if not workers and not shuffle:
        assert flat(numbers(given)) == list(range(SAMPLES))


@pytest.mark.parametrize("start", ["fork", "spawn"])
def test_workers_see_through_lenses(ds: Dataset[Row], start: str) -> None:
    data = ds.as_type(Double).torch(batch_size=4)
    given = [batch["twice"].tolist() for batch in loader(data, 2, start)]
    assert sorted(flat(given)) == list(range(0, 2 * SAMPLES, 2))


@pytest.mark.parametrize(
    ("start", "settings"),
    [
        ("fork", {}),
        ("fork", {"persistent_workers": True}),
        ("spawn", {"persistent_workers": True}),
    ],
)
def test_workers_hear_of_the_next_epoch(
    ds: Dataset[Row], start: str, settings: dict[str, bool]
) -> None:
    data = ds.torch(batch_size=4, shuffle=True, seed=1)
    passes = []
    loaded = loader(data, 2, start, **settings)
    for epoch in (0, 1, 0):
        data.set_epoch(epoch)
        passes.append(numbers(loaded))
    assert passes[0] == passes[2] != passes[1]
    assert all(sorted(flat(each)) == list(range(SAMPLES)) for each in passes)


@pytest.mark.parametrize(
    ("workers", "settings"), [(0, {}), (2, {}), (2, {"persistent_workers": True})]
)
def test_without_a_seed_every_pass_has_its_own_order(
    ds: Dataset[Row], workers: int, settings: dict[str, bool]
) -> None:
    data = ds.torch(batch_size=4, shuffle=True)
    loaded = loader(data, workers, **settings)
    passes = [numbers(loaded) for _ in range(3)]
    assert all(sorted(flat(each)) == list(range(SAMPLES)) for each in passes)
    assert len({str(each) for each in passes}) == 3


def test_torchs_seed_decides_where_none_is_given(ds: Dataset[Row]) -> None:
    orders = []
    for workers in (0, 0, 2, 2):
        torch.manual_seed(7)
        orders.append(numbers(loader(ds.torch(batch_size=4, shuffle=True), workers)))
    assert orders[0] == orders[1]
    assert orders[2] == orders[3]


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("shards", [1, 3])
def test_processes_together_give_every_sample_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shards: int, workers: int
) -> None:
    ds = write(tmp_path, shards)
    monkeypatch.setenv("WORLD_SIZE", "2")
    given = []
    for rank in ("0", "1"):
        monkeypatch.setenv("RANK", rank)
        given += flat(numbers(loader(ds.torch(batch_size=4, shuffle=True, seed=3), workers)))
    assert sorted(given) == list(range(SAMPLES))


def test_processes_cannot_shuffle_without_a_seed(
    ds: Dataset[Row], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.setenv("RANK", "0")
    with pytest.raises(ValueError, match="needs a seed"):
        iter(ds.torch(batch_size=4, shuffle=True))


def _read_as(rank: int, world: int, meeting: str, data: Any, out: str) -> None:
    torch.distributed.init_process_group("gloo", init_method=meeting, rank=rank, world_size=world)
    given = [numbers(data)]
    given += [
        numbers(loader(data, workers, start)) for workers, start in ((2, "fork"), (1, "spawn"))
    ]
    torch.save(given, f"{out}/{rank}.pt")
    torch.distributed.destroy_process_group()


def test_process_groups_divide_the_data(ds: Dataset[Row], tmp_path: Path) -> None:
    data = ds.torch(batch_size=4, shuffle=True, seed=3)
    arguments = (2, f"file://{tmp_path}/meeting", data, str(tmp_path))
    torch.multiprocessing.spawn(_read_as, arguments, nprocs=2)
    parts = [torch.load(tmp_path / f"{rank}.pt") for rank in range(2)]
    for first, second in zip(*parts, strict=True):
        assert first
        assert second
        assert sorted(flat(first) + flat(second)) == list(range(SAMPLES))


@pytest.mark.parametrize("shuffle", [0, 8])
def test_a_pass_goes_on_after_its_last_batch(ds: Dataset[Row], shuffle: int) -> None:
    def made() -> Any:
        data = ds.torch(batch_size=4, shuffle=shuffle, seed=3)
        data.set_epoch(2)
        return data

    whole = numbers(made())
    first = made()
    batches = iter(loader(first))
    assert numbers(next(batches) for _ in range(5)) == whole[:5]
    second = ds.torch(batch_size=4, shuffle=shuffle, seed=3)
    second.load_state_dict(pickle.loads(pickle.dumps(first.state_dict())))
    assert numbers(loader(second)) == whole[5:]
    assert numbers(loader(second)) == whole


def test_damage_is_stepped_over_in_workers(ds: Dataset[Row]) -> None:
    Path(ds.list_shards()[2]).write_bytes(b"damaged")
    data = ds.torch(batch_size=4, errors="warn")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ShardWarning)
        here = flat(numbers(data))
        given = flat(numbers(loader(data, 2)))
    assert sorted(given) == here
    assert 0 < len(here) < SAMPLES
    with pytest.raises(Exception, match=r"2\.tar"):
        list(loader(ds.torch(batch_size=4), 2))


def test_it_goes_from_process_to_process(ds: Dataset[Row]) -> None:
    data = ds.torch(batch_size=4, shuffle=True, seed=1)
    data.set_epoch(3)
    again = pickle.loads(pickle.dumps(data))
    assert type(again) is type(data)
    assert numbers(again) == numbers(data)
