"""Protocols: what a sample, an index, a store and a source promise, whoever wrote them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import (
    IO,
    TYPE_CHECKING,
    Any,
    Generic,
    Protocol,
    Self,
    TypeAlias,
    TypeVar,
    runtime_checkable,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from atdata_nb.dataset import Dataset

ItemT = TypeVar("ItemT")

# What has bytes without copying them; collections.abc.Buffer is there from 3.12 on.
Buffer: TypeAlias = bytes | bytearray | memoryview


@runtime_checkable
class Packable(Protocol):
    """One sample that knows its bytes."""

    @classmethod
    def from_data(cls, data: dict[str, Any], /) -> Self:
        """Build a sample from field values."""
        ...

    @classmethod
    def from_bytes(cls, data: bytes, /) -> Self:
        """Build a sample from one msgpack map."""
        ...

    @property
    def packed(self) -> bytes:
        """The sample as one msgpack map."""
        ...

    @property
    def as_wds(self) -> dict[str, Any]:
        """The sample as a webdataset writer takes it: ``__key__`` and ``msgpack``."""
        ...


@runtime_checkable
class IndexEntry(Protocol):
    """What an index knows of one dataset."""

    @property
    def name(self) -> str:
        """Name of the dataset."""
        ...

    @property
    def schema_ref(self) -> str:
        """Reference of the schema of its samples."""
        ...

    @property
    def data_urls(self) -> list[str]:
        """Where its shards are, in order."""
        ...

    @property
    def metadata(self) -> dict[str, Any] | None:
        """What its author wrote beside it."""
        ...


class AbstractIndex(Protocol):
    """A place where datasets and schemas are listed."""

    @property
    def data_store(self) -> AbstractDataStore | None:
        """Where the index puts shards, if it does."""
        ...

    def insert_dataset(
        self, ds: Dataset[Any], *, name: str, schema_ref: str | None = None, **kwargs: Any
    ) -> IndexEntry:
        """List a dataset under a name."""
        ...

    def get_dataset(self, ref: str) -> IndexEntry:
        """Return one entry; KeyError when there is none."""
        ...

    @property
    def datasets(self) -> Iterator[IndexEntry]:
        """All entries, lazily."""
        ...

    def list_datasets(self) -> list[IndexEntry]:
        """All entries at once."""
        ...

    def publish_schema(self, sample_type: type, *, version: str = "1.0.0", **kwargs: Any) -> str:
        """List the schema of a sample type; return its reference."""
        ...

    def get_schema(self, ref: str) -> dict[str, Any]:
        """Return one schema; KeyError when there is none."""
        ...

    @property
    def schemas(self) -> Iterator[dict[str, Any]]:
        """All schemas, lazily."""
        ...

    def list_schemas(self) -> list[dict[str, Any]]:
        """All schemas at once."""
        ...

    def decode_schema(self, ref: str) -> type[Packable]:
        """Build the sample type of a schema; KeyError, or ValueError when it can't be built."""
        ...


class AbstractDataStore(Protocol):
    """A place where shards are kept."""

    def write_shards(self, ds: Dataset[Any], *, prefix: str, **kwargs: Any) -> list[str]:
        """Write a dataset's samples as shards; return their URLs."""
        ...

    def read_url(self, url: str) -> str:
        """Return a URL under which that shard can be read now."""
        ...

    def supports_streaming(self) -> bool:
        """Whether shards can be read without fetching them whole."""
        ...


@runtime_checkable
class DataSource(Protocol):
    """Shards that can be opened one by one."""

    @property
    def shards(self) -> Iterator[tuple[str, IO[bytes]]]:
        """Each shard's identifier and its bytes."""
        ...

    def list_shards(self) -> list[str]:
        """Identifiers of the shards, in order."""
        ...

    def open_shard(self, shard_id: str, /) -> IO[bytes]:
        """Open one shard; KeyError when the source does not have it."""
        ...


@dataclass(frozen=True, slots=True)
class Page(Generic[ItemT]):
    """A slice of a longer list.

    Attributes:
        items: the slice.
        total: length of the whole list, or None where finding out would cost a full scan.
        offset: place of the first item in the whole list.
    """

    items: list[ItemT]
    total: int | None
    offset: int = 0


