"""BlobPlace: shards as blobs on the user's own server."""

from __future__ import annotations

import hashlib
import math
import tempfile
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from atdata_nb.amounts import size
from atdata_nb.atmosphere.blob_source import blob_url
from atdata_nb.atmosphere.blobs import MAX_BLOB
from atdata_nb.atmosphere.companions import Companions, fitting
from atdata_nb.atmosphere.records import NAMESPACES, DatasetRecord
from atdata_nb.atmosphere.storage import TAR, Blob, Blobs
from atdata_nb.cid import blob_cid_from_sha256
from atdata_nb.dataset import Dataset
from atdata_nb.errors import (
    BlobSpaceError,
    BlobTooLargeError,
    ChecksumError,
    RecordError,
    RefusedError,
)
from atdata_nb.flows.beside import Beside, unknown
from atdata_nb.flows.place import PIECE, Survey, file_of
from atdata_nb.flows.plan import Note, Step
from atdata_nb.samples import DictSample
from atdata_nb.shards import URLSource
from atdata_nb.stores import LocalDiskStore

if TYPE_CHECKING:
    from collections.abc import Iterator

    from atdata_nb.atmosphere.client import AtmosphereClient
    from atdata_nb.atmosphere.storage import Storage
    from atdata_nb.flows.material import Material, Parcel
    from atdata_nb.flows.place import Carried, Watch
    from atdata_nb.flows.work import Work
    from atdata_nb.protocols import DataSource

_LIST_BLOBS: Final = "com.atproto.sync.listBlobs"
_PAGE: Final = 1000
# Two ends of an archive, each filled up to a record.
_ENDS: Final = 2 * 10_240
_MUCH: Final = 1 << 30
# The CID of no bytes: stands in a draft where only the run can know.
UNKNOWN: Final = "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"
_NO_ROOM: Final = frozenset({507})
_QUOTA: Final = ("quota", "storage limit", "no space", "insufficient storage", "storage full")


