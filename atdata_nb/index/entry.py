"""LocalEntry: one version of one dataset, as an index of ours lists it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from atdata_nb.display import Displayed
from atdata_nb.errors import IndexError_
from atdata_nb.protocols import ShardOpener
from atdata_nb.shards import URLSource

if TYPE_CHECKING:
    from atdata_nb.dataset import Dataset
    from atdata_nb.index.local import LocalIndex
    from atdata_nb.protocols import DataSource
    from atdata_nb.schemas import SchemaDict
    from atdata_nb.shards import Shard

_MAX_LINE = 90
_PATTERN = frozenset("{}*?[]")


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalEntry(Displayed):
    """One version of one dataset: a value, with a way back to the index that listed it.

    Attributes:
        name: what it is listed under.
        version: MAJOR.MINOR.PATCH of the dataset, not of its schema.
        schema_ref: reference of the schema of its samples.
        data_urls: where its shards are, in order; a URL may hold a brace pattern.
        metadata: what its author wrote beside it.
        cid: content identifier of ``schema_ref`` and ``data_urls``.
        created_at: when this version was listed; ISO 8601, UTC.
        shards: size and hashes of each shard, in the order of ``data_urls``; empty when unknown.
        samples: number of samples, or None when nobody counted.
        bytes: size of all shards, or None when unknown.
        index: the index it came from; not part of the value.
    """

    name: str
    version: str
    schema_ref: str
    data_urls: list[str] = field(hash=False)
    cid: str
    created_at: str
    metadata: dict[str, Any] | None = field(default=None, hash=False)
    description: str | None = None
    tags: tuple[str, ...] = ()
    license: str | None = None
    shards: tuple[Shard, ...] = ()
    samples: int | None = None
    bytes: int | None = None
    index: LocalIndex | None = field(default=None, repr=False, compare=False)

    @property
    def ref(self) -> str:
        """What ``index.get_dataset`` takes to return exactly this version."""
        return f"{self.name}@{self.version}"

    @property
    def schema(self) -> SchemaDict:
        """The schema of its samples.

        Raises:
            SchemaNotFoundError: the index does not have it.
        """
        return self._home().get_schema(self.schema_ref)

    @property
    def sample_type(self) -> type:
        """The sample type built from its schema.

        Raises:
            SchemaNotFoundError: the index does not have the schema.
            SchemaError: no type can be built from it.
        """
        return self._home().decode_schema(self.schema_ref)

    def dataset(self, sample_type: type | None = None) -> Dataset[Any]:
        """Open the data; its samples are of a type built from the schema, unless one is given.

        Raises:
            SchemaNotFoundError: no type was given and the index does not have the schema.
            SchemaError: no type was given and none can be built from the schema.
        """
        from atdata_nb.dataset import Dataset

        return Dataset(
            self.source(),
            sample_type=self.sample_type if sample_type is None else sample_type,
            metadata=self.metadata,
            name=self.name,
            written=self.written(),
        )

    def source(self) -> DataSource:
        """Where its shards can be read; a store that needs credentials opens its own."""
        store: Any = None if self.index is None else self.index.data_store
        opened = store.source(self.data_urls) if isinstance(store, ShardOpener) else None
        return opened or URLSource(self._sources())

    def written(self) -> list[Shard]:
        """What is known of the shards, by the identifiers that the dataset's source gives them."""
        return [
            replace(shard, url=_literal(shard.url)) if _has_pattern(shard.url) else shard
            for shard in self.shards
        ]

    def _sources(self) -> list[str]:
        # The path of a shard that a store wrote is no pattern, even where its root has braces.
        written = {shard.url for shard in self.shards if _has_pattern(shard.url)}
        return [_literal(url) if url in written else url for url in self.data_urls]

    def _home(self) -> LocalIndex:
        if self.index is None:
            raise IndexError_(f"{self.ref} is not from an index: pass sample_type=")
        return self.index

    def __repr__(self) -> str:
        lines = [f"LocalEntry {self.ref}"]
        lines += [f"  {label:<9} {_cut(value)}" for label, value in self._facts() if value]
        return "\n".join(lines)

    def _facts(self) -> list[tuple[str, str]]:
        known = [] if self.samples is None else [_counted(self.samples, "sample")]
        known.append(_counted(len(self.data_urls), "shard"))
        if self.bytes is not None:
            known.append(f"{self.bytes:,} bytes")
        metadata = ", ".join(f"{key}={value!r}" for key, value in (self.metadata or {}).items())
        return [
            ("schema", self.schema_ref.rpartition("/")[2]),
            ("data", " · ".join(known)),
            ("first", _leaf(self.data_urls[0]) if self.data_urls else ""),
            ("about", " ".join((self.description or "").split())),
            ("tags", ", ".join(self.tags)),
            ("license", self.license or ""),
            ("metadata", metadata),
        ]


def _has_pattern(url: str) -> bool:
    return not _PATTERN.isdisjoint(url)


def _literal(url: str) -> str:
    return Path(url).as_uri() if _is_path(url) else url


def _is_path(url: str) -> bool:
    return "://" not in url


def _leaf(url: str) -> str:
    # A path of this machine would make the same notebook look different elsewhere.
    return PurePosixPath(url.replace("\\", "/")).name if _is_path(url) else url.partition("?")[0]


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _cut(text: str) -> str:
    return text if len(text) <= _MAX_LINE else f"{text[: _MAX_LINE - 1]}…"
