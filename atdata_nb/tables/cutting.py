"""Cutting: a shard as several blocks of neighbouring samples, each read without the others."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from atdata_nb.errors import NotRandomAccessError
from atdata_nb.tables.extras import need

if TYPE_CHECKING:
    from collections.abc import Iterator

    from atdata_nb.batch import SampleBatch
    from atdata_nb.dataset import Dataset

# The first sample of a block and the one behind its last, counted in its shard.
Span: TypeAlias = tuple[int, int]
_AT_ONCE: Final = 1024
_PARALLEL: Final = 8


def cut(ds: Dataset[Any], blocksize: int | str | None) -> list[list[Span | None]]:
    """Return the blocks of each shard; None stands for all of a shard.

    Args:
        ds: the dataset.
        blocksize: samples of a block, or bytes as in ``"64 MB"``; None for whole shards.

    Raises:
        ValueError: that is no size of a block.
    """
    parts = ds.by_shard()
    if blocksize is None:
        return [[None] for _ in parts]
    size = need("dask.utils").parse_bytes(blocksize) if isinstance(blocksize, str) else blocksize
    if isinstance(size, bool) or size < 1:
        message = f"a block has at least one sample or byte, got blocksize={blocksize!r}"
        raise ValueError(message)
    # What is picked out of shards has no places in them that could be told beforehand.
    if ds.is_selection:
        return [[None] for _ in parts]
    one = partial(_cut_shard, size=size, is_bytes=isinstance(blocksize, str))
    with ThreadPoolExecutor(_PARALLEL, "atdata-cut") as pool:
        return list(pool.map(one, parts))


def _cut_shard(part: Dataset[Any], *, size: int, is_bytes: bool) -> list[Span | None]:
    try:
        samples = len(part)
        rows = max(1, int(size / _mean_bytes(part))) if is_bytes else size
    except NotRandomAccessError:
        return [None]
    if rows >= samples:
        return [None]
    # Evenly: no block of a few samples at the end.
    count = -(-samples // rows)
    return list(pairwise(samples * i // count for i in range(count + 1)))


def _mean_bytes(part: Dataset[Any]) -> float:
    """Bytes of a shard for each sample: where the last one begins, the others have ended."""
    others = len(part) - 1
    return part.raw_at(-1).heads[0] / others if others > 0 else float("inf")


def read_span(ds: Dataset[Any], span: Span) -> Iterator[SampleBatch[Any]]:
    """Yield the samples of a block of a dataset of one shard."""
    (shard,) = ds.list_shards()
    start, stop = span
    for at in range(start, stop, _AT_ONCE):
        raw = ds.raw_some(shard, range(at, min(at + _AT_ONCE, stop)))
        yield ds.batch_of([(block, 0, len(block)) for block in ds.decode([raw])])
