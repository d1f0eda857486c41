"""LocalIndex: the datasets and schemas of one person or team, listed in a directory."""

from __future__ import annotations

import contextlib
import os
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from atdata_nb.display import Displayed
from atdata_nb.errors import AtdataError, IndexClosedError, ServiceError
from atdata_nb.index.draft import Draft, SchemaDraft, split_ref
from atdata_nb.index.entry_shelf import EntryShelf
from atdata_nb.index.lens_shelf import LensShelf
from atdata_nb.index.places import where_it_is
from atdata_nb.index.schema_shelf import SchemaShelf, refuse
from atdata_nb.index.sqlite import SqliteStorage
from atdata_nb.index.writers import Writers
from atdata_nb.index.writing import Writing
from atdata_nb.schemas import parse_schema_ref
from atdata_nb.stores import LocalDiskStore

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from atdata_nb.dataset import Dataset
    from atdata_nb.index.entry import LocalEntry
    from atdata_nb.index.importer import ImportReport
    from atdata_nb.index.journal import Journal
    from atdata_nb.index.storage import Storage
    from atdata_nb.protocols import AbstractDataStore

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


class LocalIndex(EntryShelf, SchemaShelf, LensShelf, Displayed):
    """The datasets and schemas listed in a directory: ``index.db``, and ``shards/`` beside it.

    A name has versions. Listing the same content again under its name changes nothing; other
    content becomes the next version, and older ones stay. Threads, processes and forks may use
    one index at the same time; it can be pickled.

    A team's index is kept by a Redis server instead of ``index.db``: all else is the same.

    Args:
        path: the directory; without it, the one ``default_home`` names.
        redis: URL of a Redis server (``redis://…``) that keeps the index, or a client.
        data_store: where ``write_samples`` puts shards; without it, ``{path}/shards``.

    Raises:
        IndexFormatError: ``index.db`` is there and no index of this package.
        ServiceError: the Redis server does not answer.

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
        redis: Any = None,
        data_store: AbstractDataStore | None = None,
    ) -> None:
        self.path = (default_home() if path is None else Path(path).expanduser()).absolute()
        # What `LocalIndex()` opens is the same one on every line that says so.
        self.is_default = path is None and redis is None
        self._storage: Storage
        if redis is None:
            self._storage, self._where = SqliteStorage(self.path / "index.db"), _shown(self.path)
        else:
            from atdata_nb.index.redis_storage import RedisStorage

            self._storage = RedisStorage(redis)
            self._where = self._storage.label
        self._store = data_store

    @property
    def data_store(self) -> AbstractDataStore:
        """Where ``write_samples`` puts shards."""
        if self._store is None:
            self._store = LocalDiskStore(self.path / "shards")
        return self._store

    @property
    def journal(self) -> Journal:
        """What long work on its entries, as a promotion, has done already."""
        return self._storage.journal

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
            options: what the store's ``write`` takes: ``maxcount``, ``maxsize``, ``progress``; or,
                for a Dataset, ``client``: what `Dataset.write` takes.

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
        refuse(options, "insert_dataset without copy=True")
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
            self._discard([url for entry in gone for url in entry.data_urls])
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

    def refresh(self) -> int:
        """Look for what another program wrote beside this index; return how many it was.

        Only a Redis server has such: the ``atdata`` package knows nothing of this index's own
        keys. New keys are noticed by themselves, values that were written over only by this.
        """
        return self._storage.refresh()

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

    def __bool__(self) -> bool:
        # An empty index is still an index: `index or default` must not drop it.
        return True

    def __repr__(self) -> str:
        try:
            page = self.page(limit=_SHOWN)
        except IndexClosedError:
            return f"LocalIndex {self._where} (closed)"
        except ServiceError:
            return f"LocalIndex {self._where} (does not answer)"
        total = page.total or 0
        lines = [f"LocalIndex {self._where}: {total:,} dataset{'' if total == 1 else 's'}"]
        lines += [f"  {entry.ref}  {entry.schema_ref.rpartition('/')[2]}" for entry in page.items]
        if total > len(page.items):
            lines.append(f"  … {total - len(page.items):,} more")
        return "\n".join(lines)

    # Below the surface

    def _write(self, writing: Writing, draft: Draft, options: dict[str, Any]) -> LocalEntry:
        writers = Writers(self.path)
        # From right to left: what failed is deleted when this one is no writer any more.
        with writing.undone_on_failure(self._discard), writers.writing():
            draft = writing.write(draft, **options)
            if not draft.schema:
                draft = replace(draft, schema=SchemaDraft(schema=writing.schema))
            (entry,) = self._list([draft])
        # What others left is no reason for this one to fail.
        with contextlib.suppress(AtdataError, OSError):
            writers.clean(self._delete_unused)
        return entry

    def _discard(self, urls: Sequence[str]) -> None:
        Writers(self.path).discard(urls, self._delete_unused)

    def _list(self, drafts: list[Draft]) -> list[LocalEntry]:
        return [self._own(entry) for entry in self._storage.insert(drafts)]

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


def _shown(path: Path) -> str:
    """Return a path that looks the same on every machine: below the home, or by name alone."""
    try:
        return f"~/{path.relative_to(Path.home()).as_posix()}"
    except (ValueError, RuntimeError):
        return path.name
