"""Storage: where a dataset record says its shards are, in every form of both namespaces."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Final, TypeAlias

from atdata_nb.atmosphere.data_model import check_record
from atdata_nb.atmosphere.lexicons import limit
from atdata_nb.cid import parse_cid
from atdata_nb.errors import PatternError, RecordError
from atdata_nb.shards.sources import COLUMNS_ENDING, INDEX_ENDING, MANIFEST_ENDING
from atdata_nb.shards.urls import expand_braces

FOUNDATION: Final = "ac.foundation.dataset"
ALT: Final = "science.alt.dataset"
TAR: Final = "application/x-tar"
_SHA256_HEX: Final = 64
_NOT_KNOWN: Final = {"algorithm": "none", "digest": ""}
# No lexicon has it. A server keeps the blobs that a record names, in whatever field it does, and
# who does not know the field passes over it. One map a blob, in the order of the blobs.
MANIFESTS: Final = "manifests"
_BESIDE: Final = {"index": INDEX_ENDING, "manifest": MANIFEST_ENDING, "columns": COLUMNS_ENDING}


@dataclass(frozen=True, slots=True)
class Location:
    """A shard behind a URL.

    Attributes:
        url: ``http(s):`` or ``s3:``; may hold a brace pattern where no checksum is known.
        sha256: SHA-256 of the shard in hexadecimal, or None.
    """

    url: str
    sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Urls:
    """Shards behind URLs of any kind."""

    shards: tuple[Location, ...]


@dataclass(frozen=True, slots=True)
class Bucket:
    """Shards in one S3 bucket; the URLs are ``s3://bucket/key``."""

    bucket: str
    shards: tuple[Location, ...]
    region: str | None = None
    endpoint: str | None = None


@dataclass(frozen=True, slots=True)
class Blob:
    """A shard that is a blob of the repository that the record is in.

    Attributes:
        cid: its CID.
        size: its bytes.
        mime_type: as its server stores it.
        beside: what would lie beside its file, as blobs too, by the endings of those files' names.
    """

    cid: str
    size: int
    mime_type: str = TAR
    beside: tuple[tuple[str, Blob], ...] = ()

    @property
    def sha256(self) -> str:
        """SHA-256 of the shard: its CID says it."""
        return bytes(parse_cid(self.cid)["hash"]["digest"]).hex()

    def to_record(self) -> dict[str, Any]:
        """Return the reference as a record holds it."""
        return {
            "$type": "blob",
            "ref": {"$link": self.cid},
            "mimeType": self.mime_type,
            "size": self.size,
        }


@dataclass(frozen=True, slots=True)
class Blobs:
    """Shards that are blobs."""

    blobs: tuple[Blob, ...]


Storage: TypeAlias = Urls | Bucket | Blobs


def write_storage(storage: Storage, namespace: str) -> dict[str, Any]:
    """Return a storage as a record of a namespace holds it."""
    if namespace == FOUNDATION:
        if isinstance(storage, Blobs):
            blobs = [blob.to_record() for blob in storage.blobs]
            return {"$type": f"{FOUNDATION}.storageBlobs", "blobs": blobs} | _manifests(storage)
        urls = [shard.url for shard in storage.shards]
        return {"$type": f"{FOUNDATION}.storageExternal", "urls": urls}
    if isinstance(storage, Blobs):
        return {
            "$type": f"{ALT}.storageBlobs",
            "blobs": [
                {"blob": blob.to_record(), "checksum": _checksum(blob.sha256)}
                for blob in storage.blobs
            ],
        } | _manifests(storage)
    if isinstance(storage, Bucket):
        return _write_bucket(storage)
    shards = [{"url": one.url, "checksum": _checksum(one.sha256)} for one in storage.shards]
    return {"$type": f"{ALT}.storageHttp", "shards": shards}


def storage_of(locations: list[Location]) -> Storage:
    """Return the form that fits these places: one bucket, or URLs."""
    parts = [one.url.removeprefix("s3://").partition("/") for one in locations]
    if all(one.url.startswith("s3://") for one in locations) and len({p[0] for p in parts}) == 1:
        return Bucket(parts[0][0], tuple(locations))
    return Urls(tuple(locations))


def read_storage(value: Any) -> Storage:
    """Return what a record says of where its shards are.

    Raises:
        RecordError: it says it in no form that is known.
    """
    told = _map(value, "storage")
    kind = str(told.get("$type", "")).rpartition(".")[2]
    if kind == "storageExternal":
        urls = _list(told, "urls", "storage")
        return Urls(tuple(Location(_url(url, f"storage.urls[{i}]")) for i, url in enumerate(urls)))
    if kind == "storageHttp":
        return Urls(
            tuple(
                Location(_url(one.get("url"), f"{where}.url"), _digest(one))
                for where, one in _shards(told)
            )
        )
    if kind == "storageS3":
        return _read_bucket(told)
    if kind == "storageBlobs":
        blobs = _list(told, "blobs", "storage")
        found = [_blob(one, f"storage.blobs[{i}]") for i, one in enumerate(blobs)]
        return Blobs(tuple(_with_manifests(found, told.get(MANIFESTS))))
    raise RecordError(f"storage.$type: {told.get('$type')!r:.100} is no storage that is known")


