"""Buckets: objects of S3, Google Cloud Storage and Azure, and lists of them."""

from __future__ import annotations

import fnmatch
import glob
import re
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote
from xml.etree import ElementTree as ET

from atdata_nb.errors import (
    MissingExtraError,
    PatternError,
    RemoteAccessError,
    RemoteError,
    ShardNotFoundError,
    UrlError,
)
from atdata_nb.shards.credentials import S3Access, check_bucket
from atdata_nb.shards.http_object import HttpObject
from atdata_nb.shards.remote import Part
from atdata_nb.shards.urls import MAX_EXPANSION, scheme_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from atdata_nb.shards.web import Web

S3, OTHERS = "s3", frozenset({"gs", "az"})
LIST_PAGE: Final = 1000
_MAX_LIST_PAGE: Final = 16 << 20
_ENDING: Final = ".tar"


def split_bucket_url(url: str) -> tuple[str, str]:
    """Return bucket and key.

    Raises:
        UrlError: one of them is missing.

    >>> split_bucket_url("s3://team/digits/a b.tar")
    ('team', 'digits/a b.tar')
    """
    bucket, _, key = url.partition("://")[2].partition("/")
    if not key:
        raise UrlError(f"{url!r} names no object: write {scheme_of(url)}://bucket/key")
    return check_bucket(bucket), key


def s3_object(web: Web, access: S3Access, url: str) -> HttpObject:
    """Return an object of an S3 bucket."""
    bucket, key = split_bucket_url(url)
    return HttpObject(web, url, lambda: access.presign(bucket, key))


def s3_keys(web: Web, access: S3Access, bucket: str, prefix: str = "") -> Iterator[tuple[str, int]]:
    """Yield key and size of all objects below a prefix, sorted by key.

    Raises:
        BucketNotFoundError: there is no such bucket.
        RemoteAccessError: the credentials are wrong, or do not allow it.
    """
    asked = {"list-type": "2", "prefix": prefix, "encoding-type": "url"}
    asked["max-keys"] = str(LIST_PAGE)
    while True:
        query = dict(asked)
        name = f"s3://{bucket}/{prefix}"
        page = HttpObject(web, name, lambda query=query: access.presign(bucket, query=query))  # type: ignore[misc]
        found = _whole(page, name)
        for item in found.iterfind("{*}Contents"):
            yield unquote(item.findtext("{*}Key", "")), int(item.findtext("{*}Size", "0"))
        token = found.findtext("{*}NextContinuationToken")
        if not token:
            return
        asked["continuation-token"] = token


def _whole(page: HttpObject, name: str) -> ET.Element:
    part = page.begin(_MAX_LIST_PAGE)
    text = b"".join(part.rest) if part.rest is not None else part.data
    # Entities are how a small document becomes a large one; S3 uses none.
    if b"<!DOCTYPE" in text[:1024]:
        raise RemoteError(f"{name}: the server's list can't be read")
    try:
        return ET.fromstring(text)  # noqa: S314 - see above
    except ET.ParseError:
        raise RemoteError(f"{name}: the server's list can't be read") from None


def expand_s3(web: Web, access: S3Access, url: str) -> list[str]:
    """Return what a URL with ``*?[`` or a ``/`` at its end stands for; else itself.

    Raises:
        PatternError: it stands for too many.
    """
    bucket, _, pattern = url.partition("://")[2].partition("/")
    check_bucket(bucket)
    if pattern and not pattern.endswith("/") and not glob.has_magic(pattern):
        return [url]
    fits = _matcher(pattern)
    prefix = re.split(r"[*?\[]", pattern, maxsplit=1)[0]
    found: list[str] = []
    for key, _ in s3_keys(web, access, bucket, prefix):
        if key == pattern or fits(key):
            found.append(f"s3://{bucket}/{key}")
            if len(found) > MAX_EXPANSION:
                raise PatternError(f"{url!r} stands for more than {MAX_EXPANSION:,} shards")
    if not found:
        raise ShardNotFoundError(f"{url}: no object of the bucket fits")
    return found


def _matcher(pattern: str) -> Any:
    if not glob.has_magic(pattern):
        return lambda key: key.endswith(_ENDING)
    # As in a shell: * stays within a folder, ** does not.
    parts = re.split(r"(\*\*/|\*\*|\*|\?|\[[^\]]+\])", pattern)
    special = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    text = "".join(
        special.get(part) or (_letters(part) if part.startswith("[") else re.escape(part))
        for part in parts
    )
    return re.compile(text).fullmatch


def _letters(part: str) -> str:
    return fnmatch.translate(part).removeprefix("(?s:").rpartition(")")[0]


class StoreObject:
    """An object of Google Cloud Storage or Azure, read by obstore.

    Its runtime does not survive a fork: in workers that were forked, open the source there.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._bucket, self._key = split_bucket_url(url)
        self._store: Any = None

    def begin(self, length: int) -> Part:
        """Its first bytes."""
        return self.part(0, length)

    def part(self, start: int, length: int) -> Part:
        """Bytes ``[start, start + length)``."""
        import obstore

        try:
            asked: Any = {"range": (start, start + length)}
            found = obstore.get(self._opened(), self._key, options=asked)
            return Part(bytes(found.bytes()), found.meta["size"])
        except FileNotFoundError:
            raise ShardNotFoundError(f"{self._url}: there is no such object") from None
        except (obstore.exceptions.PermissionDeniedError, obstore.exceptions.UnauthenticatedError):
            raise RemoteAccessError(f"{self._url}: access is denied") from None
        except obstore.exceptions.BaseError as error:
            # What follows the first line are the insides of a request, its headers among them.
            first = str(error).splitlines()[0]
            raise RemoteError(f"{self._url}: {first[:200]}") from None

    def _opened(self) -> Any:
        if self._store is None:
            from obstore.store import AzureStore, GCSStore

            kinds: Any = {"gs": GCSStore, "az": AzureStore}
            self._store = kinds[scheme_of(self._url)](self._bucket)
        return self._store


def store_object(url: str) -> StoreObject:
    """Return an object of Google Cloud Storage or Azure.

    Raises:
        MissingExtraError: obstore is not installed.
    """
    try:
        import obstore  # noqa: F401 - asked for before it is needed
    except ImportError as error:
        raise MissingExtraError(
            f"{scheme_of(url)}: needs obstore: pip install 'atdata-nb[s3]'"
        ) from error
    return StoreObject(url)
