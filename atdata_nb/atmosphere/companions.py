"""Companions: what lies beside a shard – member index, manifest, columns – to go with its blob."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from atdata_nb.atmosphere.storage import ALT, Blob, Blobs, write_storage
from atdata_nb.cid import blob_cid_from_sha256
from atdata_nb.errors import ManifestError
from atdata_nb.manifests import Manifest
from atdata_nb.protocols import Accompanied
from atdata_nb.shards.index_file import HEADER_BYTES, sha256_of
from atdata_nb.shards.sources import COLUMNS_ENDING, INDEX_ENDING, MANIFEST_ENDING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from atdata_nb.protocols import DataSource

# Of each of the three. Larger ones are no cheaper to fetch than many a whole shard.
MAX_COMPANION: Final = 1 << 20
# All that a record says of its shards; the rest of it is for words.
_MAX_STORAGE: Final = 100 << 10
_TYPES: Final = {
    INDEX_ENDING: "application/octet-stream",
    MANIFEST_ENDING: "application/json",
    COLUMNS_ENDING: "application/vnd.apache.parquet",
}


@dataclass(frozen=True, slots=True)
class Companions:
    """What lies beside one shard.

    Attributes:
        files: what may go with it, by the endings of the files' names.
        left_out: why some of it may not; empty where all may.
        fields: those whose values are in it, all of them.
    """

    files: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    left_out: str = ""
    fields: tuple[str, ...] = ()

    @classmethod
    def of(
        cls, source: DataSource, shard: str, *, sha256: str | None, size: int | None
    ) -> Companions:
        """Return what lies beside a shard, as far as it is that shard's, whole, and small.

        Args:
            source: gives the shard.
            shard: its identifier.
            sha256: its SHA-256, where that is known.
            size: its bytes, where that is known.
        """
        if not isinstance(source, Accompanied):
            return cls()
        there = {
            ending: data
            for ending in _TYPES
            if (data := source.read_beside(shard, ending, 0, MAX_COMPANION + 1))
        }
        index = there.pop(INDEX_ENDING, b"")
        files = {INDEX_ENDING: index} if _is_index(index, sha256) else {}
        if MANIFEST_ENDING not in there:
            return cls(files)
        try:
            manifest = _manifest(there, sha256, size)
        except ManifestError as error:
            return cls(files, str(error))
        columns = () if manifest.sidecar is None else tuple(manifest.sidecar.columns)
        return cls(files | there, "", columns)

    @property
    def blobs(self) -> tuple[tuple[str, Blob], ...]:
        """What they are as blobs, by the endings of their names."""
        there = [ending for ending in _TYPES if ending in self.files]
        return tuple((ending, _blob(ending, self.files[ending])) for ending in there)


def _is_index(data: bytes, sha256: str | None) -> bool:
    if not data or len(data) > MAX_COMPANION:
        return False
    made_of = sha256_of(data[:HEADER_BYTES])
    return made_of is not None and sha256 in {None, made_of}


def _manifest(files: dict[str, bytes], sha256: str | None, size: int | None) -> Manifest:
    """Return the manifest among some files, if all of it is there; only what it needs stays.

    Raises:
        ManifestError: it is large, damaged, or of another shard, or its columns are.
    """
    if any(len(data) > MAX_COMPANION for data in files.values()):
        raise ManifestError(f"larger than {MAX_COMPANION >> 20} MB")
    manifest = Manifest.decode(files[MANIFEST_ENDING])
    if sha256 not in {None, manifest.sha256} or size not in {None, manifest.size}:
        raise ManifestError("of another version of the shard")
    sidecar = manifest.sidecar
    if sidecar is None:
        files.pop(COLUMNS_ENDING, None)
    elif hashlib.sha256(files.get(COLUMNS_ENDING, b"")).hexdigest() != sidecar.sha256:
        raise ManifestError("without its columns, or with others")
    return manifest


def _blob(ending: str, data: bytes) -> Blob:
    cid = blob_cid_from_sha256(hashlib.sha256(data).digest())
    return Blob(cid, len(data), _TYPES[ending])


def fitting(storage: Blobs) -> Blobs:
    """Return blobs with what lies beside them; without it, where a record has no room for that.

    >>> many = Blobs((Blob("bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku", 1),) * 9)
    >>> fitting(many) == many
    True
    """
    if len(json.dumps(write_storage(storage, ALT))) <= _MAX_STORAGE:
        return storage
    return Blobs(tuple(replace(blob, beside=()) for blob in storage.blobs))
