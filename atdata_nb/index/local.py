"""LocalIndex: the datasets and schemas of one person or team, listed in a directory."""

from __future__ import annotations

import difflib
import os
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, cast

from atdata_nb.display import Displayed
from atdata_nb.errors import (
    DatasetNotFoundError,
    IndexClosedError,
    IndexError_,
    SchemaNotFoundError,
)
from atdata_nb.index.draft import Draft, SchemaDraft, split_ref
from atdata_nb.index.entry import LocalEntry
from atdata_nb.index.places import where_it_is
from atdata_nb.index.sqlite import SqliteStorage
from atdata_nb.index.storage import ORDERS
from atdata_nb.index.writing import Writing
from atdata_nb.protocols import Page
from atdata_nb.schemas import (
    Schema,
    SchemaDict,
    local_schema_ref,
    parse_schema_ref,
    schema_from_type,
    schema_to_type,
)
from atdata_nb.schemas.names import is_unicode
from atdata_nb.schemas.versions import Version
from atdata_nb.stores import LocalDiskStore

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from atdata_nb.dataset import Dataset
    from atdata_nb.index.importer import ImportReport
    from atdata_nb.index.storage import Storage
    from atdata_nb.protocols import AbstractDataStore, Packable

HOME_VARIABLE = "ATDATA_NB_HOME"
_BLOCK = 500
_SHOWN = 10


def default_home() -> Path:
    """Return the directory of the index that ``LocalIndex()`` opens.

    It is what the environment variable ``ATDATA_NB_HOME`` says, or else the platform's directory
    for data of ``atdata_nb``.
    """
    if home := os.environ.get(HOME_VARIABLE):
        return Path(home).expanduser()
    from platformdirs import user_data_dir

    return Path(user_data_dir("atdata_nb"))


