"""EntryShelf: the half of an index that looks datasets up."""

from __future__ import annotations

import difflib
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from atdata_nb.errors import DatasetNotFoundError, IndexError_
from atdata_nb.index.draft import split_ref
from atdata_nb.index.entry import LocalEntry
from atdata_nb.index.facets import KINDS
from atdata_nb.index.storage import ORDERS
from atdata_nb.protocols import Page
from atdata_nb.schemas.names import is_unicode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from atdata_nb.index.storage import Storage
    from atdata_nb.index.verification import VerifyReport
    from atdata_nb.scanning.events import OnEvent

_BLOCK = 500
_NOTHING: Mapping[str, str] = MappingProxyType({})


class EntryShelf:
    """Names, their versions, pages of them, and search; each name by its highest version."""

    _storage: Storage
    _where: str

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
        _check_order(order)
        return self._own_page(self._storage.page(order, max(limit, 0), max(offset, 0)))

    def search(self, query: str, *, limit: int = 50, offset: int = 0) -> Page[LocalEntry]:
        """Return names that have words beginning with every word of the query, best first.

        Looked through are names, tags, descriptions, and names and fields of schemas. A query
        without words finds everything.
        """
        return self._own_page(self._storage.search(query, max(limit, 0), max(offset, 0)))

    def select(
        self,
        query: str = "",
        *,
        facets: Mapping[str, str] = _NOTHING,
        order: str = "",
        limit: int = 50,
        offset: int = 0,
    ) -> Page[LocalEntry]:
        """Return names that match a query as in ``search`` and are narrowed down by facets.

        Args:
            query: words; without them, everything.
            facets: a value for ``place`` (``local``, ``s3``, ``network``), ``schema`` (its
                reference), ``tag`` or ``license``, or for several of them.
            order: as in ``page``; without it, best first.
            limit: how many.
            offset: how many to leave out before.

        Example:
            >>> import tempfile
            >>> import atdata_nb as at
            >>> @at.packable
            ... class Word:
            ...     text: str
            >>> home = tempfile.TemporaryDirectory()
            >>> index = at.LocalIndex(home.name)
            >>> _ = index.write_samples([Word("a")], name="first", tags=["letters"])
            >>> _ = index.write_samples([Word("b")], name="second")
            >>> [entry.name for entry in index.select(facets={"tag": "letters"}).items]
            ['first']
            >>> index.facet_counts()["place"]
            [('local', 2)]
            >>> index.close(); home.cleanup()
        """
        if order:
            _check_order(order)
        chosen = _checked(facets)
        found = self._storage.select(query, chosen, order, max(limit, 0), max(offset, 0))
        return self._own_page(found)

    def facet_counts(
        self, query: str = "", *, facets: Mapping[str, str] = _NOTHING, most: int = 50
    ) -> dict[str, list[tuple[str, int]]]:
        """Return the commonest values of each kind of facet, and how many names have them.

        Counted are the names that match the query and all facets of other kinds.
        """
        return self._storage.facet_counts(query, _checked(facets), max(most, 0))

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

    # Any, as a list[LocalEntry] is no list[IndexEntry] to a type checker.
    def list_datasets(self) -> list[Any]:
        """Return all names by their highest version."""
        return list(self.datasets)

    def verify(
        self,
        ref: str,
        *,
        progress: Callable[[int, int], None] | None = None,
        client: Any = None,
        on_event: OnEvent | None = None,
    ) -> VerifyReport:
        """Read all shards of an entry again and compare them with what was written.

        Args:
            ref: ``name``, ``name@version`` or CID.
            progress: called with the number of shards done and of all shards.
            client: where to read them: a Dask ``Client``, ``"processes"``, or what else
                `atdata_nb.map_shards` takes; without one, on threads.
            on_event: called with a ScanEvent of every shard.

        Raises:
            DatasetNotFoundError: there is none.
        """
        from atdata_nb.index.verification import verify_entry

        entry = self.get_dataset(ref)
        return verify_entry(entry, progress=progress, client=client, on_event=on_event)

    def build_manifests(
        self,
        ref: str,
        *,
        client: Any = None,
        on_event: OnEvent | None = None,
        force: bool = False,
    ) -> int:
        """Write what is in each shard of an entry beside it, where that is not there yet.

        Args:
            ref: ``name``, ``name@version`` or CID.
            client: where to read the shards, as of `verify`.
            on_event: called with a ScanEvent of every shard.
            force: write those anew that are there.

        Returns:
            how many were written.

        Raises:
            DatasetNotFoundError: there is none.
            QueryError: a shard is remote, and not in a store that writes beside it.
            MissingExtraError: pyarrow is not installed.
        """
        store: Any = getattr(self, "data_store", None)
        ds = self.get_dataset(ref).dataset()
        able = store if hasattr(store, "write_beside") else None
        return ds.build_manifests(store=able, client=client, on_event=on_event, force=force)

    def __len__(self) -> int:
        return self.count()

    def __iter__(self) -> Iterator[LocalEntry]:
        return self.datasets

    def __contains__(self, ref: object) -> bool:
        if isinstance(ref, LocalEntry):
            ref = ref.ref
        return isinstance(ref, str) and self._find(ref) is not None

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
        home: Any = self
        return replace(entry, index=home)

    def _own_page(self, page: Page[LocalEntry]) -> Page[LocalEntry]:
        return Page([self._own(entry) for entry in page.items], page.total, page.offset)

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


def _check_order(order: str) -> None:
    if order.removeprefix("-") not in ORDERS:
        raise IndexError_(f"order is one of {', '.join(ORDERS)}, or -…; got {order!r}")


def _checked(facets: Mapping[str, str]) -> dict[str, str]:
    unknown = set(facets) - set(KINDS)
    if unknown:
        raise IndexError_(f"a facet is one of {', '.join(KINDS)}; got {min(unknown)!r}")
    return dict(facets)