def expanded(locations: tuple[Location, ...]) -> list[Location]:
    """Return the shards that URLs stand for, in order.

    Raises:
        RecordError: a pattern stands for too many.
    """
    found: list[Location] = []
    for one in locations:
        try:
            names = [one.url] if one.sha256 else expand_braces(one.url)
        except PatternError as error:
            raise RecordError(f"storage: {error}") from error
        found += [one] if names == [one.url] else map(Location, names)
    return found


def _write_bucket(storage: Bucket) -> dict[str, Any]:
    start = f"s3://{storage.bucket}/"
    shards = [
        {"key": one.url.removeprefix(start), "checksum": _checksum(one.sha256)}
        for one in storage.shards
    ]
    extra = {"region": storage.region, "endpoint": storage.endpoint}
    told = {name: fact for name, fact in extra.items() if fact is not None}
    return {"$type": f"{ALT}.storageS3", "bucket": storage.bucket, "shards": shards} | told


def _read_bucket(told: dict[str, Any]) -> Bucket:
    bucket = told.get("bucket")
    if not isinstance(bucket, str) or not bucket or "/" in bucket:
        raise RecordError("storage.bucket: the name of a bucket stands there")
    shards = []
    for where, one in _shards(told):
        key = one.get("key")
        if not isinstance(key, str) or not key:
            raise RecordError(f"{where}.key: the key of a shard stands there")
        shards.append(Location(_url(f"s3://{bucket}/{key}", where), _digest(one)))
    region, endpoint = told.get("region"), told.get("endpoint")
    return Bucket(
        bucket,
        tuple(shards),
        region if isinstance(region, str) else None,
        endpoint if isinstance(endpoint, str) else None,
    )


def _blob(value: Any, where: str) -> Blob:
    told = _map(value, where)
    # The newer form has a checksum beside it; the CID says the same.
    blob = _map(told.get("blob", told), where)
    check_record({"$type": "x", "blob": {"$type": "blob"} | blob})
    return Blob(blob["ref"]["$link"], blob["size"], blob["mimeType"])


def _manifests(storage: Blobs) -> dict[str, Any]:
    if not any(blob.beside for blob in storage.blobs):
        return {}
    names = {ending: name for name, ending in _BESIDE.items()}
    return {
        MANIFESTS: [
            {names[ending]: one.to_record() for ending, one in blob.beside}
            for blob in storage.blobs
        ]
    }


def _with_manifests(blobs: list[Blob], told: Any) -> list[Blob]:
    """Return blobs with what lies beside them; none of it where a record says something else."""
    if not isinstance(told, list) or len(told) != len(blobs):
        return blobs
    return [replace(blob, beside=_beside(one)) for blob, one in zip(blobs, told, strict=True)]


def _beside(told: Any) -> tuple[tuple[str, Blob], ...]:
    found = []
    for name, ending in _BESIDE.items():
        # What can't be used must not make the shards unreadable.
        with suppress(RecordError):
            found.append((ending, _blob(_map(told, MANIFESTS).get(name), MANIFESTS)))
    return tuple(found)


def _checksum(sha256: str | None) -> dict[str, str]:
    return dict(_NOT_KNOWN) if sha256 is None else {"algorithm": "sha256", "digest": sha256}


def _digest(shard: dict[str, Any]) -> str | None:
    told = shard.get("checksum")
    if not isinstance(told, dict) or str(told.get("algorithm", "")).lower() != "sha256":
        return None
    digest = str(told.get("digest", "")).lower()
    if len(digest) != _SHA256_HEX or set(digest) - set("0123456789abcdef"):
        raise RecordError("storage: a SHA-256 has 64 hexadecimal digits")
    return digest


def _shards(told: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    found = _list(told, "shards", "storage")
    places = (f"storage.shards[{i}]" for i in range(len(found)))
    return [(where, _map(one, where)) for where, one in zip(places, found, strict=True)]


def _url(value: Any, where: str) -> str:
    most = limit(f"{ALT}.storageHttp#shardEntry", "url", "maxLength")
    if not isinstance(value, str) or not value or len(value) > most:
        raise RecordError(f"{where}: a URL of at most {most:,} characters stands there")
    return value


def _map(value: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise RecordError(f"{where}: a map stands there")
    return value


def _list(told: dict[str, Any], name: str, where: str) -> list[Any]:
    found = told.get(name)
    if not isinstance(found, list) or not found:
        raise RecordError(f"{where}.{name}: a list of at least one stands there")
    return found
