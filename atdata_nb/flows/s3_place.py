"""S3Place: shards in the user's bucket, named in the record by their public addresses."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlsplit

from atdata_nb.atmosphere.storage import Location, Urls
from atdata_nb.errors import ChecksumError, FlowError, RemoteError, ShardNotFoundError
from atdata_nb.flows.beside import Beside
from atdata_nb.flows.place import PIECE, Survey, file_of
from atdata_nb.flows.plan import Note, Step
from atdata_nb.flows.privacy import unreachable
from atdata_nb.index.writing import prefix_of
from atdata_nb.shards import URLSource
from atdata_nb.stores.prefixes import check_prefix, shard_name

if TYPE_CHECKING:
    from pathlib import Path

    from atdata_nb.atmosphere.client import AtmosphereClient
    from atdata_nb.atmosphere.storage import Storage
    from atdata_nb.flows.material import Material, Parcel
    from atdata_nb.flows.place import Carried, Watch
    from atdata_nb.flows.work import Work
    from atdata_nb.stores import S3DataStore

_OBJECT: Final = "object:"
_UPLOAD: Final = "upload:"


class S3Place:
    """Shards in a bucket that everybody may read.

    Args:
        store: writes there.
        client: says which hosts of this machine a record may name.
        material: what goes there.
        name: of the dataset.
        public_url: what stands before the objects' keys in public addresses, where that is not
            the bucket's own address.
    """

    def __init__(
        self,
        store: S3DataStore,
        client: AtmosphereClient,
        material: Material,
        name: str,
        public_url: str | None = None,
    ) -> None:
        self._store, self._source = store, material.source
        self._allow = client.allow_hosts
        parts = check_prefix(prefix_of(name))
        self._folder, self._start = parts[-1], f"s3://{store.bucket}/{'/'.join(parts)}/"
        self._base = None if public_url is None else public_url.rstrip("/")
        self.words = f"in your bucket {store.bucket}, for everybody to read"
        self.host = urlsplit(self._public(f"{self._start}x")).netloc
        self._there = set(store.list("/".join(parts)))
        self._is_public = False

    def _public(self, url: str) -> str:
        if self._base is None:
            return self._store.public_url(url)
        return f"{self._base}/{quote(url.removeprefix(f's3://{self._store.bucket}/'))}"

    def _url(self, parcel: Parcel, sha256: str) -> str:
        return self._start + shard_name(self._folder, parcel.number, sha256)

    def survey(self, material: Material) -> Survey:
        """Look at what the bucket has already."""
        count = len(material.parcels)
        steps = []
        for parcel in material.parcels:
            reused = self.has(parcel) is not None
            detail = "already there, reused" if reused else f"to {self.host}"
            title = f"Shard {parcel.number + 1} of {count}"
            steps.append(Step(parcel.step, "shard", title, detail, parcel.bytes, reused))
        sizes = [0 if step.reused else step.bytes for step in steps]
        places = [
            Location(self._public(self._url(one, one.sha256 or "0" * 64)), one.sha256)
            for one in material.parcels
        ]
        urls = tuple(one.url for one in places)
        found = [note.text for note in unreachable(urls[:1], self._allow)]
        blockers = [
            Note("urls", text, "name the bucket's public address: public_url='https://…'")
            for text in found
        ]
        public = Note(
            "public",
            f"everybody has to be able to read what is in {self._store.bucket} below "
            f"{self._folder}/",
            "the first shard is tried without credentials; where that fails, nothing is published",
        )
        return Survey(
            steps=tuple(steps),
            storage=Urls(tuple(places)),
            moved=None if None in sizes else sum(size for size in sizes if size is not None),
            urls=urls,
            warnings=(public,),
            blockers=tuple(blockers),
            beside=Beside.look_at_files(material).words,
        )

    def has(self, parcel: Parcel) -> tuple[Carried, ...] | None:
        """Return where a shard is, if the bucket has it already."""
        if parcel.sha256 is None or self._url(parcel, parcel.sha256) not in self._there:
            return None
        return (Location(self._public(self._url(parcel, parcel.sha256)), parcel.sha256),)

    def carry(self, parcel: Parcel, work: Work, watch: Watch) -> tuple[Carried, ...]:
        """Upload a shard, unless it is there.

        Raises:
            ChecksumError: the shard is not the one that was written.
            FlowError: nobody else can read it there.
            RemoteError: the server does not take it.
        """
        with file_of(parcel, self._source.open_shard) as path:
            sha256 = _sha256_of(path)
            if parcel.sha256 not in {None, sha256}:
                reason = "it has changed since it was written: write it again, as a new version"
                raise ChecksumError(reason, shard=parcel.shard)
            url = self._url(parcel, sha256)
            if url not in self._there:
                # Before it is there: what a crash leaves behind can be found and taken away.
                work.keep(_OBJECT + url, sha256)
                self._put(path, url, work, watch)
            found = Location(self._public(url), sha256)
            self._check_public(found.url)
            return (found,)

    def _put(self, path: Path, url: str, work: Work, watch: Watch) -> None:
        self._abort(url, work)

        def begun(upload: str) -> None:
            work.keep(_UPLOAD + url, upload)

        self._store.put_shard(path, url, progress=watch, begun=begun)
        work.drop(_UPLOAD + url)

    def _abort(self, url: str, work: Work) -> None:
        """Throw away what a run that was killed has sent of a shard."""
        upload = work.get(_UPLOAD + url)
        if upload is not None:
            self._store.abort_upload(url, upload)
            work.drop(_UPLOAD + url)

    def _check_public(self, url: str) -> None:
        if self._is_public:
            return
        source = URLSource([url], trusted=False, allow_hosts=self._allow)
        try:
            with source.open_shard(url) as stream:
                stream.read(1)
        except (RemoteError, ShardNotFoundError) as error:
            raise FlowError(
                f"{url} can't be read without credentials ({error}): let everybody read the "
                "bucket (a policy that allows s3:GetObject), or use place='blobs'"
            ) from error
        self._is_public = True

    def storage(self, carried: list[Carried]) -> Storage:
        """Return the addresses, as the record names them."""
        return Urls(tuple(one for one in carried if isinstance(one, Location)))

    def undo(self, work: Work) -> None:
        """Delete the objects that a run has made, whole or in part."""
        for url in work.having(_OBJECT):
            self._abort(url, work)
            with suppress(ShardNotFoundError):
                self._store.delete(url)
            work.drop(_OBJECT + url)


def _sha256_of(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            digest.update(piece)
    return digest.hexdigest()
