"""S3DataStore: shards in a bucket, named by what is in them."""

from __future__ import annotations

import tempfile
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from atdata_nb.errors import EmptyDatasetError, ShardNotFoundError, UnsafePathError
from atdata_nb.manifests.collecting import collectors
from atdata_nb.shards import ShardWriter
from atdata_nb.shards.buckets import s3_keys, split_bucket_url
from atdata_nb.shards.credentials import MAX_EXPIRY, S3Access, check_bucket
from atdata_nb.shards.s3_source import S3Source
from atdata_nb.shards.sources import COMPANIONS, TIMEOUT_SECONDS
from atdata_nb.shards.web import Web
from atdata_nb.stores.packing import MAX_COUNT, MAX_SIZE, Turn, cut, payloads, stored_type_of
from atdata_nb.stores.prefixes import check_prefix, shard_name
from atdata_nb.stores.uploads import Bucket

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from atdata_nb.dataset import Dataset
    from atdata_nb.shards import Shard
    from atdata_nb.shards.writer import Observer
    from atdata_nb.stores.packing import Packed

HOUR: Final = 3600


class S3DataStore:
    """Shards as ``s3://{bucket}/{prefix}/{last part of prefix}-{number}-{start of SHA-256}.tar``.

    The name follows from the content: what is there already is not uploaded again, and two writers
    never overwrite each other. A shard is there whole or not at all; a failed write takes back what
    it has uploaded. One shard at a time is on this machine's disk, none is in its memory.

    Args:
        credentials: a mapping with ``AWS_ENDPOINT``, ``AWS_ACCESS_KEY_ID``,
            ``AWS_SECRET_ACCESS_KEY``, ``AWS_REGION``; a ``.env`` file with them; a profile that
            boto3 knows; or None for what the environment says.
        bucket: name of the bucket, which must be there.
        timeout: seconds of silence after which a request is tried again.

    Raises:
        CredentialsError: they are incomplete, or not there.
        UrlError: that can't be a bucket's name.

    Example:
        >>> S3DataStore({"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}, bucket="team")
        S3DataStore('team')
    """

    def __init__(
        self,
        credentials: Mapping[str, Any] | str | os.PathLike[str] | None = None,
        *,
        bucket: str,
        timeout: float = TIMEOUT_SECONDS,
    ) -> None:
        self.bucket = check_bucket(bucket)
        self.timeout = timeout
        self._access = S3Access.read(credentials)
        self._web = Web(timeout=timeout)
        self._objects = Bucket(self._access, self.bucket, timeout)

    def write(
        self,
        samples: Dataset[Any] | Packed | Iterable[Any],
        *,
        prefix: str,
        maxcount: int = MAX_COUNT,
        maxsize: float = MAX_SIZE,
        sample_type: type | None = None,
        progress: Callable[[int], None] | None = None,
        turn: Turn | None = None,
        manifests: bool | None = None,
    ) -> list[Shard]:
        """Write samples as shards; return where they are, their sizes and hashes.

        Args:
            samples: a Dataset, whose bytes and keys are copied as they are, or samples of one type.
            prefix: folder in the bucket, with ``/`` between its parts.
            maxcount: most samples of a shard.
            maxsize: most bytes of a shard.
            sample_type: the type that all samples must have.
            progress: called with the number of samples so far.
            turn: which part of a dataset this is, where several write one.
            manifests: whether to write what is in each shard beside it, for `Dataset.where`; None:
                where pyarrow, which that takes, is installed.

        Raises:
            UnsafePathError: the prefix can't be a path everywhere.
            EmptyDatasetError: there are no samples.
            SampleTypeError: a sample is not of the type.
            BucketNotFoundError: there is no such bucket.
            RemoteAccessError: the credentials are wrong, or do not allow it.
            RemoteError: the server does not take it.
        """
        parts = check_prefix(prefix)
        samples, stored = stored_type_of(samples, sample_type)
        with _Uploads(self._objects, parts, turn, collectors(stored, manifests)) as uploads:
            stream = payloads(samples, sample_type)
            cut(stream, uploads.open_next, maxcount=maxcount, maxsize=maxsize, progress=progress)
            shards = uploads.close()
            if not shards:
                raise EmptyDatasetError(f"{prefix}: there are no samples to write")
            return shards

    def write_shards(self, ds: Dataset[Any], *, prefix: str, **options: Any) -> list[str]:
        """Write a dataset's samples as shards; return their URLs. Takes what ``write`` takes."""
        return [shard.url for shard in self.write(ds, prefix=prefix, **options)]

    def read_url(self, url: str, *, expires: int = HOUR) -> str:
        """Return a URL under which whoever has it can read a shard, for ``expires`` seconds.

        Raises:
            UnsafePathError: the shard is not in this bucket.
        """
        if not 0 < expires <= MAX_EXPIRY:
            raise ValueError(f"a URL can be signed for 1 to {MAX_EXPIRY} seconds, not {expires}")
        return self._access.presign(self.bucket, self._key(url), expires=expires)

    def supports_streaming(self) -> bool:
        """Objects can be read from any place on."""
        return True

    def source(self, urls: Sequence[str]) -> S3Source | None:
        """Return a source that reads shards of this bucket with its credentials.

        None where one of them is somewhere else.
        """
        if not all(url.startswith(f"s3://{self.bucket}/") for url in urls):
            return None
        keys = [self._key(url) for url in urls]
        return S3Source(self.bucket, keys, access=self._access, timeout=self.timeout)

    def list(self, prefix: str = "") -> list[str]:
        """Return the URLs of all shards below a prefix, sorted."""
        start = "/".join(check_prefix(prefix)) + "/" if prefix else ""
        found = s3_keys(self._web, self._access, self.bucket, start)
        return sorted(f"s3://{self.bucket}/{key}" for key, _ in found if key.endswith(".tar"))

    def put_shard(
        self,
        path: Path,
        url: str,
        *,
        progress: Callable[[int, int], None] | None = None,
        begun: Callable[[str], object] | None = None,
    ) -> bool:
        """Upload a shard's file where nothing is yet; return whether it was this call that did.

        The member index and the manifest beside the file go with it.

        Args:
            path: the file.
            url: where it goes, in this bucket.
            progress: called with the bytes that are there, and with all there are.
            begun: called with the upload's id, where it goes in parts; for `abort_upload`.

        Raises:
            UnsafePathError: that is not in this bucket.
            BucketNotFoundError: there is no such bucket.
            RemoteError: the server does not take it.
        """
        key = self._key(url)
        # First what lies beside it: who finds a shard finds its index too.
        for ending in COMPANIONS:
            beside = path.with_name(path.name + ending)
            if beside.exists():
                self._objects.put(key + ending, beside.read_bytes())
        return self._objects.create(key, path, progress, begun)

    def abort_upload(self, url: str, upload: str) -> None:
        """Throw the parts of a shard away whose upload never ended: unseen, but paid for.

        Raises:
            UnsafePathError: that is not in this bucket.
            RemoteError: the server does not take it.
        """
        self._objects.abort(self._key(url), upload)

    def public_url(self, url: str) -> str:
        """Return the address of a shard for those without credentials, if its bucket lets them.

        Raises:
            UnsafePathError: the shard is not in this bucket.

        Example:
            >>> keys = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_REGION": "eu"}
            >>> S3DataStore(keys, bucket="team").public_url("s3://team/digits/a.tar")
            'https://team.s3.eu.amazonaws.com/digits/a.tar'
        """
        return self._access.public_url(self.bucket, self._key(url))

    def delete(self, url: str) -> None:
        """Delete one shard, and what lies beside it.

        Raises:
            UnsafePathError: it is not in this bucket.
            ShardNotFoundError: it is not there.
        """
        key = self._key(url)
        is_there = self._objects.size(key) is not None
        # An upload that was killed leaves what lies beside a shard without the shard.
        for ending in ("", *COMPANIONS):
            self._objects.delete(key + ending)
        if not is_there:
            raise ShardNotFoundError(f"the bucket {self.bucket} has no {key}")

    def write_beside(self, url: str, files: Mapping[str, bytes]) -> None:
        """Write files beside a shard of the store, over what is there.

        Args:
            url: the shard.
            files: their bytes, by the ending of their names.

        Raises:
            UnsafePathError: the shard is not in this bucket.
            ShardNotFoundError: it is not there.
        """
        key = self._key(url)
        if self._objects.size(key) is None:
            raise ShardNotFoundError(f"the bucket {self.bucket} has no {key}")
        for ending, data in files.items():
            self._objects.put(key + ending, data)

    def _key(self, url: str) -> str:
        if not url.startswith(f"s3://{self.bucket}/"):
            raise UnsafePathError(f"{url} is not in the bucket {self.bucket}")
        return split_bucket_url(url)[1]

    def __repr__(self) -> str:
        return f"S3DataStore({self.bucket!r})"


