"""BlobSource: shards that are blobs of a repository, and what lies beside them."""

from __future__ import annotations

import re
from collections import OrderedDict
from typing import IO, TYPE_CHECKING, Any, Final, cast

from atdata_nb.atmosphere.client import AtmosphereClient
from atdata_nb.atmosphere.companions import MAX_COMPANION
from atdata_nb.atmosphere.names import check_repo
from atdata_nb.cid import parse_cid
from atdata_nb.errors import (
    AtdataError,
    BlobNotFoundError,
    IntegrityError,
    ManifestError,
    NotRandomAccessError,
    ShardNotFoundError,
    UrlError,
)
from atdata_nb.shards.index_file import HEADER_BYTES, sha256_of
from atdata_nb.shards.sources import INDEX_ENDING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from atdata_nb.atmosphere.storage import Blob

_BLOB = re.compile(r"at://([^/]+)/blob/([^/]+)")
# Of what lies beside shards: it is read in parts, and several shards at a time.
_KEPT: Final = 32


def blob_url(did: str, cid: str) -> str:
    """Return how a blob is called among the URLs of a dataset."""
    return f"at://{did}/blob/{cid}"


def parse_blob_url(url: str) -> tuple[str, str]:
    """Return whose blob it is, and its CID.

    Raises:
        UrlError: that names no blob.

    >>> parse_blob_url("at://did:plc:abc/blob/bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku")[0]
    'did:plc:abc'
    """
    found = _BLOB.fullmatch(url)
    if found is None:
        raise UrlError(f"{url!r:.200} names no blob: write at://did/blob/cid")
    parse_cid(found[2])
    return check_repo(found[1]), found[2]


