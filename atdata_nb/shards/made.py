"""MadeSource: shards that are no files, but made of something else's rows as they are read."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import IO, TYPE_CHECKING, Any, Final

from atdata_nb.errors import ShardNotFoundError
from atdata_nb.samples.codec import codec_of
from atdata_nb.shards.pieces import as_file
from atdata_nb.shards.writer import ending, numbered_name, pack_samples, padding, tar_header

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from atdata_nb.protocols import Buffer

_MSGPACK: Final = b".msgpack"


class Rows(ABC):
    """Rows that can be read as samples, in parts, as often as anybody likes.

    Attributes:
        sample_type: type of the samples.
    """

    sample_type: type[Any]

    @abstractmethod
    def parts(self) -> Mapping[str, int | None]:
        """Names of the parts, in order, and the number of rows of each.

        None where rows can't be counted without reading them; then they are read in order only.
        """

    @abstractmethod
    def read(self, part: str, start: int = 0, stop: int | None = None) -> Iterator[Any]:
        """Samples of one part, from the row at ``start`` up to that at ``stop``."""


class MadeSource:
    """A DataSource whose shards are made while they are read; each part of the rows is one.

    The same rows give the same bytes. Nothing is kept: to read something often, write it
    (``index.write_samples``) and read that.

    Args:
        rows: the rows.
    """

    def __init__(self, rows: Rows) -> None:
        self.rows = rows
        self._parts = dict(rows.parts())

    def list_shards(self) -> list[str]:
        """Names of the parts, in order."""
        return list(self._parts)

    @property
    def shards(self) -> Iterator[tuple[str, IO[bytes]]]:
        """Each part's name and its samples as a tar archive."""
        for shard in self._parts:
            with self.open_shard(shard) as stream:
                yield shard, stream

    def open_shard(self, shard_id: str, /) -> IO[bytes]:
        """Open one part as a tar archive; samples are made as it is read.

        Raises:
            ShardNotFoundError: there is no such part.
        """
        self._check(shard_id)
        return as_file(_archive(self.rows, shard_id))

    def numbered(self, shard_id: str, /) -> MadeShard | None:
        """Return one part's samples by number; None where they can only be read in order.

        Raises:
            ShardNotFoundError: there is no such part.
        """
        self._check(shard_id)
        count = self._parts[shard_id]
        return None if count is None else MadeShard(self.rows, shard_id, count)

    def _check(self, shard_id: str) -> None:
        if shard_id not in self._parts:
            message = f"no shard {shard_id!r} in this source"
            raise ShardNotFoundError(message)

    def __repr__(self) -> str:
        return f"MadeSource({type(self.rows).__name__})"


class MadeShard:
    """One part's samples by number."""

    def __init__(self, rows: Rows, shard: str, count: int) -> None:
        self._rows, self.shard, self._count = rows, shard, count

    def __len__(self) -> int:
        return self._count

    def where(self, i: int) -> tuple[str, int]:
        """Key of a sample, and its number."""
        return numbered_name(i).decode(), i

    def payload(self, i: int) -> Buffer:
        """Packed bytes of one sample."""
        return self.payloads([i])[0]

    def payloads(self, numbers: Sequence[int]) -> list[Buffer]:
        """Packed bytes of some samples; neighbours are read together."""
        found: dict[int, Buffer] = {}
        pack = codec_of(self._rows.sample_type).pack_many
        for start, stop in _runs(sorted(set(numbers))):
            packed = pack(list(self._rows.read(self.shard, start, stop)))
            found.update(zip(range(start, stop), packed, strict=True))
        return [found[i] for i in numbers]


def _runs(numbers: list[int]) -> Iterator[tuple[int, int]]:
    start = 0
    for place, number in enumerate(numbers, 1):
        if place == len(numbers) or numbers[place] != number + 1:
            yield numbers[start], number + 1
            start = place


def _archive(rows: Rows, part: str) -> Iterator[bytes]:
    size = 0
    for number, payload in enumerate(pack_samples(rows.read(part))):
        header = tar_header(numbered_name(number) + _MSGPACK, len(payload))
        member = b"".join((header, payload, padding(len(payload))))
        size += len(member)
        yield member
    yield ending(size)