# Optional capabilities: found by isinstance, never by class.


@runtime_checkable
class Searchable(Protocol):
    """An index that can search by itself."""

    def search(self, query: str, *, limit: int = 50, offset: int = 0) -> Page[Any]:
        """Entries that match, best first."""
        ...


@runtime_checkable
class Countable(Protocol):
    """An index that knows how many datasets it lists."""

    def count(self) -> int:
        """Number of datasets."""
        ...


@runtime_checkable
class Paged(Protocol):
    """An index that can list a page of its entries."""

    def page(self, *, limit: int = 50, offset: int = 0, order: str = "name") -> Page[Any]:
        """One page of entries in an order: ``name``, ``date``, ``size``, ``-name`` and so on."""
        ...


@runtime_checkable
class Faceted(Protocol):
    """An index that can narrow its list down by what its entries say.

    A facet is a kind and a value: ``place`` (``local``, ``s3``, ``network``), ``schema`` (its
    reference), ``tag``, ``license``.
    """

    def select(
        self,
        query: str = "",
        *,
        facets: Mapping[str, str],
        order: str = "",
        limit: int = 50,
        offset: int = 0,
    ) -> Page[Any]:
        """Entries that match a query and all facets; best first, or in an order of ``Paged``."""
        ...

    def facet_counts(
        self, query: str = "", *, facets: Mapping[str, str], most: int = 50
    ) -> dict[str, list[tuple[str, int]]]:
        """Of each kind the commonest values, and how many entries would be left with each.

        They are counted among the entries that match the query and all facets of other kinds.
        """
        ...


@runtime_checkable
class RangeReadable(Protocol):
    """A source that can read a part of a shard."""

    def read_range(self, shard_id: str, start: int, length: int) -> bytes:
        """Bytes ``[start, start + length)`` of a shard."""
        ...


@runtime_checkable
class Indexed(Protocol):
    """A source that may have member indexes beside its shards (docs/formats.md)."""

    def read_index(self, shard_id: str, start: int, length: int) -> bytes | None:
        """Bytes ``[start, start + length)`` of a shard's member index; None where it has none."""
        ...


@runtime_checkable
class Divisible(Protocol):
    """A source that can be taken apart."""

    def only(self, shards: Sequence[str]) -> DataSource:
        """Return a source of some of its shards, with all that another machine needs for them."""
        ...


@runtime_checkable
class Accompanied(Protocol):
    """A source that may have other files beside its shards, like manifests (docs/formats.md)."""

    def read_beside(self, shard_id: str, ending: str, start: int, length: int) -> bytes | None:
        """Bytes ``[start, start + length)`` of ``{shard}{ending}``; None where there is none."""
        ...


@runtime_checkable
class Checksummed(Protocol):
    """A source that knows what its shards' bytes must be."""

    def sha256(self, shard_id: str, /) -> str | None:
        """Hexadecimal SHA-256 that a shard must have; None where that is not known."""
        ...


@runtime_checkable
class ShardOpener(Protocol):
    """A store that opens its own shards, with the credentials that takes."""

    def source(self, urls: Sequence[str]) -> DataSource | None:
        """Return a source of those shards; None where one of them is not in the store."""
        ...


@runtime_checkable
class LocalPaths(Protocol):
    """A source whose shards may be files on this machine."""

    def local_path(self, shard_id: str) -> Path | None:
        """Path of a shard's file, or None when it has none."""
        ...


class SamplesByNumber(Protocol):
    """The samples of one shard, each for itself."""

    shard: str

    def __len__(self) -> int:
        """Number of samples."""
        ...

    def where(self, i: int, /) -> tuple[str, int]:
        """Key of a sample, and where it is in the shard."""
        ...

    def payload(self, i: int, /) -> Buffer:
        """Packed bytes of one sample."""
        ...

    def payloads(self, numbers: Sequence[int], /) -> Sequence[Buffer]:
        """Packed bytes of some samples."""
        ...


@runtime_checkable
class Numbered(Protocol):
    """A source that can give any sample of a shard without reading those before it."""

    def numbered(self, shard_id: str, /) -> SamplesByNumber | None:
        """Return a shard's samples by number; None where it can only be read in order."""
        ...
