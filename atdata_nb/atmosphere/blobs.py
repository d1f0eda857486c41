"""BlobSource and PDSBlobStore: shards that are blobs of a repository."""

from __future__ import annotations

import hashlib
import re
import tempfile
from collections import OrderedDict, deque
from dataclasses import replace
from typing import IO, TYPE_CHECKING, Any, Final, Self, cast

from atdata_nb.atmosphere.client import AtmosphereClient
from atdata_nb.atmosphere.companions import MAX_COMPANION
from atdata_nb.atmosphere.lexicons import limit
from atdata_nb.atmosphere.names import check_repo
from atdata_nb.atmosphere.storage import ALT, TAR
from atdata_nb.cid import parse_cid
from atdata_nb.dataset import Dataset
from atdata_nb.errors import (
    AtdataError,
    BlobNotFoundError,
    BlobTooLargeError,
    ChecksumError,
    EmptyDatasetError,
    IntegrityError,
    ManifestError,
    NotRandomAccessError,
    ShardNotFoundError,
    UrlError,
)
from atdata_nb.samples import DictSample
from atdata_nb.shards.index_file import HEADER_BYTES, sha256_of
from atdata_nb.shards.sources import INDEX_ENDING
from atdata_nb.stores import LocalDiskStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from atdata_nb.atmosphere.storage import Blob
    from atdata_nb.protocols import DataSource
    from atdata_nb.shards import Shard

_BLOB = re.compile(r"at://([^/]+)/blob/([^/]+)")
# What the network's lexicon says of a shard.
MAX_BLOB: Final = limit(f"{ALT}.storageBlobs#blobEntry", "blob", "maxSize")
# The end of an archive is filled up to a record of this.
_RECORD: Final = 10_240
_PIECE: Final = 1 << 20
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
        ending = INDEX_ENDING
        if ending not in self._beside.get(shard_id, {}) or not self._is_given_in_parts(shard_id):
            return None
        try:
            data = self._companion(shard_id, ending)
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

    def _is_given_in_parts(self, shard_id: str) -> bool:
        if self._gives_parts is None:
            try:
                self._gives_parts = self._client.read_blob(*self._named(shard_id), 0, 1) is not None
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


class ChecksumSource:
    """Another source, each of its shards checked against a SHA-256 when it was read to its end.

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


class PDSBlobStore:
    """Shards as blobs of one's own repository.

    A blob is kept while a record refers to it: `AtmosphereIndex.insert_dataset` writes that
    record right after.

    Args:
        client: somebody who is logged in.
    """

    def __init__(self, client: AtmosphereClient) -> None:
        self._client = client
        # What a refusal has taught; servers need not say their limit.
        self._learnt = MAX_BLOB

    def write(
        self,
        samples: Dataset[Any] | Iterable[Any],
        *,
        prefix: str,
        progress: Callable[[int], None] | None = None,
        on_message: Callable[[str], None] | None = None,
        **options: Any,
    ) -> list[Shard]:
        """Upload samples as shards no larger than the server's limit; return what they are.

        A shard that the repository has already is not uploaded again. Where the server does not
        say its limit and refuses a shard, that one is cut into smaller ones, and those after it.

        Args:
            samples: a Dataset, or samples of one type.
            prefix: what the shards are called on their way.
            progress: called with the number of samples so far.
            on_message: called with a sentence when a shard was refused and is cut again.
            options: ``maxcount``, ``maxsize`` and ``sample_type``, as `LocalDiskStore.write`.

        Raises:
            EmptyDatasetError: there are no samples.
            BlobTooLargeError: one sample alone is larger than the server takes.
        """
        known = min(self._client.blob_limit() or MAX_BLOB, self._learnt)
        largest = min(known, options.pop("maxsize", MAX_BLOB))
        with tempfile.TemporaryDirectory(prefix="atdata-nb-") as folder:
            store = LocalDiskStore(folder)
            made = store.write(
                samples, prefix=prefix, maxsize=_room(largest), progress=progress, **options
            )
            if not made:
                raise EmptyDatasetError(f"{prefix}: there are no samples to write")
            did = self._client.did
            sent = self._upload_all(made, store, on_message or _silent)
            return [replace(shard, url=blob_url(did, shard.cid)) for shard in sent]

    def _upload_all(
        self, shards: list[Shard], store: LocalDiskStore, tell: Callable[[str], None]
    ) -> list[Shard]:
        waiting = deque(shards)
        sent: list[Shard] = []
        while waiting:
            shard = waiting.popleft()
            if shard.bytes <= self._learnt or shard.samples == 1:
                try:
                    self._upload(shard)
                except BlobTooLargeError:
                    if shard.samples == 1:
                        raise
                    self._learnt = min(self._learnt, shard.bytes // 2)
                    tell(
                        f"the server takes no shard of {shard.bytes:,} bytes: cut again, into "
                        f"shards of at most {self._learnt:,}"
                    )
                else:
                    sent.append(shard)
                    continue
            waiting.extendleft(reversed(self._cut(shard, store)))
        return sent

    def _cut(self, shard: Shard, store: LocalDiskStore) -> list[Shard]:
        # Half its samples at most: so it ends, however the samples' sizes are spread.
        return store.write(
            Dataset[DictSample](shard.url),
            prefix=f"cut/{shard.sha256}",
            maxsize=_room(self._learnt),
            maxcount=max(1, shard.samples // 2),
        )

    def _upload(self, shard: Shard) -> None:
        if not self.has(shard.cid):
            self._client.upload_blob(shard.url, TAR)

    def has(self, cid: str) -> bool:
        """Whether the repository has a blob that a record refers to."""
        try:
            self._client.open_blob(self._client.did, cid).close()
        except BlobNotFoundError:
            return False
        return True

    def write_shards(self, ds: Dataset[Any], *, prefix: str, **options: Any) -> list[str]:
        """Upload a dataset's samples as shards; return their URLs. Takes what ``write`` takes."""
        return [shard.url for shard in self.write(ds, prefix=prefix, **options)]

    def read_url(self, url: str) -> str:
        """Return the address under which anybody can read a blob now."""
        did, cid = parse_blob_url(url)
        return self._client.get_blob_url(did, cid)

    def supports_streaming(self) -> bool:
        """Blobs are read from their beginning on."""
        return True

    def source(self, urls: Sequence[str]) -> BlobSource | None:
        """Return a source of these blobs; None where one of them is none."""
        try:
            return BlobSource(urls, self._client)
        except UrlError:
            return None

    def __repr__(self) -> str:
        return f"PDSBlobStore({self._client!r})"


def _room(largest: float) -> float:
    return largest - 2 * _RECORD


def _silent(_: str) -> None:
    pass
