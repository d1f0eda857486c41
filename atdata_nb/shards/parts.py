"""Parts: some shards of a source, as a source that can travel; and blocks cut evenly."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING

from atdata_nb.errors import ShardError, ShardNotFoundError, shown_url
from atdata_nb.protocols import Divisible
from atdata_nb.shards.reader import LARGE_PAYLOAD, MAX_BLOCK, MAX_BLOCK_BYTES, RawBlock

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from atdata_nb.protocols import Buffer, DataSource


def part_of(source: DataSource, shards: Sequence[str]) -> DataSource:
    """Return some shards of any source, opened by that source and not by their names.

    Raises:
        ShardNotFoundError: the source has no such shard.
    """
    return source.only(shards) if isinstance(source, Divisible) else PartSource(source, shards)


class PartSource:
    """Some shards of a source that keeps the protocol and no more.

    Args:
        source: opens the shards.
        shards: those that this one has.
    """

    def __init__(self, source: DataSource, shards: Sequence[str]) -> None:
        self._source, self._shards = source, dict.fromkeys(shards)

    def list_shards(self) -> list[str]:
        """Identifiers of the shards, in order."""
        return list(self._shards)

    @property
    def shards(self) -> Iterator[tuple[str, IO[bytes]]]:
        """Each shard's identifier and an open stream of its bytes."""
        for shard in self._shards:
            with self.open_shard(shard) as stream:
                yield shard, stream

    def open_shard(self, shard_id: str, /) -> IO[bytes]:
        """Open one shard.

        Raises:
            ShardNotFoundError: it is none of these, or the source does not have it.
        """
        if shard_id not in self._shards:
            raise ShardNotFoundError(f"no shard {shown_url(shard_id)!r} in this part of a source")
        return self._source.open_shard(shard_id)


def even_blocks(blocks: Iterable[RawBlock]) -> Iterator[RawBlock]:
    """Cut blocks anew, so that they follow from the samples alone.

    How a stream is cut depends on how the network delivers it, and a sum of floats depends on how
    it is cut.
    """
    waiting: list[tuple[str, Buffer, int]] = []
    size = 0
    like: RawBlock | None = None
    try:
        for like in blocks:
            names = like.keys() if callable(like.keys) else like.keys
            for sample in zip(names, like.payloads, like.heads, strict=True):
                added = memoryview(sample[1]).nbytes
                if waiting and (len(waiting) >= MAX_BLOCK or size + added > MAX_BLOCK_BYTES):
                    yield _joined(like, waiting, size)
                    waiting, size = [], 0
                waiting.append(sample)
                size += added
    except ShardError:
        # What came before a fault is given before it is raised.
        if like is not None and waiting:
            yield _joined(like, waiting, size)
        raise
    if like is not None and waiting:
        yield _joined(like, waiting, size)


def _joined(like: RawBlock, samples: Sequence[tuple[str, Buffer, int]], size: int) -> RawBlock:
    keys, payloads, heads = map(list, zip(*samples, strict=True))
    return RawBlock(like.shard, keys, payloads, heads, large=size > LARGE_PAYLOAD * len(samples))
