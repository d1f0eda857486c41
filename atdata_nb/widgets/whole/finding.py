"""Finding: one sample of a dataset by its number, with its place, whichever way that can be had."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Any, Final

from atdata_nb.errors import NotRandomAccessError, RemoteError, ShardError, ShardNotFoundError
from atdata_nb.views.text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from atdata_nb.dataset import Dataset
    from atdata_nb.protocols import Buffer
    from atdata_nb.shards import RawBlock

# The kernel answers one request at a time, so what has to be read in order is read in strides.
STRIDE: Final = 0.12
_FIRST: Final = 20


@dataclass(frozen=True, slots=True)
class Found:
    """A sample, or why it does not decode.

    Attributes:
        row: its number in the dataset.
        shard: the shard it is in.
        key: its key; empty where a shard ends in a fault instead.
        offset: of its tar header in the uncompressed shard; None where that is not known.
        payload: its bytes as they are stored.
        sample: the sample; None where there is a fault.
        fault: why it does not decode.
    """

    row: int
    shard: str
    key: str
    offset: int | None
    payload: Buffer
    sample: Any
    fault: str = ""


class Finder:
    """Finds samples of one dataset.

    Attributes:
        total: how many there are; None where that cannot be known without reading them all.
        looked: how many were passed so far on the way to one that must be read in order.
    """

    def __init__(self, dataset: Dataset[Any]) -> None:
        self._dataset = dataset
        self.total: int | None = None
        self.looked = 0
        try:
            self.total = len(dataset)
        except (NotRandomAccessError, ShardError):
            # A damaged shard too: what comes before the damage can be read in order.
            self._begin()

    def find(self, row: int) -> Found | None:
        """Return a sample; None when it was not reached yet: ask again.

        Raises:
            IndexError: there are fewer samples.
            ShardError: nothing at all can be read.
        """
        if self.total is None:
            return self._reached(row)
        return self._decoded(row, self._dataset.raw_at(row))

    def _begin(self) -> None:
        self._start = 0
        self._here: _Piece | _Stop = _Stop("", "")
        self._steps = self._walk()

    def _reached(self, row: int) -> Found | None:
        if row < self._start:
            self._begin()
        end = monotonic() + STRIDE
        while row >= self._start + len(self._here):
            if monotonic() > end:
                self.looked = self._start + len(self._here)
                return None
            self._step()
        if isinstance(self._here, _Stop):
            return Found(row, self._here.shard, "", None, b"", None, self._here.fault)
        return self._decoded(row, _one(self._here.block, row - self._start))

    def _step(self) -> None:
        passed = self._start + len(self._here)
        step = next(self._steps, None)
        if step is None:
            self._begin()
            message = f"there are {passed:,} samples, and none with number {passed}"
            raise IndexError(message)
        self._start, self._here = passed, step

    def _walk(self) -> Iterator[_Piece | _Stop]:
        """Read the shards; one that is damaged ends in a row that says so."""
        nothing = True
        for shard in self._dataset.list_shards():
            try:
                for block in self._dataset.raw_blocks(shard, first=_FIRST):
                    nothing = False
                    yield _Piece(block)
            except (ShardError, ShardNotFoundError) as error:
                if nothing:
                    raise
                yield _Stop(shard, _why(error))

    def _decoded(self, row: int, raw: RawBlock) -> Found:
        (key,) = raw.keys() if callable(raw.keys) else raw.keys
        sample, fault = None, ""
        try:
            blocks = self._dataset.decode([raw])
            (sample,) = self._dataset.batch_of([(block, 0, 1) for block in blocks]).samples
        except RemoteError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever a sample's class or a lens raises
            fault = _why(error)
        return Found(row, raw.shard, key, raw.heads[0], raw.payloads[0], sample, fault)


@dataclass(frozen=True, slots=True)
class _Piece:
    block: RawBlock

    def __len__(self) -> int:
        return len(self.block.payloads)


@dataclass(frozen=True, slots=True)
class _Stop:
    """Where a shard ends in a fault; before the first step, nothing at all."""

    shard: str
    fault: str

    def __len__(self) -> int:
        return 1 if self.fault else 0


def _one(raw: RawBlock, i: int) -> RawBlock:
    keys = raw.keys() if callable(raw.keys) else raw.keys
    return dataclasses.replace(
        raw, keys=[keys[i]], payloads=[raw.payloads[i]], heads=raw.heads[i : i + 1]
    )


def _why(error: BaseException) -> str:
    return one_line(f"{type(error).__name__}: {error}", 500)
