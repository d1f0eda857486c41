"""PDSBlobStore: shards as blobs of one's own repository."""

from __future__ import annotations

import tempfile
from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from atdata_nb.atmosphere.blob_source import BlobSource, blob_url, parse_blob_url
from atdata_nb.atmosphere.companions import Companions, fitting
from atdata_nb.atmosphere.lexicons import limit
from atdata_nb.atmosphere.storage import ALT, TAR, Blob, Blobs
from atdata_nb.dataset import Dataset
from atdata_nb.errors import BlobNotFoundError, BlobTooLargeError, EmptyDatasetError, UrlError
from atdata_nb.samples import DictSample
from atdata_nb.shards import URLSource
from atdata_nb.stores import LocalDiskStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from atdata_nb.atmosphere.client import AtmosphereClient
    from atdata_nb.shards import Shard

# What the network's lexicon says of a shard.
MAX_BLOB: Final = limit(f"{ALT}.storageBlobs#blobEntry", "blob", "maxSize")
# The end of an archive is filled up to a record of this.
_RECORD: Final = 10_240


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
        self._beside: dict[str, tuple[tuple[str, Blob], ...]] = {}

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
        found = Companions.of(
            URLSource(shard.url), shard.url, sha256=shard.sha256, size=shard.bytes
        )
        try:
            beside = [
                (ending, self._upload_small(found.files[ending], one))
                for ending, one in found.blobs
            ]
        except BlobTooLargeError:
            return
        self._beside[shard.cid] = tuple(beside)

    def _upload_small(self, data: bytes, blob: Blob) -> Blob:
        # A server may see by itself what something is, and a record has to say the same.
        try:
            with self._client.open_blob(self._client.did, blob.cid) as there:
                kind = there.mime_type
        except BlobNotFoundError:
            kind = str(self._client.upload_blob(data, blob.mime_type).get("mimeType", ""))
        return replace(blob, mime_type=kind or blob.mime_type)

    def blobs(self, shards: Iterable[Shard]) -> Blobs:
        """Return shards that this store has written as a record refers to them.

        With them goes what lies beside them: member index and manifest, up to 1 MB each.
        """
        made = [
            Blob(shard.cid, shard.bytes, beside=self._beside.get(shard.cid, ())) for shard in shards
        ]
        return fitting(Blobs(tuple(made)))

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
