"""S3Source: shards in one bucket."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

from atdata_nb.errors import CredentialsError, UrlError
from atdata_nb.shards.buckets import expand_s3, s3_object, split_bucket_url
from atdata_nb.shards.credentials import S3Access, check_bucket
from atdata_nb.shards.sources import TIMEOUT_SECONDS, ShardSource
from atdata_nb.shards.urls import expand_braces, scheme_of
from atdata_nb.shards.web import Web

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping, Sequence

    from atdata_nb.shards.remote import RemoteObject


class S3Source(ShardSource):
    """Shards in one bucket, by key, with brace and glob patterns.

    A key that ends in ``/`` stands for all shards below it. What is not told is looked for in the
    environment, then where boto3 looks; where no keys are found, nothing is signed. Keys are never
    shown; a pickle, which workers need, holds them.

    Args:
        bucket: name of the bucket.
        keys: keys of the shards.
        endpoint: address of the server; without it, Amazon's.
        access_key: its access key.
        secret_key: its secret key.
        region: its region.
        session_token: what short-lived keys come with.
        access: all of that at once.
        timeout: seconds of silence after which a request is tried again.

    Raises:
        UrlError: that can't be a bucket's name.
        CredentialsError: one key without the other.

    Example:
        >>> S3Source("team", "digits-{0..1}.tar", access_key="a", secret_key="b")
        S3Source('team', 1 key)
    """

    def __init__(  # noqa: PLR0917 - the order that the published package has
        self,
        bucket: str,
        keys: str | Sequence[str],
        endpoint: str | None = None,
        access_key: str | None = None,
        secret_key: str | None = None,
        region: str | None = None,
        *,
        session_token: str | None = None,
        access: S3Access | None = None,
        timeout: float = TIMEOUT_SECONDS,
    ) -> None:
        self.bucket = check_bucket(bucket)
        self.keys = [keys] if isinstance(keys, str) else list(keys)
        self._access = access or S3Access.of(
            endpoint=endpoint,
            access_key=access_key,
            secret_key=secret_key,
            session_token=session_token,
            region=region,
        )
        self._web = Web(timeout=timeout)

    @classmethod
    def from_urls(cls, urls: Sequence[str], **options: Any) -> Self:
        """Return the source of shards by ``s3://bucket/key``; options as of the class.

        Raises:
            UrlError: there are none, one is of another kind, or they are of several buckets.
        """
        if not urls:
            raise UrlError("a source needs at least one s3:// URL")
        for url in urls:
            if scheme_of(url) != "s3":
                raise UrlError(f"{url!r} is no s3:// URL")
        pairs = [split_bucket_url(url) for url in urls]
        buckets = sorted({bucket for bucket, _ in pairs})
        if len(buckets) > 1:
            raise UrlError(f"one source reads one bucket, these are {', '.join(buckets)}")
        return cls(buckets[0], [key for _, key in pairs], **options)

    @classmethod
    def from_credentials(
        cls,
        credentials: Mapping[str, Any] | str | os.PathLike[str],
        bucket: str,
        keys: str | Sequence[str],
        **options: Any,
    ) -> Self:
        """Return the source that credentials open.

        Args:
            credentials: a mapping with ``AWS_ENDPOINT``, ``AWS_ACCESS_KEY_ID``,
                ``AWS_SECRET_ACCESS_KEY``, ``AWS_REGION``; a ``.env`` file with them; or a profile
                that boto3 knows.
            bucket: name of the bucket.
            keys: keys of the shards.
            options: ``timeout``.

        Raises:
            CredentialsError: they are incomplete, or not there.
        """
        if not credentials:
            raise CredentialsError("credentials are a mapping, a file or a profile; got nothing")
        return cls(bucket, keys, access=S3Access.read(credentials), **options)

    @cached_property
    def _ids(self) -> dict[str, None]:
        urls = [f"s3://{self.bucket}/{key}" for keys in self.keys for key in expand_braces(keys)]
        each = (expand_s3(self._web, self._access, url) for url in urls)
        return dict.fromkeys(shard for some in each for shard in some)

    def only(self, shards: Sequence[str]) -> Self:
        """Return a source of some of the shards; see `ShardSource.only`."""
        part = super().only(shards)
        part.keys = [split_bucket_url(shard)[1] for shard in shards]
        part.__dict__["_access"] = self._access.with_keys()
        return part

    def _remote(self, url: str) -> RemoteObject:
        return s3_object(self._web, self._access, url)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, S3Source) and self._facts() == other._facts()

    def __hash__(self) -> int:
        return hash((self.bucket, *self.keys))

    def _facts(self) -> tuple[Any, ...]:
        return self.bucket, self.keys, self._access

    def __repr__(self) -> str:
        count = len(self.keys)
        return f"S3Source({self.bucket!r}, {count} key{'' if count == 1 else 's'})"