class LocalIndex(Displayed):
    """The datasets and schemas listed in a directory: ``index.db``, and ``shards/`` beside it.

    A name has versions. Listing the same content again under its name changes nothing; other
    content becomes the next version, and older ones stay. Threads, processes and forks may use
    one index at the same time; it can be pickled.

    Args:
        path: the directory; without it, the one ``default_home`` names.
        data_store: where ``write_samples`` puts shards; without it, ``{path}/shards``.

    Raises:
        IndexFormatError: ``index.db`` is there and no index of this package.

    Example:
        >>> import tempfile
        >>> import atdata_nb as at
        >>> @at.packable
        ... class Reading:
        ...     station: str
        ...     celsius: float
        >>> home = tempfile.TemporaryDirectory()
        >>> index = LocalIndex(home.name)
        >>> rows = [Reading("Lund", -3.5), Reading("Kiruna", -21.0)]
        >>> entry = index.write_samples(rows, name="winter", tags=["weather"])
        >>> index.write_samples(rows, name="winter", tags=["weather"]) == entry
        True
        >>> [found.ref for found in index.search("weath").items]
        ['winter@1.0.0']
        >>> [reading.station for reading in index.get_dataset("winter").dataset()]
        ['Lund', 'Kiruna']
        >>> index.close(); home.cleanup()
    """

    def __init__(
        self,
        path: str | os.PathLike[str] | None = None,
        *,
        data_store: AbstractDataStore | None = None,
    ) -> None:
        self.path = (default_home() if path is None else Path(path).expanduser()).absolute()
        self._storage: Storage = SqliteStorage(self.path / "index.db")
        self._store = data_store

    @property
    def data_store(self) -> AbstractDataStore:
        """Where ``write_samples`` puts shards."""
        if self._store is None:
            self._store = LocalDiskStore(self.path / "shards")
        return self._store

    # Putting in

    def write_samples(
        self,
        samples: Iterable[Any],
        *,
        name: str,
        sample_type: type | None = None,
        metadata: Mapping[str, Any] | None = None,
        description: str | None = None,
        tags: Iterable[str] = (),
        license: str | None = None,  # noqa: A002 - the field's own word
        version: str | None = None,
        **options: Any,
    ) -> LocalEntry:
        """Write samples as shards into the store and list them; nothing is left if that fails.

        Args:
            samples: a Dataset, or samples of one type; read once, never held all at once.
            name: what to list them under.
            sample_type: their type, where it is not that of the first one.
            metadata: plain values to keep beside the data.
            description: what they are, in the words a search should find.
            tags: words to search and group by.
            license: an SPDX expression, or a URL.
            version: MAJOR.MINOR.PATCH; without it, the one that fits.
            options: what the store's ``write`` takes: ``maxcount``, ``maxsize``, ``progress``.

        Raises:
            EmptyDatasetError: there are no samples.
            SampleTypeError: a sample is not of the type, or the metadata is not plain.
            IndexConflictError: that version is there with other content.
            UnsafePathError: the name would lead out of the store.
        """
        draft = Draft.told(
            name,
            metadata=metadata,
            description=description,
            tags=tags,
            license=license,
            version=version,
        )
        return self._write(Writing(self.data_store, name, samples, sample_type), draft, options)

    def insert_dataset(
        self,
        ds: Dataset[Any],
        *,
        name: str,
        schema_ref: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        description: str | None = None,
        tags: Iterable[str] = (),
        license: str | None = None,  # noqa: A002
        version: str | None = None,
        copy: bool = False,
        **options: Any,
    ) -> LocalEntry:
        """List a dataset where its shards are, or with ``copy`` its shards copied to the store.

        Args:
            ds: the dataset; its schema is stored too.
            name: what to list it under.
            schema_ref: a stored schema to list it with, instead of that of its type.
            metadata: plain values to keep beside the data.
            description: what it is, in the words a search should find.
            tags: words to search and group by.
            license: an SPDX expression, or a URL.
            version: MAJOR.MINOR.PATCH; without it, the one that fits.
            copy: write the samples into the index's store.
            options: with ``copy``, what the store's ``write`` takes.

        Raises:
            ShardNotFoundError: a local shard is not there.
            LensError: the dataset is seen through a lens; only its copy has that type.
            SchemaNotFoundError: no schema is stored under ``schema_ref``.
            IndexConflictError: that version is there with other content.
        """
        draft = Draft.told(
            name,
            metadata=metadata,
            description=description,
            tags=tags,
            license=license,
            version=version,
        )
        if schema_ref is not None:
            draft = replace(draft, schema=self._checked_ref(schema_ref))
        if copy:
            return self._write(Writing(self.data_store, name, ds, None), draft, options)
        _refuse(options, "insert_dataset without copy=True")
        return self._list([where_it_is(ds, draft)])[0]

    def insert_datasets(
        self, datasets: Iterable[tuple[Dataset[Any], Mapping[str, Any]]]
    ) -> list[LocalEntry]:
        """List many datasets where their shards are, all or none, in one transaction.

        Args:
            datasets: pairs of a dataset and the keyword arguments that ``insert_dataset`` takes,
                without ``copy``.
        """
        drafts = []
        checked: dict[str, str] = {}
        for ds, options in datasets:
            told = dict(options)
            ref = told.pop("schema_ref", None)
            draft = Draft.told(**told)
            if ref is not None:
                checked[ref] = checked.get(ref) or self._checked_ref(ref)
                draft = replace(draft, schema=checked[ref])
            drafts.append(where_it_is(ds, draft))
        return self._list(drafts)

    def remove(self, ref: str, *, delete_shards: bool = False) -> list[LocalEntry]:
        """Forget a name with all its versions, or one version of it; return what was forgotten.

        Args:
            ref: ``name`` or ``name@version``.
            delete_shards: delete the shards too, those that are in the index's own store and
                belong to no other entry.

        Raises:
            DatasetNotFoundError: there is no such name or version.
        """
        gone = self._storage.remove(ref)
        if not gone:
            name, version = split_ref(ref)
            gone = self._storage.remove(name, str(version)) if version else []
        if not gone:
            raise self._no_dataset(ref)
        if delete_shards:
            self._delete_unused([url for entry in gone for url in entry.data_urls])
        return gone

    def import_atdata(self, source: Any) -> ImportReport:
        """Take over an index of the ``atdata`` package; doing it again changes nothing.

        Args:
            source: path of its SQLite file (0.7), a ``redis://`` URL, or a Redis client.

        Raises:
            IndexFormatError: that is no such index.
            ServiceError: the Redis server does not answer.
        """
        from atdata_nb.index.importer import import_atdata

        return import_atdata(self._storage, source)

    # Getting out

    def get_dataset(self, ref: str) -> LocalEntry:
        """Return an entry by ``name`` (its highest version), ``name@version`` or CID.

        Raises:
            DatasetNotFoundError: there is none; the message names what looks like it.
        """
        found = self._find(ref)
        if found is None:
            raise self._no_dataset(ref)
        return self._own(found)

    def versions(self, name: str) -> list[LocalEntry]:
        """Return all versions of a name, the highest last.

        Raises:
            DatasetNotFoundError: nothing is listed under it.
        """
        found = self._storage.versions(name)
        if not found:
            raise self._no_dataset(name)
        return [self._own(entry) for entry in found]

    def page(self, *, limit: int = 50, offset: int = 0, order: str = "name") -> Page[LocalEntry]:
        """Return some of the names, each by its highest version.

        Args:
            limit: how many.
            offset: how many to leave out before.
            order: ``name``, ``date`` or ``size``; with ``-`` in front from the other end.
        """
        if order.removeprefix("-") not in ORDERS:
            raise IndexError_(f"order is one of {', '.join(ORDERS)}, or -…; got {order!r}")
        return self._own_page(self._storage.page(order, max(limit, 0), max(offset, 0)))

    def search(self, query: str, *, limit: int = 50, offset: int = 0) -> Page[LocalEntry]:
        """Return names that have words beginning with every word of the query, best first.

        Looked through are names, tags, descriptions, and names and fields of schemas. A query
        without words finds everything.
        """
        return self._own_page(self._storage.search(query, max(limit, 0), max(offset, 0)))

    def count(self) -> int:
        """Return the number of names."""
        return self._storage.count()

    @property
    def datasets(self) -> Iterator[LocalEntry]:
        """All names by their highest version, read block by block as they are asked for."""
        last = ""
        while block := self._storage.after(last, _BLOCK):
            yield from map(self._own, block)
            last = block[-1].name

    def list_datasets(self) -> list[LocalEntry]:
        """Return all names by their highest version."""
        return list(self.datasets)

    # Schemas

    def publish_schema(
        self,
        sample_type: type | Schema,
        *,
        version: str | None = None,
        description: str | None = None,
        **unknown: Any,
    ) -> str:
        """Store the schema of a sample type; return its reference.

        A stored version never changes: the same content again gives the same reference, other
        content without ``version`` gets the next one.

        Raises:
            SchemaConflictError: that version is there with other content.
            SchemaVersionError: the version is not MAJOR.MINOR.PATCH.
            SampleTypeError: that is no sample type.
        """
        _refuse(unknown, "publish_schema")
        if isinstance(sample_type, Schema):
            schema = sample_type
            if description is not None:
                schema = replace(schema, description=description)
        else:
            schema = schema_from_type(sample_type, description=description)
        return self._storage.put_schema(SchemaDraft(schema=schema, version=version))

    def get_schema(self, ref: str) -> SchemaDict:
        """Return a stored schema by reference, ``Name@version`` or ``Name`` (highest version).

        Raises:
            SchemaNotFoundError: it is not stored here.
            SchemaRefError: the reference names no schema.
        """
        name, version = _schema_key(ref)
        record = self._storage.schema(name, version)
        if record is None:
            raise SchemaNotFoundError(f"no schema {ref!r} in {self._where}")
        return _schema_dict(record)

    @property
    def schemas(self) -> Iterator[SchemaDict]:
        """All schemas by name and version, read block by block as they are asked for."""
        last = ("", "")
        while block := self._storage.schemas_after(*last, _BLOCK):
            yield from map(_schema_dict, block)
            last = (block[-1]["name"], block[-1]["version"])

    def list_schemas(self) -> list[SchemaDict]:
        """Return all schemas."""
        return list(self.schemas)

    def decode_schema(self, ref: str) -> type[Packable]:
        """Build the sample type of a stored schema.

        Raises:
            SchemaNotFoundError: it is not stored here.
            SchemaError: no type can be built from it.
        """
        return cast("type[Packable]", schema_to_type(self.get_schema(ref)))

    # The object itself

    def browse(self, **options: Any) -> Any:
        """Open the dataset browser on this index (needs the extra ``lab``)."""
        # By name: that is floors above, and nothing here knows that notebooks exist.
        return import_module("atdata_nb.notebook").browse(self, **options)

    def close(self) -> None:
        """Let go of the database; asking the index again raises IndexClosedError."""
        self._storage.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __len__(self) -> int:
        return self.count()

    def __bool__(self) -> bool:
        # An empty index is still an index: `index or default` must not drop it.
        return True

    def __iter__(self) -> Iterator[LocalEntry]:
        return self.datasets

    def __contains__(self, ref: object) -> bool:
        if isinstance(ref, LocalEntry):
            ref = ref.ref
        return isinstance(ref, str) and self._find(ref) is not None

    def __repr__(self) -> str:
        try:
            page = self.page(limit=_SHOWN)
        except IndexClosedError:
            return f"LocalIndex {self._where} (closed)"
        total = page.total or 0
        lines = [f"LocalIndex {self._where}: {total:,} dataset{'' if total == 1 else 's'}"]
        lines += [f"  {entry.ref}  {entry.schema_ref.rpartition('/')[2]}" for entry in page.items]
        if total > len(page.items):
            lines.append(f"  … {total - len(page.items):,} more")
        return "\n".join(lines)

    @property
    def _where(self) -> str:
        try:
            return f"~/{self.path.relative_to(Path.home()).as_posix()}"
        except (ValueError, RuntimeError):
            return self.path.name

    # Below the surface

    def _write(self, writing: Writing, draft: Draft, options: dict[str, Any]) -> LocalEntry:
        with writing.undone_on_failure(self._storage.unused):
            draft = writing.write(draft, **options)
            if not draft.schema:
                draft = replace(draft, schema=SchemaDraft(schema=writing.schema))
            return self._list([draft])[0]

    def _list(self, drafts: list[Draft]) -> list[LocalEntry]:
        return [self._own(entry) for entry in self._storage.insert(drafts)]

    def _find(self, ref: object) -> LocalEntry | None:
        if not isinstance(ref, str) or not is_unicode(ref):
            return None
        name, version = split_ref(ref)
        # An imported name may look like a version of another, so the whole text comes first.
        return (
            self._storage.newest(ref)
            or (self._storage.version(name, str(version)) if version else None)
            or self._storage.by_cid(ref)
        )

    def _own(self, entry: LocalEntry) -> LocalEntry:
        return replace(entry, index=self)

    def _own_page(self, page: Page[LocalEntry]) -> Page[LocalEntry]:
        return Page([self._own(entry) for entry in page.items], page.total, page.offset)

    def _checked_ref(self, schema_ref: str) -> str:
        # A record of the network is kept there; everything else has to be here (TRAPS C18).
        if parse_schema_ref(schema_ref).kind == "local":
            self.get_schema(schema_ref)
        return schema_ref

    def _delete_unused(self, urls: list[str]) -> None:
        store = self.data_store
        kept = set(store.list()) if hasattr(store, "list") else set()
        for url in self._storage.unused(urls):
            if url in kept and hasattr(store, "delete"):
                store.delete(url)

    def _no_dataset(self, ref: object) -> DatasetNotFoundError:
        if not isinstance(ref, str):
            return DatasetNotFoundError(f"a dataset is found by its name or CID, got {ref!r}")
        name, version = split_ref(ref)
        if version is not None and (found := self._storage.versions(name)):
            there = ", ".join(entry.version for entry in found)
            return DatasetNotFoundError(f"{name} has no version {version}, only {there}")
        near = difflib.get_close_matches(name, self._storage.similar(name), n=3)
        hint = f"; there is {', '.join(map(repr, near))}" if near else ""
        return DatasetNotFoundError(f"no dataset {ref!r} in {self._where}{hint}")


def _refuse(unknown: Mapping[str, Any], what: str) -> None:
    # The protocol lets every index take more arguments; a misspelled one must not pass unseen.
    if unknown:
        raise TypeError(f"{what} takes no {', '.join(unknown)}")


def _schema_key(ref: str) -> tuple[str, str | None]:
    if "/" not in ref:
        name, _, version = ref.partition("@")
        return name, str(Version.parse(version)) if version else None
    parsed = parse_schema_ref(ref)
    # The network's records have no version, and none of them is stored under its own URI.
    return (parsed.name, parsed.version) if parsed.kind == "local" else (ref, "")


def _schema_dict(record: Mapping[str, Any]) -> SchemaDict:
    return SchemaDict({**record, "$ref": local_schema_ref(record["name"], record["version"])})
