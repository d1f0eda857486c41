"""Records: what datasets, lenses and labels say on the network, in both namespaces."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Self

from atdata_nb.atmosphere.aturi import AtUri
from atdata_nb.atmosphere.data_model import bytes_value, check_record, read_bytes
from atdata_nb.atmosphere.lexicons import limit
from atdata_nb.atmosphere.storage import (
    ALT,
    FOUNDATION,
    Blob,
    Blobs,
    Location,
    Storage,
    Urls,
    read_storage,
    write_storage,
)
from atdata_nb.errors import AtUriError, RecordError, SampleDecodeError
from atdata_nb.index.draft import encode_metadata
from atdata_nb.samples.dicts import read_map

if TYPE_CHECKING:
    from collections.abc import Mapping

# The first namespace has no place for checksums beside its URLs.
_CHECKSUMS: Final = "checksums"
# https://github.com/msgpack/msgpack/blob/master/spec.md#map-format-family
_FIXMAP: Final = 0x80
_FIXMAP_MOST: Final = 15
_LABEL: Final = f"{ALT}.label"


@dataclass(frozen=True, slots=True)
class Namespace:
    """Names of the collections of one version of the format."""

    name: str
    schema: str
    dataset: str
    lens: str


NAMESPACES: Final = {
    FOUNDATION: Namespace(
        FOUNDATION, f"{FOUNDATION}.sampleSchema", f"{FOUNDATION}.record", f"{FOUNDATION}.lens"
    ),
    ALT: Namespace(ALT, f"{ALT}.schema", f"{ALT}.entry", f"{ALT}.lens"),
}
# One for both: only the second namespace has labels.
LABELS: Final = _LABEL


def namespace_of(name: str) -> Namespace:
    """Return a namespace.

    Raises:
        RecordError: that is none.
    """
    found = NAMESPACES.get(name)
    if found is None:
        raise RecordError(f"{name!r:.100} is no namespace; there are {', '.join(NAMESPACES)}")
    return found


def now() -> str:
    """Return the time as a record says it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetRecord:
    """What the record of a dataset says.

    Attributes:
        name: its name, for people.
        schema_ref: address of the record of its schema.
        storage: where its shards are.
        created_at: when it was published, ISO 8601.
        metadata: plain values; on the network as msgpack bytes, so that floats survive.
        samples: number of samples, or None.
        bytes: size of all shards, or None.
    """

    name: str
    schema_ref: str
    storage: Storage
    created_at: str
    description: str | None = None
    tags: tuple[str, ...] = ()
    license: str | None = None
    metadata: dict[str, Any] | None = None
    samples: int | None = None
    bytes: int | None = None

    def to_record(self, namespace: str) -> dict[str, Any]:
        """Return the record, checked.

        Raises:
            RecordError: no record can say that; names the field.
        """
        space = namespace_of(namespace)
        record: dict[str, Any] = {
            "$type": space.dataset,
            "name": self.name,
            "schemaRef": str(AtUri.parse(self.schema_ref)),
            "storage": write_storage(self.storage, namespace),
            "createdAt": self.created_at,
        }
        if self.description:
            record["description"] = self.description
        if self.tags or namespace == ALT:
            record["tags"] = list(self.tags)
        if self.license:
            record["license"] = self.license
        metadata = encode_metadata(self._told_metadata(namespace))
        if metadata is not None:
            record["metadata"] = bytes_value(_in_threes(metadata))
        if namespace == ALT:
            record |= self._size()
        # A draft has no shards yet. Nor can it be sent so: then the lexicon sees its storage too.
        draft = {} if self._parts() else {"storage": {"$type": f"{namespace}.draft"}}
        check_record(record | draft)
        return record

    def _told_metadata(self, namespace: str) -> dict[str, Any] | None:
        storage = self.storage
        if namespace != FOUNDATION or isinstance(storage, Blobs):
            return self.metadata
        known = {one.url: one.sha256 for one in storage.shards if one.sha256}
        return (self.metadata or {}) | {_CHECKSUMS: known} if known else self.metadata

    def _size(self) -> dict[str, Any]:
        facts = {"samples": self.samples, "bytes": self.bytes}
        told = {name: count for name, count in facts.items() if count is not None}
        if not told:
            return {}
        return {"size": told | {"shards": len(self._parts())}}

    def _parts(self) -> tuple[Blob, ...] | tuple[Location, ...]:
        storage = self.storage
        return storage.blobs if isinstance(storage, Blobs) else storage.shards

    @classmethod
    def read(cls, value: Mapping[str, Any]) -> Self:
        """Return what a record of either namespace says.

        Raises:
            RecordError: it is no record of a dataset; names the field.
        """
        if _kind(value) not in {space.dataset for space in NAMESPACES.values()}:
            raise RecordError(f"$type: {value.get('$type')!r:.100} is no dataset")
        metadata = _read_metadata(value.get("metadata"))
        storage, metadata = _with_checksums(read_storage(value.get("storage")), metadata)
        size = value.get("size")
        counts = size if isinstance(size, dict) else {}
        total = (
            sum(blob.size for blob in storage.blobs)
            if isinstance(storage, Blobs)
            else _count(counts.get("bytes"))
        )
        tags = value.get("tags")
        return cls(
            name=_text(value, "name"),
            schema_ref=_uri(value, "schemaRef"),
            storage=storage,
            created_at=_text(value, "createdAt"),
            description=_optional(value, "description"),
            tags=tuple(str(tag) for tag in tags[: _most_tags()]) if isinstance(tags, list) else (),
            license=_optional(value, "license"),
            metadata=metadata,
            samples=_count(counts.get("samples")),
            bytes=total,
        )


