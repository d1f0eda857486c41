"""BatchStream: a dataset in batches, for one of several readers, from where it left off."""

from __future__ import annotations

import random
import secrets
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from atdata_nb.errors import ResumeError
from atdata_nb.training.reading import InOrder, Mixed, Place, Reading
from atdata_nb.training.shares import Share, deal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from atdata_nb.batch import SampleBatch
    from atdata_nb.blocks import OnError
    from atdata_nb.dataset import Dataset

T = TypeVar("T")

BUFFER: Final = 10_000
# What decides which samples a reader gets, and so must be what it was.
_FIXED: Final = {
    "share": "[reader, readers]",
    "shuffle": "a buffer of",
    "shards": "a number of shards of",
}
_STATE: Final = frozenset({*_FIXED, "epoch", "seed", "place", "ended"})


class BatchStream(Generic[T]):
    """Batches of a dataset, pass after pass.

    Args:
        ds: the dataset.
        batch_size: samples a batch.
        shuffle: whether shards and samples come in random order; or how many samples to draw from.
        seed: with the epoch, decides that order. None: another order in each pass.
        drop_last: whether a reader's last batch is left out where it is shorter.
        errors: ``raise``, or ``warn`` to step over what can't be read with a ShardWarning.

    Raises:
        ValueError: ``batch_size`` or ``shuffle`` is less than 1.

    Example:
        >>> import tempfile, pathlib
        >>> from atdata_nb import Dataset, packable
        >>> from atdata_nb.shards import write_shard
        >>> @packable
        ... class Row:
        ...     n: int
        >>> path = pathlib.Path(tempfile.mkdtemp()) / "rows.tar"
        >>> shard = write_shard(path, [Row(i) for i in range(6)])
        >>> stream = BatchStream(Dataset[Row](path), batch_size=2)
        >>> [batch.n for batch in stream.batches(Share(0, 2))]
        [[0, 2], [4]]
        >>> [batch.n for batch in stream.batches(Share(1, 2))]
        [[1, 3], [5]]
    """

    def __init__(
        self,
        ds: Dataset[T],
        *,
        batch_size: int,
        shuffle: bool | int = False,
        seed: int | None = None,
        drop_last: bool = False,
        errors: OnError = "raise",
    ) -> None:
        buffer = BUFFER if shuffle is True else int(shuffle)
        if batch_size < 1:
            raise ValueError(f"batch_size is {batch_size}; it must be at least 1")
        if buffer < 0:
            raise ValueError(f"shuffle is {buffer}; it must be at least 1, or a bool")
        self.ds, self.batch_size, self.buffer, self.seed = ds, batch_size, buffer, seed
        self.drop_last = drop_last
        self.errors: OnError = errors
        self._epoch = 0
        self._loaded: dict[str, Any] | None = None
        self._state: dict[str, Any] | None = None

    @property
    def epoch(self) -> int:
        """Number of the pass; part of what decides the order."""
        return self._epoch

    @epoch.setter
    def epoch(self, epoch: int) -> None:
        self._epoch = epoch

    def set_epoch(self, epoch: int) -> None:
        """Say which pass comes next.

        A position that was loaded holds in its own epoch only; another begins at its start.
        """
        if epoch != self.epoch:
            self._loaded = self._state = None
        self.epoch = epoch

    def batches(
        self, share: Share | None = None, *, seed: int | None = None
    ) -> Iterator[SampleBatch[T]]:
        """Iterate over one reader's batches, from where a loaded state says, or else the start.

        Args:
            share: which of how many readers this is; None for the only one.
            seed: the order of this pass, where none was given for all.

        Raises:
            ResumeError: the state that was loaded is not of this reader and data.
            ShardError: a shard or a sample can't be read.
        """
        share, loaded = share or Share(), self._loaded
        shards = self.ds.list_shards()
        start = self._start(share, len(shards), seed)
        if loaded is not None:
            _check_same(start, loaded)
            start, self._loaded = loaded, None
        self._state = start
        return self._pass(share, shards, start)

    def _start(self, share: Share, shards: int, seed: int | None) -> dict[str, Any]:
        chosen = self.seed if seed is None or self.seed is not None else seed
        if self.buffer and chosen is None:
            chosen = secrets.randbits(63)
        return {
            "epoch": self.epoch,
            "seed": chosen,
            "shuffle": self.buffer,
            "shards": shards,
            "share": [share.number, share.readers],
            "place": asdict(Place()),
            "ended": False,
        }

    def _pass(
        self, share: Share, shards: list[str], start: dict[str, Any]
    ) -> Iterator[SampleBatch[T]]:
        if start["ended"]:
            return
        reading = self._reading(share, shards, start)
        while (batch := self._next(reading)) is not None:
            self._state = start | {"place": asdict(reading.place)}
            yield batch
        self._state = start | {"place": asdict(reading.place), "ended": True}

    def _reading(self, share: Share, shards: list[str], start: dict[str, Any]) -> Reading:
        place = Place(**start["place"])
        if not self.buffer:
            return InOrder(self.ds, deal(shards, share), self.errors, place)
        # All readers draw the same order of shards, or some would be read twice and some never.
        order = f"{start['seed']}:{start['epoch']}"
        shards = random.Random(order).sample(shards, len(shards))  # noqa: S311 - no secret
        return Mixed(
            self.ds,
            deal(shards, share),
            self.errors,
            place,
            buffer=self.buffer,
            chance=random.Random(f"{order}:{share.number}"),  # noqa: S311 - no secret
        )

    def _next(self, reading: Reading) -> SampleBatch[T] | None:
        blocks, wanted = [], self.batch_size
        # More than once where samples can't be read and are stepped over.
        while wanted and (taken := reading.take(wanted)):
            found = list(self.ds.decode(taken, errors=self.errors))
            blocks += found
            wanted -= sum(map(len, found))
        if not any(map(len, blocks)) or (self.drop_last and wanted):
            return None
        return self.ds.batch_of((block, 0, len(block)) for block in blocks if len(block))

    def state_dict(self) -> dict[str, Any]:
        """Return where this reader is: after the last batch it gave; plain values only.

        What is left at the end of a pass is an empty one: one worker may be there before another.
        ``set_epoch`` begins the next.
        """
        return dict(self._loaded or self._state or {"epoch": self.epoch})

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on where a reader was; the next pass is what was left of its.

        Raises:
            ResumeError: this is no such state, or not of these settings.
        """
        given = dict(state)
        try:
            if given.keys() != {"epoch"}:
                Place(**{name: given[name] for name in _STATE}["place"])
            self.epoch = given["epoch"]
        except (KeyError, TypeError) as error:
            message = f"not a state of {type(self).__name__}: it has {', '.join(map(str, given))}"
            raise ResumeError(message) from error
        self._state = None
        self._loaded = given if len(given) > 1 else None

    def __repr__(self) -> str:
        facts = [repr(self.ds), f"batch_size={self.batch_size}"]
        facts += [f"shuffle={self.buffer}"] * bool(self.buffer)
        facts += [f"seed={self.seed}"] * (self.seed is not None)
        facts += ["drop_last=True"] * self.drop_last
        return f"{type(self).__name__}({', '.join(facts)})"


def _check_same(start: dict[str, Any], loaded: dict[str, Any]) -> None:
    for name, what in _FIXED.items():
        if start[name] != loaded[name]:
            message = (
                f"this state was saved with {what} {loaded[name]}, and now that is {start[name]}: "
                "a pass is finished as it was begun"
            )
            raise ResumeError(message)
