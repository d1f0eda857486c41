"""ChecksumSource: shards behind URLs, checked against what a record says of them."""

from __future__ import annotations

import hashlib
from typing import IO, TYPE_CHECKING, Any, Final, Self, cast

from atdata_nb.errors import ChecksumError, NotRandomAccessError
from atdata_nb.protocols import Accompanied, Indexed, RangeReadable
from atdata_nb.shards.index_file import sha256_of
from atdata_nb.shards.parts import part_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from atdata_nb.protocols import DataSource

_PIECE: Final = 1 << 20


class ChecksumSource:
    """Another source, each of its shards checked against a SHA-256 when it was read to its end.

    What lies beside a shard is used only where it was made of a shard of that SHA-256.

    Args:
        source: opens the shards.
        sha256: hexadecimal SHA-256 by shard.
    """

    def __init__(self, source: DataSource, sha256: Mapping[str, str]) -> None:
        self._source, self._sha256 = source, dict(sha256)

    def list_shards(self) -> list[str]:
        """Identifiers of the shards, in order."""
        return self._source.list_shards()

    @property
    def shards(self) -> Iterator[tuple[str, IO[bytes]]]:
        """Each shard's identifier and an open stream of its bytes."""
        for shard in self.list_shards():
            with self.open_shard(shard) as stream:
                yield shard, stream

    def open_shard(self, shard_id: str, /) -> IO[bytes]:
        """Open one shard."""
        stream = self._source.open_shard(shard_id)
        expected = self._sha256.get(shard_id)
        if expected is None:
            return stream
        return cast("IO[bytes]", _Checked(stream, shard_id, expected))

    def only(self, shards: Sequence[str]) -> ChecksumSource:
        """Return a source of some of the shards.

        Raises:
            ShardNotFoundError: the source has no such shard.
        """
        known = {shard: self._sha256[shard] for shard in shards if shard in self._sha256}
        return ChecksumSource(part_of(self._source, shards), known)

    def sha256(self, shard_id: str, /) -> str | None:
        """SHA-256 that a shard must have; None where that is not known."""
        return self._sha256.get(shard_id)

    def read_range(self, shard_id: str, start: int, length: int) -> bytes:
        """Bytes ``[start, start + length)`` of a shard; nobody can check them alone.

        Raises:
            NotRandomAccessError: the source only gives it whole.
        """
        if not isinstance(self._source, RangeReadable):
            raise NotRandomAccessError(f"{shard_id}: its source only gives it whole")
        return self._source.read_range(shard_id, start, length)

    def read_index(self, shard_id: str, start: int, length: int) -> bytes | None:
        """The same of its member index; None without one, and with one of another shard."""
        if not isinstance(self._source, Indexed):
            return None
        data = self._source.read_index(shard_id, start, length)
        other = data and not start and sha256_of(data) != self._sha256.get(shard_id)
        return None if other and shard_id in self._sha256 else data

    def read_beside(self, shard_id: str, ending: str, start: int, length: int) -> bytes | None:
        """The same of a file beside it, by the ending of its name; None where there is none."""
        if not isinstance(self._source, Accompanied):
            return None
        return self._source.read_beside(shard_id, ending, start, length)


class _Checked:
    def __init__(self, stream: IO[bytes], shard: str, expected: str) -> None:
        self._stream, self._shard, self._expected = stream, shard, expected
        self._sum = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data = self._stream.read(size)
        self._sum.update(data)
        return data

    def finish(self) -> None:
        while self.read(_PIECE):
            pass
        if self._sum.hexdigest() != self._expected:
            reason = "its SHA-256 is not the one that its record says"
            raise ChecksumError(reason, shard=self._shard)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()
