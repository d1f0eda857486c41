"""Sources: where the shards of a dataset come from."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast

from atdata_nb.errors import ShardNotFoundError, UrlError
from atdata_nb.shards.urls import check_url, expand, local_path

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Sequence


class URLSource:
    """Shards by path or URL, with brace and glob patterns.

    A pattern is expanded once. URLs of other people's records are given with ``trusted=False``;
    they may only name remote data.

    Raises:
        UnsafeUrlError: a URL may not be opened from where it came from.
        PatternError: a pattern stands for too many shards.

    Example:
        >>> URLSource("data/{train,test}.tar").list_shards()
        ['data/train.tar', 'data/test.tar']
    """

    def __init__(
        self,
        url: str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
        *,
        trusted: bool = True,
        allow_hosts: Sequence[str] = (),
    ) -> None:
        given = [url] if isinstance(url, str) or hasattr(url, "__fspath__") else list(url)
        self.urls: list[str] = [str(one) for one in given]
        self.trusted = trusted
        self.allow_hosts = tuple(allow_hosts)
        for one in self.urls:
            check_url(one, trusted=trusted, allow_hosts=self.allow_hosts)

    @cached_property
    def _ids(self) -> dict[str, None]:
        ids = dict.fromkeys(shard for url in self.urls for shard in expand(url))
        for one in ids:
            # {pipe:x,a}.tar only shows what it is once it is expanded.
            check_url(one, trusted=self.trusted, allow_hosts=self.allow_hosts)
        return ids

    def list_shards(self) -> list[str]:
        """Paths or URLs of the shards, in order."""
        return list(self._ids)

    @property
    def shards(self) -> Iterator[tuple[str, IO[bytes]]]:
        """Each shard's identifier and an open stream of its bytes."""
        for shard in self._ids:
            with self.open_shard(shard) as stream:
                yield shard, stream

    def open_shard(self, shard_id: str, /) -> IO[bytes]:
        """Open one shard.

        Raises:
            ShardNotFoundError: the source has no such shard, or the file is not there.
        """
        path = self.local_path(shard_id)
        if path is None:
            message = f"{shard_id}: reading over the network needs another source"
            raise UrlError(message)
        try:
            return cast("IO[bytes]", path.open("rb"))
        except FileNotFoundError as error:
            raise ShardNotFoundError(missing_file(shard_id)) from error

    def local_path(self, shard_id: str) -> Path | None:
        """Path of a shard's file; None where it is remote.

        Raises:
            ShardNotFoundError: the source has no such shard.
        """
        if shard_id not in self._ids:
            message = f"no shard {shard_id!r} in this source"
            raise ShardNotFoundError(message)
        path = local_path(shard_id)
        return None if path is None else Path(path)

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__.copy()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, URLSource) and self.urls == other.urls

    def __hash__(self) -> int:
        return hash(tuple(self.urls))

    def __repr__(self) -> str:
        shown = repr(self.urls[0]) if len(self.urls) == 1 else f"{len(self.urls)} URLs"
        return f"URLSource({shown})"


def missing_file(shard: str) -> str:
    """Return the sentence for a shard whose file is not there."""
    return f"{shard}: there is no such file; look at the path, or at the folder it is relative to"
