"""Stretches: a dataset read in order, a sample that does not decode keeping its place."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from atdata_nb.batch import SampleBatch
from atdata_nb.errors import ShardError, ShardNotFoundError, shown_url
from atdata_nb.tables.columns import Columns, columns_of_batch
from atdata_nb.views.text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from atdata_nb.dataset import Dataset
    from atdata_nb.shards import RawBlock


@dataclass(frozen=True, slots=True)
class Stretch:
    """Neighbouring rows.

    Attributes:
        start: number of the first row.
        batch: the rows that decode, in order.
        columns: their fields.
        faults: why the others do not, by the row's place in the stretch.
    """

    start: int
    batch: SampleBatch[Any]
    columns: Columns
    faults: dict[int, str]

    def __len__(self) -> int:
        return len(self.batch) + len(self.faults)

    def places(self) -> list[int | None]:
        """Where in the batch each row is; None of one that does not decode."""
        good = iter(range(len(self.batch)))
        return [None if i in self.faults else next(good) for i in range(len(self))]

    def cut(self, rows: int) -> tuple[Stretch, Stretch]:
        """Return its first rows, and the rest."""
        if rows >= len(self):
            return self, stretch_of(self.start + len(self), [], self.batch.sample_type, {})
        good = rows - sum(place < rows for place in self.faults)
        faults = {i: why for i, why in self.faults.items() if i < rows}
        rest = {i - rows: why for i, why in self.faults.items() if i >= rows}
        return (
            Stretch(self.start, self.batch[:good], self.columns.cut(0, good), faults),
            Stretch(
                self.start + rows, self.batch[good:], self.columns.cut(good, len(self.batch)), rest
            ),
        )


def why(error: BaseException) -> str:
    """Return why a row cannot be shown, in a line: the reason first, then where."""
    if isinstance(error, ShardError) and error.member is not None:
        place = f" at byte {error.offset:,}" if error.offset is not None else ""
        file = shown_url(error.shard).rstrip("/").rpartition("/")[2]
        return one_line(f"{error.reason} · {error.member}{place} of {file}", 300)
    return one_line(f"{type(error).__name__}: {error}", 300)


def stretch_of(
    start: int, samples: list[Any], sample_type: type[Any], faults: dict[int, str]
) -> Stretch:
    """Return a stretch of samples that are at hand."""
    batch = SampleBatch(samples, sample_type=sample_type)
    return Stretch(start, batch, columns_of_batch(batch, stack=False), faults)


def stretches(
    ds: Dataset[Any], *, first: int | None = None, whole: bool = False
) -> Iterator[Stretch]:
    """Read a dataset from its start.

    A shard that is damaged ends in a row that says so, and the next shard follows.

    Args:
        ds: the dataset.
        first: rows of the first stretch at most; a stream then reads no further ahead.
        whole: whether samples are made too, which their own class may refuse, and not columns
            alone.

    Raises:
        ShardError: nothing at all can be read.
    """
    start = 0
    for shard in ds.list_shards():
        try:
            for raw in ds.raw_blocks(shard, first=first):
                stretch = _decoded(ds, raw, start, whole=whole)
                start += len(stretch)
                yield stretch
        except (ShardError, ShardNotFoundError) as error:
            if start == 0:
                raise
            yield stretch_of(start, [], ds.sample_type, {0: why(error)})
            start += 1


def _decoded(ds: Dataset[Any], raw: RawBlock, start: int, *, whole: bool) -> Stretch:
    try:
        batch = ds.batch_of([(block, 0, len(block)) for block in ds.decode([raw])])
        columns = columns_of_batch(batch, stack=False)
        if len(batch.samples if whole else batch) == len(raw.payloads):
            return Stretch(start, batch, columns, {})
    except Exception:  # noqa: BLE001, S110 - found again one by one, and said of the one
        pass
    good: list[Any] = []
    faults: dict[int, str] = {}
    keys = raw.keys() if callable(raw.keys) else raw.keys
    for i, payload in enumerate(raw.payloads):
        alone = dataclasses.replace(
            raw, keys=keys[i : i + 1], payloads=[payload], heads=raw.heads[i : i + 1]
        )
        try:
            blocks = [(block, 0, len(block)) for block in ds.decode([alone])]
            good += ds.batch_of(blocks).samples
        except Exception as error:  # noqa: BLE001 - whatever a sample or a lens raises
            faults[i] = why(error)
    return stretch_of(start, good, ds.sample_type, faults)