@dataclass(frozen=True, slots=True)
class CodeReference:
    """Code in a repository, at one commit; told, and never run from here.

    Attributes:
        path: ``module:function``.
    """

    repository: str
    commit: str
    path: str

    def to_record(self) -> dict[str, Any]:
        """Return it as a record holds it."""
        return {"repository": self.repository, "commit": self.commit, "path": self.path}


@dataclass(frozen=True, slots=True, kw_only=True)
class LensRecord:
    """What the record of a lens says."""

    name: str
    source_schema: str
    target_schema: str
    created_at: str
    description: str | None = None
    getter: CodeReference | None = None
    putter: CodeReference | None = None

    def to_record(self, namespace: str) -> dict[str, Any]:
        """Return the record, checked.

        Raises:
            RecordError: no record can say that; names the field.
        """
        space = namespace_of(namespace)
        if namespace == ALT and (self.getter is None or self.putter is None):
            raise RecordError(f"getterCode: a lens in {ALT} says where both its functions are")
        record: dict[str, Any] = {
            "$type": space.lens,
            "name": self.name,
            "sourceSchema": str(AtUri.parse(self.source_schema)),
            "targetSchema": str(AtUri.parse(self.target_schema)),
            "createdAt": self.created_at,
        }
        if self.description:
            record["description"] = self.description
        for name, code in (("getterCode", self.getter), ("putterCode", self.putter)):
            if code is not None:
                record[name] = code.to_record()
        check_record(record)
        return record

    @classmethod
    def read(cls, value: Mapping[str, Any]) -> Self:
        """Return what a record of either namespace says.

        Raises:
            RecordError: it is no record of a lens; names the field.
        """
        if _kind(value) not in {space.lens for space in NAMESPACES.values()}:
            raise RecordError(f"$type: {value.get('$type')!r:.100} is no lens")
        return cls(
            name=_text(value, "name"),
            source_schema=_uri(value, "sourceSchema"),
            target_schema=_uri(value, "targetSchema"),
            created_at=_text(value, "createdAt"),
            description=_optional(value, "description"),
            getter=_code(value, "getterCode"),
            putter=_code(value, "putterCode"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelRecord:
    """A name, and perhaps a version, that somebody gives to a dataset."""

    name: str
    dataset_uri: str
    created_at: str
    version: str | None = None
    description: str | None = None

    def to_record(self) -> dict[str, Any]:
        """Return the record, checked.

        Raises:
            RecordError: no record can say that; names the field.
        """
        record: dict[str, Any] = {
            "$type": LABELS,
            "name": self.name,
            "datasetUri": str(AtUri.parse(self.dataset_uri)),
            "createdAt": self.created_at,
        }
        extra = {"version": self.version, "description": self.description or None}
        record |= {name: fact for name, fact in extra.items() if fact is not None}
        check_record(record)
        return record

    @classmethod
    def read(cls, value: Mapping[str, Any]) -> Self:
        """Return what a record says.

        Raises:
            RecordError: it is no label; names the field.
        """
        if _kind(value) != LABELS:
            raise RecordError(f"$type: {value.get('$type')!r:.100} is no label")
        return cls(
            name=_text(value, "name"),
            dataset_uri=_uri(value, "datasetUri"),
            created_at=_text(value, "createdAt"),
            version=_optional(value, "version"),
            description=_optional(value, "description"),
        )


def _most_tags() -> int:
    return limit(f"{ALT}.entry", "tags", "maxLength")


def _in_threes(packed: bytes) -> bytes:
    r"""Return the same msgpack map in a length that base64 needs no padding for, where it can be.

    Servers give bytes back without padding, and the published package decodes no others. A map of
    up to 15 entries may have a header of one, three or five bytes.

    >>> len(_in_threes(b"\x81\xa1a\x01")), len(_in_threes(b"\x81\xa1a\xcc\xff"))
    (6, 9)
    """
    count = packed[0] ^ _FIXMAP
    if count > _FIXMAP_MOST or len(packed) % 3 == 0:
        return packed
    wide = b"\xde" + count.to_bytes(2) if len(packed) % 3 == 1 else b"\xdf" + count.to_bytes(4)
    return wide + packed[1:]


def _read_metadata(value: Any) -> dict[str, Any] | None:
    if value is None:
        return None
    if isinstance(value, dict) and "$bytes" in value:
        try:
            return read_map(read_bytes(value, "metadata"))
        except SampleDecodeError as error:
            raise RecordError("metadata: these bytes are no msgpack map") from error
    if not isinstance(value, dict):
        raise RecordError("metadata: a map, or the bytes of one, stands there")
    # What the other package writes: its own names, and the rest below "custom".
    custom = value.get("custom")
    rest = {name: item for name, item in value.items() if name != "custom"}
    return rest | custom if isinstance(custom, dict) else dict(value)


def _with_checksums(
    storage: Storage, metadata: dict[str, Any] | None
) -> tuple[Storage, dict[str, Any] | None]:
    known = (metadata or {}).get(_CHECKSUMS)
    if not isinstance(storage, Urls) or not isinstance(known, dict) or metadata is None:
        return storage, metadata
    shards = tuple(Location(one.url, one.sha256 or known.get(one.url)) for one in storage.shards)
    rest = {name: item for name, item in metadata.items() if name != _CHECKSUMS}
    return Urls(shards), rest or None


def _kind(value: Mapping[str, Any]) -> str:
    kind = value.get("$type")
    return kind if isinstance(kind, str) else ""


def _text(value: Mapping[str, Any], name: str) -> str:
    found = value.get(name)
    if not isinstance(found, str) or not found:
        raise RecordError(f"{name}: text stands there")
    return found


def _optional(value: Mapping[str, Any], name: str) -> str | None:
    found = value.get(name)
    return found if isinstance(found, str) and found else None


def _uri(value: Mapping[str, Any], name: str) -> str:
    try:
        return str(AtUri.parse(_text(value, name)))
    except AtUriError as error:
        raise RecordError(f"{name}: {error}") from error


def _count(value: Any) -> int | None:
    return value if type(value) is int and value >= 0 else None


def _code(value: Mapping[str, Any], name: str) -> CodeReference | None:
    told = value.get(name)
    if not isinstance(told, dict):
        return None
    return CodeReference(_text(told, "repository"), _text(told, "commit"), _text(told, "path"))
