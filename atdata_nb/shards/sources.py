"""Sources: where the shards of a dataset come from."""

from __future__ import annotations

from abc import ABC, abstractmethod
from copy import copy
from functools import cached_property
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final, Self, cast

from atdata_nb.errors import (
    NotRandomAccessError,
    RemoteError,
    ShardNotFoundError,
    UrlError,
    shown_url,
)
from atdata_nb.shards.urls import check_url, expand, local_path, scheme_of

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Iterator, Sequence

    from atdata_nb.shards.credentials import S3Access
    from atdata_nb.shards.remote import RemoteObject
    from atdata_nb.shards.web import Web

INDEX_ENDING: Final = ".idx"
MANIFEST_ENDING: Final = ".manifest.json"
COLUMNS_ENDING: Final = ".columns.parquet"
# What may lie beside a shard, and goes where it goes.
COMPANIONS: Final = (INDEX_ENDING, MANIFEST_ENDING, COLUMNS_ENDING)
TIMEOUT_SECONDS: Final = 30.0


class ShardSource(ABC):
    """What all sources of shards by path or URL have in common; any of them can be pickled."""

    # Where relative paths begin, once a source has left its process.
    _folder: Path | None = None

    @property
    @abstractmethod
    def _ids(self) -> dict[str, None]:
        """Identifiers of the shards, in order."""

    @abstractmethod
    def _remote(self, url: str) -> RemoteObject:
        """The object behind a URL that is no file here."""

    def list_shards(self) -> list[str]:
        """Paths or URLs of the shards, in order."""
        return list(self._ids)

    def only(self, shards: Sequence[str]) -> Self:
        """Return a source of some of the shards that works in other processes and places too.

        Patterns are not expanded again, relative paths stay relative to this folder, and keys that
        only this machine's environment knows go along.

        >>> source = URLSource("data/{train,test}.tar")
        >>> source.only(["data/test.tar"]).list_shards()
        ['data/test.tar']
        """
        missing = [shard for shard in shards if shard not in self._ids]
        if missing:
            message = f"no shard {shown_url(missing[0])!r} in this source"
            raise ShardNotFoundError(message)
        part = copy(self)
        part.__dict__.update(_ids=dict.fromkeys(shards), _folder=self._folder or Path.cwd())
        return part

    @property
    def shards(self) -> Iterator[tuple[str, IO[bytes]]]:
        """Each shard's identifier and an open stream of its bytes."""
        for shard in self._ids:
            with self.open_shard(shard) as stream:
                yield shard, stream

    def open_shard(self, shard_id: str, /) -> IO[bytes]:
        """Open one shard; of a remote one, nothing is read before it is asked for.

        Raises:
            ShardNotFoundError: the source has no such shard, or the file is not there.
        """
        path = self.local_path(shard_id)
        if path is None:
            from atdata_nb.shards.remote import RemoteStream

            return cast("IO[bytes]", RemoteStream(self._remote(shard_id)))
        try:
            return cast("IO[bytes]", path.open("rb"))
        except FileNotFoundError as error:
            raise ShardNotFoundError(missing_file(shard_id)) from error

    def read_range(self, shard_id: str, start: int, length: int) -> bytes:
        """Bytes ``[start, start + length)`` of a shard; fewer at its end.

        Raises:
            ShardNotFoundError: the source has no such shard, or it is not there.
            NotRandomAccessError: its server only gives it whole.
            RemoteError: its server does not give it.
        """
        path = self.local_path(shard_id)
        if path is None:
            return self._remote(shard_id).part(start, length).data
        return _read_file(path, shard_id, start, length)

    def read_index(self, shard_id: str, start: int, length: int) -> bytes | None:
        """The same of the member index beside a shard; None where there is none."""
        return self.read_beside(shard_id, INDEX_ENDING, start, length)

    def read_beside(self, shard_id: str, ending: str, start: int, length: int) -> bytes | None:
        """The same of a file beside a shard, by the ending of its name; None where there is none.

        A server that gives no ranges gives none.
        """
        path = self.local_path(shard_id)
        try:
            if path is not None:
                return _read_file(path.with_name(path.name + ending), shard_id, start, length)
            url = url_beside(shard_id, ending)
            return None if url is None else self._remote(url).part(start, length).data
        except (ShardNotFoundError, NotRandomAccessError, RemoteError):
            # Whatever is the matter with it, the shard can be read without it.
            return None

    def local_path(self, shard_id: str) -> Path | None:
        """Path of a shard's file; None where it is remote.

        Raises:
            ShardNotFoundError: the source has no such shard.
        """
        if shard_id not in self._ids:
            message = f"no shard {shown_url(shard_id)!r} in this source"
            raise ShardNotFoundError(message)
        path = local_path(shard_id)
        return None if path is None else Path(self._folder or "", path)


