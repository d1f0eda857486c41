"""Material: what there is to promote, whichever index lists it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from atdata_nb.atmosphere.entry import AtmosphereEntry
from atdata_nb.index.entry import LocalEntry
from atdata_nb.protocols import LocalPaths, ShardOpener
from atdata_nb.schemas import from_any
from atdata_nb.shards import URLSource

if TYPE_CHECKING:
    from pathlib import Path

    from atdata_nb.protocols import AbstractIndex, DataSource, IndexEntry
    from atdata_nb.schemas import Schema
    from atdata_nb.shards import Shard

_FIRST: Final = "1.0.0"


@dataclass(frozen=True, slots=True)
class Parcel:
    """One shard on its way.

    Attributes:
        number: its place among the shards, from 0.
        shard: what its source calls it.
        path: its file, where it is one of this machine.
        bytes: its size, where that is known.
        sha256: hexadecimal SHA-256, where it was recorded.
        cid: its CID as a blob, where it was recorded.
        fault: why it can't be read; empty where nothing is known against it.
        written: what its index says of it, where that was recorded.
    """

    number: int
    shard: str
    path: Path | None = None
    bytes: int | None = None
    sha256: str | None = None
    cid: str | None = None
    fault: str = ""
    written: Shard | None = None

    @property
    def step(self) -> str:
        """What events call the step that carries it."""
        return f"shard-{self.number}"


@dataclass(frozen=True, slots=True)
class Material:
    """What there is to promote.

    Attributes:
        name: of the dataset, as its index lists it.
        version: MAJOR.MINOR.PATCH of the dataset.
        schema: of its samples.
        source: what opens its shards, with whatever credentials that takes.
        parcels: its shards, in order.
        samples: how many samples it has, where that is known.
        entry: as its index gave it.
    """

    name: str
    version: str
    schema: Schema
    source: DataSource = field(repr=False)
    parcels: tuple[Parcel, ...]
    metadata: dict[str, Any] | None
    description: str | None
    tags: tuple[str, ...]
    license: str | None
    samples: int | None
    entry: IndexEntry = field(repr=False)

    @classmethod
    def of(cls, entry: IndexEntry, index: AbstractIndex | None) -> Material:
        """Return what an entry says of itself; of a stranger's entry, what the protocol says.

        Raises:
            SchemaError: its schema can't be read.
            KeyError: the index does not have it.
            UrlError: its shards can't be opened.
        """
        home: Any = getattr(entry, "index", None) or index
        source = _source(entry, home)
        written: list[Shard] = (
            entry.written() if isinstance(entry, LocalEntry) else getattr(entry, "_written", list)()
        )
        return cls(
            name=entry.name,
            version=getattr(entry, "version", None) or _FIRST,
            schema=from_any(home.get_schema(entry.schema_ref))[0],
            source=source,
            parcels=_parcels(source, {shard.url: shard for shard in written}),
            metadata=entry.metadata,
            description=getattr(entry, "description", None),
            tags=tuple(getattr(entry, "tags", ())),
            license=getattr(entry, "license", None),
            samples=getattr(entry, "samples", None),
            entry=entry,
        )

    def fresh(self) -> Material:
        """Return it with the shards as they are now: a plan may be run much later."""
        return replace(
            self,
            parcels=tuple(
                _parcel(one.number, one.shard, self.source, one.written) for one in self.parcels
            ),
        )

    @property
    def bytes(self) -> int | None:
        """Size of all shards; None where one is not known."""
        sizes = [parcel.bytes for parcel in self.parcels]
        return None if None in sizes else sum(size for size in sizes if size is not None)

    @property
    def is_local(self) -> bool:
        """Whether all shards are files of this machine."""
        return all(parcel.path is not None for parcel in self.parcels)


def _source(entry: IndexEntry, home: Any) -> DataSource:
    if isinstance(entry, LocalEntry | AtmosphereEntry):
        return entry.source()
    store = getattr(home, "data_store", None)
    opened = store.source(entry.data_urls) if isinstance(store, ShardOpener) else None
    return opened or URLSource(entry.data_urls)


def _parcels(source: DataSource, known: dict[str, Shard]) -> tuple[Parcel, ...]:
    return tuple(
        _parcel(number, shard, source, known.get(shard))
        for number, shard in enumerate(source.list_shards())
    )


def _parcel(number: int, shard: str, source: DataSource, written: Shard | None) -> Parcel:
    path = source.local_path(shard) if isinstance(source, LocalPaths) else None
    size = None if written is None else written.bytes
    fault = ""
    if path is not None:
        try:
            there = path.stat().st_size
        except OSError as error:
            fault = f"{path.name}: {error.strerror or error}"
        else:
            if size not in {None, there}:
                fault = f"{path.name} has {there:,} bytes, {size:,} were written"
            size = there
    return Parcel(
        number=number,
        shard=shard,
        path=path,
        bytes=size,
        sha256=None if written is None else written.sha256,
        cid=None if written is None else written.cid,
        fault=fault,
        written=written,
    )


def has_samples(material: Material) -> bool:
    """Whether there is at least one sample; where nobody counted, by looking for one.

    Raises:
        AtdataError: the first shards can't be read.
    """
    from atdata_nb.dataset import Dataset

    if material.samples is not None:
        return material.samples > 0
    ds: Dataset[Any] = Dataset(material.source)
    return any(
        len(block.payloads) for parcel in material.parcels for block in ds.raw_blocks(parcel.shard)
    )