class BlobPlace:
    """Shards as blobs of the repository of who is logged in."""

    def __init__(self, client: AtmosphereClient, material: Material) -> None:
        self._client, self._source = client, material.source
        self._did = client.did
        self.host = urlsplit(client.resolve(client.did).pds).netloc
        said = client.blob_limit()
        self.limit = min(said or MAX_BLOB, MAX_BLOB)
        largest = max((parcel.bytes or 0 for parcel in material.parcels), default=0)
        limit = "its limit is not known" if said is None else f"limit {size(self.limit)}"
        self.words = f"on your server, as blobs ({limit}, largest shard {size(largest)})"
        self._there = set(list_blobs(client))
        self._beside = Beside({})

    def survey(self, material: Material) -> Survey:
        """Look at what the repository has already."""
        count = len(material.parcels)
        self._beside = Beside.look(material)
        drafted = Blobs(tuple(blob for one in material.parcels for blob in self._draft(one)))
        storage = fitting(drafted)
        if storage != drafted:
            self._beside = self._beside.without_room()
        steps = tuple(self._step(parcel, count) for parcel in material.parcels)
        sizes = [0 if step.reused else step.bytes for step in steps]
        moved = None if None in sizes else sum(size for size in sizes if size is not None)
        return Survey(
            steps=steps,
            storage=storage,
            moved=moved,
            urls=(),
            beside=self._beside.words,
            warnings=tuple(self._warnings(material, moved)),
            blockers=tuple(self._blockers(material)),
        )

    def _step(self, parcel: Parcel, count: int) -> Step:
        reused = self.has(parcel) is not None
        detail = "already there, reused" if reused else ""
        if not reused and self._is_too_large(parcel):
            detail = f"cut into about {self._pieces(parcel)} blobs"
        title = f"Shard {parcel.number + 1} of {count}"
        return Step(parcel.step, "shard", title, detail, parcel.bytes, reused)

    def _is_too_large(self, parcel: Parcel) -> bool:
        return parcel.bytes is not None and parcel.bytes > self.limit

    def _pieces(self, parcel: Parcel) -> int:
        return math.ceil((parcel.bytes or 0) / max(1, self.limit - _ENDS))

    def _draft(self, parcel: Parcel) -> list[Blob]:
        beside = self._beside.of(parcel)
        if self._is_too_large(parcel) and parcel.cid not in self._there:
            piece = Blob(UNKNOWN, self.limit, beside=unknown(beside, UNKNOWN))
            return [piece] * self._pieces(parcel)
        known = tuple((ending, self._referred.get(one.cid, one)) for ending, one in beside)
        return [Blob(parcel.cid or UNKNOWN, parcel.bytes or 0, beside=known)]

    @cached_property
    def _referred(self) -> dict[str, Blob]:
        """What lies beside the shards of one's own datasets, as their records refer to it."""
        return {blob.cid: blob for blob in companions_of(self._client) if blob.cid in self._there}

    def _warnings(self, material: Material, moved: int | None) -> Iterator[Note]:
        yield from self._beside.notes
        large = [parcel for parcel in material.parcels if self._is_too_large(parcel)]
        if large:
            some = "1 shard is" if len(large) == 1 else f"{len(large):,} shards are"
            yield Note(
                "size",
                f"{some} larger than the {self.limit:,} bytes that {self.host} takes",
                "nothing to do: they are cut into smaller ones on the way, the samples stay",
            )
        if moved is not None and moved > _MUCH:
            yield Note(
                "quota",
                f"{moved:,} bytes are much for a server, and {self.host} does not say how much it "
                "stores",
                "ask who runs it, or use place='s3'",
            )

    def _blockers(self, material: Material) -> Iterator[Note]:
        for parcel in material.parcels:
            if self._is_too_large(parcel) and parcel.path is not None:
                largest = max(_sizes(material, parcel), default=0)
                if largest > self.limit - _ENDS:
                    yield Note(
                        "size",
                        f"a sample of shard {parcel.number + 1} has {largest:,} bytes, and "
                        f"{self.host} takes blobs of up to {self.limit:,}",
                        "use place='s3' or another server: a sample can't be cut",
                    )
                    return

    def has(self, parcel: Parcel) -> tuple[Blob, ...] | None:
        """Return the blob that a shard is already, with all that goes with it."""
        if parcel.cid is None or parcel.cid not in self._there:
            return None
        beside = self._beside.of(parcel)
        if any(one.cid not in self._referred for _, one in beside):
            return None
        known = tuple((ending, self._referred[one.cid]) for ending, one in beside)
        return (Blob(parcel.cid, parcel.bytes or 0, beside=known),)

    def carry(self, parcel: Parcel, work: Work, watch: Watch) -> tuple[Carried, ...]:
        """Upload a shard, unless it is there; cut into smaller ones where the server wants it.

        Raises:
            BlobTooLargeError: a sample alone is larger than the server takes.
            BlobSpaceError: the server has no room.
            ChecksumError: the shard is not the one that was written.
        """
        with file_of(parcel, self._source.open_shard) as path:
            size = path.stat().st_size
            cid = parcel.cid
            if cid is None and (self._there or work.is_resumed):
                cid = _cid_of(path)
            if cid in self._there:
                return (self._accompany(Blob(cid, size), self._source, parcel.shard, work),)
            if size <= self.limit:
                try:
                    sent = self._upload(path, parcel, work, watch, cid)
                except BlobTooLargeError:
                    self.limit = min(self.limit, size // 2)
                else:
                    return (self._accompany(sent, self._source, parcel.shard, work),)
            return tuple(self._cut(path, parcel, work, watch))

    def _accompany(self, blob: Blob, source: DataSource, shard: str, work: Work) -> Blob:
        """Upload what lies beside a shard that is there; return the blob with it."""
        if not self._beside.is_carried:
            return blob
        found = Companions.of(source, shard, sha256=blob.sha256, size=blob.size)
        try:
            beside = [
                (ending, self._send(found.files[ending], one, work)) for ending, one in found.blobs
            ]
        except BlobTooLargeError:
            return blob
        return replace(blob, beside=tuple(beside))

    def _send(self, data: bytes, blob: Blob, work: Work) -> Blob:
        if blob.cid in self._referred:
            return self._referred[blob.cid]
        kept = work.get(f"blob:{blob.cid}")
        if kept is None:
            with self._told_of_room():
                sent = self._client.upload_blob(data, blob.mime_type)
            # A server may see by itself what something is, and a record has to say the same.
            kept = work.keep(f"blob:{blob.cid}", sent.get("mimeType", blob.mime_type))
        return replace(blob, mime_type=str(kept))

    def _cut(self, path: Path, parcel: Parcel, work: Work, watch: Watch) -> Iterator[Blob]:
        with _smaller(path, self.limit) as pieces:
            total, done = sum(piece.stat().st_size for piece in pieces), 0
            for piece in pieces:
                size, before = piece.stat().st_size, done

                def on_piece(sent: int, _: int | None, before: int = before) -> None:
                    watch(before + sent, total)

                cid = _cid_of(piece)
                source = URLSource(str(piece))
                if cid in self._there:
                    yield self._accompany(Blob(cid, size), source, str(piece), work)
                elif size > self.limit and size < path.stat().st_size:
                    # The server has shown since that it takes less.
                    yield from self._cut(piece, parcel, work, watch)
                else:
                    try:
                        sent = self._upload(piece, parcel, work, on_piece, cid)
                    except BlobTooLargeError:
                        if _count(piece) == 1:
                            raise
                        self.limit = min(self.limit, size // 2)
                        yield from self._cut(piece, parcel, work, watch)
                    else:
                        yield self._accompany(sent, source, str(piece), work)
                done += size

    def _upload(
        self, path: Path, parcel: Parcel, work: Work, watch: Watch, cid: str | None
    ) -> Blob:
        size = path.stat().st_size
        if cid is not None and work.get(f"blob:{cid}") is not None:
            return Blob(cid, size)
        with self._told_of_room():
            sent = self._client.upload_blob(path, TAR, progress=watch)["ref"]["$link"]
        if cid is not None and sent != cid:
            reason = "it has changed since it was written: write it again, under a new version"
            raise ChecksumError(reason, shard=parcel.shard)
        work.keep(f"blob:{sent}", size)
        return Blob(str(sent), size)

    @contextmanager
    def _told_of_room(self) -> Iterator[None]:
        try:
            yield
        except RefusedError as error:
            if error.status in _NO_ROOM or any(word in str(error).lower() for word in _QUOTA):
                raise BlobSpaceError(
                    f"{self.host} has no room for more blobs: delete datasets that nobody needs, "
                    f"ask who runs it, or use place='s3' ({error})",
                    status=error.status,
                    error=error.error,
                ) from None
            raise

    def storage(self, carried: list[Carried]) -> Storage:
        """Return the blobs, as the record refers to them."""
        return fitting(Blobs(tuple(blob for blob in carried if isinstance(blob, Blob))))

    def undo(self, work: Work) -> None:
        """Blobs that no record refers to go by themselves."""

    def url(self, blob: Blob) -> str:
        """Return how a blob is called among the URLs of a dataset."""
        return blob_url(self._did, blob.cid)


def list_blobs(client: AtmosphereClient) -> Iterator[str]:
    """Yield the CIDs of the blobs that records of one's own repository refer to."""
    owner, cursor = client.resolve(client.did), None
    while True:
        found = client.query(owner.pds, _LIST_BLOBS, did=owner.did, limit=_PAGE, cursor=cursor)
        cids = found.get("cids")
        yield from (cid for cid in cids or () if isinstance(cid, str))
        following = found.get("cursor")
        # A server that gives a cursor twice would keep us going for ever.
        if not cids or not isinstance(following, str) or following == cursor:
            return
        cursor = following


def companions_of(client: AtmosphereClient) -> Iterator[Blob]:
    """Yield what lies beside the shards of one's own datasets, as their records refer to it."""
    for space in NAMESPACES.values():
        for record in client.list_records(space.dataset):
            with suppress(RecordError):
                storage = DatasetRecord.read(record.value).storage
                for shard in storage.blobs if isinstance(storage, Blobs) else ():
                    yield from (one for _, one in shard.beside)


def _cid_of(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            digest.update(piece)
    return blob_cid_from_sha256(digest.digest())


@contextmanager
def _smaller(path: Path, limit: int) -> Iterator[list[Path]]:
    """Give files that hold the samples of a shard, each no larger than a limit if that can be."""
    with tempfile.TemporaryDirectory(prefix="atdata-nb-") as folder:
        ds: Dataset[Any] = Dataset[DictSample](path)
        # The same samples make the same bytes: cut again after a crash, they have the same CIDs.
        made = LocalDiskStore(folder).write(ds, prefix="cut", maxsize=max(1, limit - _ENDS))
        yield [Path(shard.url) for shard in made]


def _sizes(material: Material, parcel: Parcel) -> Iterator[int]:
    ds: Dataset[Any] = Dataset(material.source)
    for block in ds.raw_blocks(parcel.shard):
        yield from (memoryview(payload).nbytes for payload in block.payloads)


def _count(path: Path) -> int:
    return len(Dataset[DictSample](path))