class _Uploads:
    """Shards on their way: one is uploaded while the next is written."""

    def __init__(
        self,
        objects: Bucket,
        parts: Sequence[str],
        turn: Turn | None,
        observe: Callable[[], Observer] | None,
    ) -> None:
        self._objects, self._parts, self._turn, self._observe = objects, parts, turn, observe
        self._folder = tempfile.TemporaryDirectory(prefix="atdata-upload-")
        self._pool = ThreadPoolExecutor(1, "atdata-upload")
        self._writer: ShardWriter | None = None
        self._under_way: Future[Shard] | None = None
        self._shards: list[Shard] = []
        self._begun = 0
        self._new: list[str] = []

    def open_next(self) -> ShardWriter:
        self._end_shard()
        path = Path(self._folder.name, f"{self._begun:06d}.tar")
        observer = None if self._observe is None else self._observe()
        self._writer = ShardWriter(path, index=True, observer=observer)
        return self._writer

    def close(self) -> list[Shard]:
        self._end_shard()
        self._collect()
        return self._shards

    def _end_shard(self) -> None:
        if self._writer is None:
            return
        shard, self._writer = self._writer.close(), None
        # Two on the disk: the one that is uploaded, and the one that is written.
        self._collect()
        self._under_way = self._pool.submit(self._upload, self._begun, shard)
        self._begun += 1

    def _collect(self) -> None:
        if self._under_way is not None:
            self._shards.append(self._under_way.result())
            self._under_way = None

    def _upload(self, place: int, shard: Shard) -> Shard:
        path = Path(shard.url)
        number, part = (place, 0) if self._turn is None else (self._turn.number, place)
        name = shard_name(self._parts[-1], number, shard.sha256, part=part)
        key = "/".join((*self._parts, name))
        there = self._objects.size(key) == shard.bytes
        # First what lies beside it: who finds a shard finds its index too.
        for ending in COMPANIONS:
            beside = path.with_name(path.name + ending)
            if beside.exists() and not (there and self._objects.size(key + ending)):
                self._new.append(key + ending)
                self._objects.put(key + ending, beside.read_bytes())
            beside.unlink(missing_ok=True)
        if not there and self._objects.create(key, path):
            self._new.append(key)
        path.unlink()
        return replace(shard, url=f"s3://{self._objects.name}/{key}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if self._writer is not None:
            self._writer.discard()
        self._pool.shutdown(cancel_futures=True)
        self._folder.cleanup()
        if kind is not None:
            # The failure before is the one to tell.
            with suppress(Exception):
                for key in reversed(self._new):
                    self._objects.delete(key)