class BlobSource:
    """Shards that are blobs, read in constant memory and checked against their CIDs.

    What lies beside them is checked so too. Single samples are read where the server gives parts
    of a blob; those are checked against the member index alone.

    Args:
        urls: ``at://did/blob/cid``.
        client: reads; without one, a client of the public network.
        beside: blobs of the same repository that hold what lies beside a shard, by its URL and
            the ending of the file's name.

    Raises:
        UrlError: a URL names no blob.

    Example:
        >>> cid = "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"
        >>> BlobSource([f"at://did:plc:abc/blob/{cid}"])
        BlobSource(1 blob)
    """

    def __init__(
        self,
        urls: Iterable[str],
        client: AtmosphereClient | None = None,
        *,
        beside: Mapping[str, Mapping[str, Blob]] | None = None,
    ) -> None:
        self._blobs = {url: parse_blob_url(url) for url in urls}
        self._client = client or AtmosphereClient()
        self._beside = dict(beside or {})
        self._read: OrderedDict[str, bytes] = OrderedDict()
        self._gives_parts: bool | None = None

    @classmethod
    def from_refs(
        cls, refs: Iterable[Mapping[str, Any]], client: AtmosphereClient | None = None
    ) -> BlobSource:
        """Return the source of blobs that are named by ``{"did", "cid"}``.

        Raises:
            UrlError: one is not named so.

        Example:
            >>> cid = "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"
            >>> BlobSource.from_refs([{"did": "did:plc:abc", "cid": cid}]).list_shards()
            ['at://did:plc:abc/blob/bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku']
            >>> BlobSource.from_refs([{"did": "did:plc:abc"}])
            Traceback (most recent call last):
                ...
            atdata_nb.errors.UrlError: a blob is named by did and cid; 'cid' is missing
        """
        try:
            return cls([blob_url(ref["did"], ref["cid"]) for ref in refs], client)
        except KeyError as error:
            raise UrlError(f"a blob is named by did and cid; {error} is missing") from None

    def list_shards(self) -> list[str]:
        """URLs of the blobs, in order."""
        return list(self._blobs)

    def only(self, shards: Sequence[str]) -> BlobSource:
        """Return a source of some of the blobs.

        Raises:
            ShardNotFoundError: the source has no such shard.
        """
        for shard in shards:
            self._named(shard)
        beside = {shard: self._beside[shard] for shard in shards if shard in self._beside}
        return BlobSource(shards, self._client, beside=beside)

    def _named(self, shard_id: str) -> tuple[str, str]:
        found = self._blobs.get(shard_id)
        if found is None:
            raise ShardNotFoundError(f"no shard {shard_id!r:.200} in this source")
        return found

    @property
    def shards(self) -> Iterator[tuple[str, IO[bytes]]]:
        """Each blob's URL and an open stream of its bytes."""
        for url in self._blobs:
            with self.open_shard(url) as stream:
                yield url, stream

    def open_shard(self, shard_id: str, /) -> IO[bytes]:
        """Open one blob; it is checked when it was read to its end.

        Raises:
            ShardNotFoundError: the source or the server does not have it.
        """
        did, cid = self._named(shard_id)
        try:
            return cast("IO[bytes]", self._client.open_blob(did, cid))
        except BlobNotFoundError as error:
            raise ShardNotFoundError(f"{shard_id}: its server does not have it") from error

    def read_range(self, shard_id: str, start: int, length: int) -> bytes:
        """Bytes ``[start, start + length)`` of a blob; fewer at its end.

        Raises:
            ShardNotFoundError: the source or the server does not have it.
            NotRandomAccessError: its server only gives it whole.
        """
        did, cid = self._named(shard_id)
        try:
            data = self._client.read_blob(did, cid, start, length)
        except BlobNotFoundError as error:
            raise ShardNotFoundError(f"{shard_id}: its server does not have it") from error
        if data is None:
            raise NotRandomAccessError(f"{shard_id}: its server only gives blobs whole")
        return data

    def read_index(self, shard_id: str, start: int, length: int) -> bytes | None:
        """The same of its member index; None without one, and where the server gives no parts."""
        index = self._beside.get(shard_id, {}).get(INDEX_ENDING)
        if index is None or not self._is_given_in_parts(shard_id, index.cid):
            return None
        try:
            data = self._companion(shard_id, INDEX_ENDING)
        except ManifestError:
            return None
        digest: bytes = parse_cid(self._named(shard_id)[1])["hash"]["digest"]
        if data is None or sha256_of(data[:HEADER_BYTES]) != digest.hex():
            return None
        return data[start : start + length]

    def read_beside(self, shard_id: str, ending: str, start: int, length: int) -> bytes | None:
        """The same of a blob that lies beside a shard; None where there is none.

        Raises:
            ManifestError: its server sends something else.
        """
        data = self._companion(shard_id, ending)
        return None if data is None else data[start : start + length]

    def _is_given_in_parts(self, shard_id: str, small: str) -> bool:
        # Asked with a small blob: a server that does not understand sends all of it.
        if self._gives_parts is None:
            did, _ = self._named(shard_id)
            try:
                self._gives_parts = self._client.read_blob(did, small, 0, 1) is not None
            except AtdataError:
                return False
        return self._gives_parts

    def _companion(self, shard_id: str, ending: str) -> bytes | None:
        did, _ = self._named(shard_id)
        blob = self._beside.get(shard_id, {}).get(ending)
        if blob is None or blob.size > MAX_COMPANION:
            return None
        data = self._read.get(blob.cid)
        if data is None:
            try:
                with self._client.open_blob(did, blob.cid, size=blob.size) as stream:
                    data = stream.read()
            except IntegrityError as error:
                raise ManifestError(str(error)) from error
            except AtdataError:
                # Whatever is the matter with it, the shard can be read without it.
                return None
            self._read[blob.cid] = data
            while len(self._read) > _KEPT:
                self._read.popitem(last=False)
        return data

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"_read": OrderedDict()}

    def __repr__(self) -> str:
        count = len(self._blobs)
        return f"BlobSource({count} blob{'' if count == 1 else 's'})"
