"""Storage: what an index needs of the place that keeps its entries. One method, one transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from atdata_nb.index.draft import Draft, LensDraft, SchemaDraft
    from atdata_nb.index.entry import LocalEntry
    from atdata_nb.index.journal import Journal
    from atdata_nb.lenses import StoredLens
    from atdata_nb.protocols import Page

ORDERS = ("name", "date", "size")


class Storage(Protocol):
    """Entries and schemas, kept. Safe from several threads and processes; can be pickled.

    Names are listed by their highest version; older versions are found by name and version, and
    by CID. Entries come back without their ``index``.
    """

    @property
    def label(self) -> str:
        """Where it is, in a form that is safe to show."""
        ...

    @property
    def journal(self) -> Journal:
        """What long work has done already."""
        ...

    def insert(self, drafts: Sequence[Draft]) -> list[LocalEntry]:
        """List all drafts or none; what is there already comes back as it is.

        Raises:
            IndexConflictError: a wanted version has other content.
            SchemaConflictError: a schema's wanted version has other content.
        """
        ...

    def remove(self, name: str, version: str | None = None) -> list[LocalEntry]:
        """Forget a version of a name, or all; return what was removed."""
        ...

    def newest(self, name: str) -> LocalEntry | None:
        """The highest version of a name."""
        ...

    def version(self, name: str, version: str) -> LocalEntry | None:
        """One version of a name."""
        ...

    def versions(self, name: str) -> list[LocalEntry]:
        """All versions of a name, the highest last."""
        ...

    def by_cid(self, cid: str) -> LocalEntry | None:
        """The entry listed last with that CID."""
        ...

    def similar(self, name: str) -> list[str]:
        """A few hundred names at most, among them those that look like a name."""
        ...

    def page(self, order: str, limit: int, offset: int) -> Page[LocalEntry]:
        """Newest versions in one of ORDERS, or against it with ``-`` in front; ties by name."""
        ...

    def after(self, name: str, limit: int) -> list[LocalEntry]:
        """The next newest versions by name."""
        ...

    def search(self, query: str, limit: int, offset: int) -> Page[LocalEntry]:
        """Newest versions with words that begin with all words of the query, best first."""
        ...

    def select(
        self, query: str, facets: Mapping[str, str], order: str, limit: int, offset: int
    ) -> Page[LocalEntry]:
        """Newest versions that match a query and all facets; best first where no order is given."""
        ...

    def facet_counts(
        self, query: str, facets: Mapping[str, str], most: int
    ) -> dict[str, list[tuple[str, int]]]:
        """Of each kind the commonest values among what matches the query and the other facets."""
        ...

    def count(self) -> int:
        """Number of names."""
        ...

    def unused(self, urls: Sequence[str]) -> list[str]:
        """Those URLs that no entry of any version has."""
        ...

    def put_schema(self, draft: SchemaDraft) -> str:
        """Store a schema; return its reference.

        Raises:
            SchemaConflictError: the wanted version has other content.
        """
        ...

    def schema(self, name: str, version: str | None) -> dict[str, Any] | None:
        """The stored record of a schema; without a version, the highest one."""
        ...

    def schema_versions(self, name: str | None = None) -> list[tuple[str, str, str]]:
        """Name, version and CID of the content of all schemas, or of all of one name."""
        ...

    def schemas_after(self, name: str, version: str, limit: int) -> list[dict[str, Any]]:
        """The next records by name and version."""
        ...

    def put_lens(self, draft: LensDraft) -> StoredLens:
        """Store a lens, with the schemas of its ends, and return it as it is stored.

        Raises:
            LensConflictError: the wanted version has other content.
        """
        ...

    def lens(self, name: str, version: str | None) -> dict[str, Any] | None:
        """The stored record of a lens; without a version, the highest one."""
        ...

    def lenses_after(self, name: str, version: str, limit: int) -> list[dict[str, Any]]:
        """The next records by name and version."""
        ...

    def lenses_between(
        self, sources: Sequence[str] | None, views: Sequence[str] | None
    ) -> list[dict[str, Any]]:
        """Records of lenses with one of these references at their ends; None stands for any."""
        ...

    def refresh(self) -> int:
        """Take in what another program wrote into the same place; return how many it was."""
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...
