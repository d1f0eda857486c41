"""TorchBatches: a torch IterableDataset over a dataset, for any number of processes and workers.

Its class is made when it is first asked for, as it derives from one of torch's.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from atdata_nb.tables.extras import need
from atdata_nb.training.shares import Share
from atdata_nb.training.stream import BatchStream
from atdata_nb.training.tensors import to_tensors

if TYPE_CHECKING:
    from collections.abc import Iterator

    from atdata_nb.dataset import Dataset


def torch_batches(ds: Dataset[Any], **settings: Any) -> Any:
    """Return a ``torch.utils.data.IterableDataset`` over a dataset.

    Args:
        ds: the dataset.
        settings: what BatchStream takes.

    Raises:
        MissingExtraError: torch is not installed.
    """
    return _class()(ds, **settings)


def __getattr__(name: str) -> Any:
    # Under this name, pickle finds the class again in a worker that was just started.
    if name != "TorchBatches":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return _class()


def _class() -> Any:
    if "TorchBatches" not in globals():
        torch_dataset = need("torch.utils.data").IterableDataset
        attributes = {"__doc__": _TorchBatches.__doc__}
        made = type("TorchBatches", (_TorchBatches, torch_dataset), attributes)
        made.__module__ = __name__
        globals()["TorchBatches"] = made
    return globals()["TorchBatches"]


class _TorchBatches(BatchStream[Any]):
    """Batches as dicts of tensors; for a DataLoader with ``batch_size=None``.

    Each worker of each process (by ``torch.distributed`` or, before it is initialised, by
    ``RANK`` and ``WORLD_SIZE``) reads its own share.
    """

    def __init__(self, ds: Dataset[Any], **settings: Any) -> None:
        super().__init__(ds, **settings)
        # Shared with workers: those that persist would not hear of the next epoch otherwise.
        self._shared = need("torch").tensor(0).share_memory_()
        self._node: tuple[int, int] | None = None
        self._passes = 0

    @property
    def epoch(self) -> int:
        """Number of the pass; part of what decides the order."""
        return int(self._shared)

    @epoch.setter
    def epoch(self, epoch: int) -> None:
        self._shared.fill_(epoch)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        rank, world = _node() or self._node or (0, 1)
        if world > 1 and self.buffer and self.seed is None:
            message = "shuffling in several processes needs a seed: all must draw the same order"
            raise ValueError(message)
        info = need("torch.utils.data").get_worker_info()
        worker, workers = (0, 1) if info is None else (info.id, info.num_workers)
        # What the workers of one loader have in common, and no two passes of a loader do.
        seed = need("torch").initial_seed() if info is None else info.seed - info.id
        share = Share(rank * workers + worker, world * workers)
        self._passes += 1
        return map(to_tensors, self.batches(share, seed=seed + self._passes))

    def __getstate__(self) -> dict[str, Any]:
        # A worker that is started afresh has no process group to ask.
        return self.__dict__ | {"_node": _node()}


def _node() -> tuple[int, int] | None:
    distributed = need("torch").distributed
    if distributed.is_available() and distributed.is_initialized():
        return distributed.get_rank(), distributed.get_world_size()
    if "RANK" in os.environ and "WORLD_SIZE" in os.environ:
        return int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])
    return None