class URLSource(ShardSource):
    """Shards by path or URL, with brace and glob patterns.

    A pattern is expanded once. What lies behind a ``*`` can be listed on this machine and in
    ``s3:`` buckets, there also by a prefix that ends in ``/``. URLs of other people's records are
    given with ``trusted=False``; they may only name remote data.

    Args:
        url: paths or URLs: ``file:``, ``http(s):``, ``s3:``, ``gs:``, ``az:``.
        trusted: whether they come from the user.
        allow_hosts: hosts of this machine or network that untrusted ones may name.
        timeout: seconds of silence after which a request is tried again.

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
        timeout: float = TIMEOUT_SECONDS,
    ) -> None:
        given = [url] if isinstance(url, str) or hasattr(url, "__fspath__") else list(url)
        self.urls: list[str] = [str(one) for one in given]
        self.trusted = trusted
        self.allow_hosts = tuple(allow_hosts)
        self.timeout = timeout
        for one in self.urls:
            check_url(one, trusted=trusted, allow_hosts=self.allow_hosts)

    @cached_property
    def _ids(self) -> dict[str, None]:
        ids = dict.fromkeys(shard for url in self.urls for shard in expand(url))
        for one in ids:
            # {pipe:x,a}.tar only shows what it is once it is expanded.
            check_url(one, trusted=self.trusted, allow_hosts=self.allow_hosts)
        if any(scheme_of(one) == "s3" for one in ids):
            ids = dict.fromkeys(self._listed(ids))
        return ids

    def only(self, shards: Sequence[str]) -> Self:
        """Return a source of some of the shards; see `ShardSource.only`."""
        part = super().only(shards)
        part.urls = list(shards)
        if any(scheme_of(shard) == "s3" for shard in shards):
            part.__dict__["_access"] = self._access.with_keys()
        return part

    def _listed(self, urls: Iterable[str]) -> Iterator[str]:
        from atdata_nb.shards.buckets import expand_s3

        for url in urls:
            if scheme_of(url) == "s3":
                yield from expand_s3(self._bucket_web, self._access, url)
            else:
                yield url

    def _remote(self, url: str) -> RemoteObject:
        scheme = scheme_of(url)
        if scheme in {"http", "https"}:
            from atdata_nb.shards.http_object import HttpObject

            return HttpObject(self._web, shown_url(url), lambda: url)
        from atdata_nb.shards.buckets import OTHERS, s3_object, store_object

        if scheme == "s3":
            return s3_object(self._bucket_web, self._access, url)
        if scheme in OTHERS:
            return store_object(url)
        message = f"{url}: reading over the network needs another source"
        raise UrlError(message)

    @cached_property
    def _web(self) -> Web:
        from atdata_nb.shards.web import Web

        return Web(trusted=self.trusted, allow_hosts=self.allow_hosts, timeout=self.timeout)

    @cached_property
    def _bucket_web(self) -> Web:
        # Whose server a bucket is on, the user says, not the record.
        from atdata_nb.shards.web import Web

        return Web(timeout=self.timeout)

    @cached_property
    def _access(self) -> S3Access:
        from atdata_nb.shards.credentials import S3Access

        return S3Access.of()

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__.copy()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, URLSource) and self.urls == other.urls

    def __hash__(self) -> int:
        return hash(tuple(self.urls))

    def __repr__(self) -> str:
        one = len(self.urls) == 1
        return f"URLSource({repr(shown_url(self.urls[0])) if one else f'{len(self.urls)} URLs'})"


def _read_file(path: Path, shard: str, start: int, length: int) -> bytes:
    try:
        with path.open("rb") as file:
            file.seek(start)
            return file.read(length)
    except FileNotFoundError as error:
        raise ShardNotFoundError(missing_file(shard)) from error


def url_beside(shard: str, ending: str) -> str | None:
    """Return where a file beside a remote shard would be; None where it can't be read.

    >>> url_beside("s3://team/digits.tar", INDEX_ENDING)
    's3://team/digits.tar.idx'
    """
    if "?" in shard and scheme_of(shard) in {"http", "https"}:
        # A signature is good for one object only.
        return None
    return shard + ending


def missing_file(shard: str) -> str:
    """Return the sentence for a shard whose file is not there."""
    return f"{shard}: there is no such file; look at the path, or at the folder it is relative to"
