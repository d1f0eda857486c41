"""SqliteStorage: entries and schemas in one SQLite file."""

# ruff: noqa: S608 - only constants of this module are pasted into statements; values never are.

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from atdata_nb.index.connections import Connections
from atdata_nb.index.journal import SqliteJournal
from atdata_nb.index.lens_table import put_lens, read_lenses
from atdata_nb.index.listing import Listing
from atdata_nb.index.rows import COLUMNS, from_row
from atdata_nb.index.schema_table import put_schema, read_schema
from atdata_nb.index.search import match_expression
from atdata_nb.index.sqlite_facets import Narrowed
from atdata_nb.protocols import Page
from atdata_nb.schemas.versions import Version

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from atdata_nb.index.draft import Draft, LensDraft, SchemaDraft
    from atdata_nb.index.entry import LocalEntry
    from atdata_nb.lenses import StoredLens

MOST_SIMILAR = 300
_ORDERS = {
    "name": "name",
    "date": "created_at, name",
    "size": "bytes, name",
    "-name": "name DESC",
    "-date": "created_at DESC, name DESC",
    "-size": "bytes DESC, name DESC",
}


class SqliteStorage:
    """The tables of `atdata_nb.index.layout`, behind the interface of a Storage."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._connections = Connections(path)
        # A file that is no index should be noticed by who names it, not by a later query.
        self._connections.get()

    @property
    def label(self) -> str:
        """The file's directory by name."""
        return self.path.parent.name

    @property
    def journal(self) -> SqliteJournal:
        """What long work has done already."""
        return SqliteJournal(self._connections)

    # Entries

    def insert(self, drafts: Sequence[Draft]) -> list[LocalEntry]:
        """List all drafts or none; what is there already comes back as it is."""
        with self._connections.writing() as db:
            listing = Listing(db)
            entries = [listing.add(draft) for draft in drafts]
            listing.finish()
        return entries

    def remove(self, name: str, version: str | None = None) -> list[LocalEntry]:
        """Forget a version of a name, or all; return what was removed."""
        chosen = (name, version, version)
        where = "WHERE name = ? AND (? IS NULL OR version = ?)"
        with self._connections.writing() as db:
            rows = db.execute(f"SELECT {COLUMNS} FROM entries {where}", chosen).fetchall()
            gone = f"SELECT id FROM entries {where}"
            db.execute(f"DELETE FROM words WHERE rowid IN ({gone})", chosen)
            shown = f"SELECT count(*) FROM entries {where} AND newest"
            (names,) = db.execute(shown, chosen).fetchone()
            db.execute(f"DELETE FROM entries {where}", chosen)
            listing = Listing(db, names=-names)
            if names:
                listing.show_newest(name)
            listing.finish()
        return [from_row(row) for row in rows]

    def newest(self, name: str) -> LocalEntry | None:
        """The highest version of a name."""
        return self._one("WHERE newest AND name = ?", name)

    def version(self, name: str, version: str) -> LocalEntry | None:
        """One version of a name."""
        return self._one("WHERE name = ? AND version = ?", name, version)

    def versions(self, name: str) -> list[LocalEntry]:
        """All versions of a name, the highest last."""
        found = self._many("WHERE name = ?", name)
        return sorted(found, key=lambda entry: Version.parse(entry.version))

    def by_cid(self, cid: str) -> LocalEntry | None:
        """The entry listed last with that CID."""
        return self._one("WHERE cid = ? ORDER BY id DESC LIMIT 1", cid)

    def similar(self, name: str) -> list[str]:
        """Names that begin alike, and names with a word of this one."""
        start = name[:2] if self.count() > MOST_SIMILAR else ""
        alike = "SELECT name FROM entries WHERE newest AND name >= ? ORDER BY name LIMIT ?"
        found = self._rows(alike, start, MOST_SIMILAR)
        expression = (match_expression(name) or "").replace(" AND ", " OR ")
        if expression:
            shared = "SELECT rowid FROM words WHERE words MATCH ? LIMIT 200"
            found += self._rows(f"SELECT name FROM entries WHERE id IN ({shared})", expression)
        return list(dict.fromkeys(row[0] for row in found))

    def page(self, order: str, limit: int, offset: int) -> Page[LocalEntry]:
        """Newest versions in an order."""
        with self._connections.reading():
            found = self._many(
                f"WHERE newest ORDER BY {_ORDERS[order]} LIMIT ? OFFSET ?", limit, offset
            )
            return Page(found, self.count(), offset)

    def after(self, name: str, limit: int) -> list[LocalEntry]:
        """The next newest versions by name."""
        return self._many("WHERE newest AND name > ? ORDER BY name LIMIT ?", name, limit)

    def search(self, query: str, limit: int, offset: int) -> Page[LocalEntry]:
        """Newest versions with words that begin with all words of the query, best first."""
        return self.select(query, {}, "", limit, offset)

    def select(
        self, query: str, facets: Mapping[str, str], order: str, limit: int, offset: int
    ) -> Page[LocalEntry]:
        """Newest versions that match a query and all facets, best first or in an order."""
        expression = match_expression(query)
        if expression is None:
            order = order or "name"
            if not facets:
                return self.page(order, limit, offset)
        with self._connections.reading() as db:
            narrowed = Narrowed(db, expression, facets)
            total = narrowed.count()
            ids = narrowed.ids(_ORDERS.get(order, ""), limit, offset, total)
            return Page(_by_id(db, ids), total, offset)

    def facet_counts(
        self, query: str, facets: Mapping[str, str], most: int
    ) -> dict[str, list[tuple[str, int]]]:
        """Of each kind the commonest values, counted among what else matches."""
        with self._connections.reading() as db:
            return Narrowed(db, match_expression(query), facets).counts(most)

    def count(self) -> int:
        """Number of names."""
        ((names,),) = self._rows("SELECT names FROM totals")
        return int(names)

    def unused(self, urls: Sequence[str]) -> list[str]:
        """Those URLs that no entry of any version has."""
        known = "SELECT 1 FROM urls WHERE url = ? LIMIT 1"
        return [url for url in urls if not self._rows(known, url)]

    # Schemas

    def put_schema(self, draft: SchemaDraft) -> str:
        """Store a schema; return its reference."""
        with self._connections.writing() as db:
            return put_schema(db, draft)

    def schema(self, name: str, version: str | None) -> dict[str, Any] | None:
        """The stored record of a schema; without a version, the highest one."""
        if version is None:
            found = self.schema_versions(name)
            version = max((each for _, each, _ in found), key=Version.parse, default="")
        with self._connections.asking() as db:
            return read_schema(db, name, version)

    def schema_versions(self, name: str | None = None) -> list[tuple[str, str, str]]:
        """Name, version and CID of the content of all schemas, or of all of one name."""
        where, values = ("", ()) if name is None else ("WHERE name = ?", (name,))
        return self._rows(f"SELECT name, version, content FROM schemas {where}", *values)

    def schemas_after(self, name: str, version: str, limit: int) -> list[dict[str, Any]]:
        """The next records by name and version."""
        rows = self._rows(
            "SELECT record FROM schemas WHERE (name, version) > (?, ?) "
            "ORDER BY name, version LIMIT ?",
            name,
            version,
            limit,
        )
        return [json.loads(record) for (record,) in rows]

    # Lenses

    def put_lens(self, draft: LensDraft) -> StoredLens:
        """Store a lens, with the schemas of its ends, and return it as it is stored."""
        with self._connections.writing() as db:
            return put_lens(db, draft)

    def lens(self, name: str, version: str | None) -> dict[str, Any] | None:
        """The stored record of a lens; without a version, the highest one."""
        if version is None:
            rows = self._rows("SELECT version FROM lenses WHERE name = ?", name)
            version = max((row[0] for row in rows), key=Version.parse, default="")
        return next(iter(self._lenses("WHERE name = ? AND version = ?", name, version)), None)

    def lenses_after(self, name: str, version: str, limit: int) -> list[dict[str, Any]]:
        """The next records by name and version."""
        where = "WHERE (name, version) > (?, ?) ORDER BY name, version LIMIT ?"
        return self._lenses(where, name, version, limit)

    def lenses_between(
        self, sources: Sequence[str] | None, views: Sequence[str] | None
    ) -> list[dict[str, Any]]:
        """Records of lenses with one of these references at their ends; None stands for any."""
        ends = {"source_schema": sources, "view_schema": views}
        given = {column: refs for column, refs in ends.items() if refs is not None}
        parts = [f"{column} IN (SELECT value FROM json_each(?))" for column in given]
        where = f"WHERE {' AND '.join(parts)}" if parts else ""
        return self._lenses(where, *(json.dumps(list(refs)) for refs in given.values()))

    def _lenses(self, where: str, *values: object) -> list[dict[str, Any]]:
        with self._connections.asking() as db:
            return read_lenses(db, where, values)

    def refresh(self) -> int:
        """Nobody else writes into this file."""
        return 0

    def close(self) -> None:
        """Let go of connections."""
        self._connections.close()

    def _one(self, where: str, *values: object) -> LocalEntry | None:
        return next(iter(self._many(where, *values)), None)

    def _many(self, where: str, *values: object) -> list[LocalEntry]:
        return [
            from_row(row) for row in self._rows(f"SELECT {COLUMNS} FROM entries {where}", *values)
        ]

    def _rows(self, statement: str, *values: object) -> list[Any]:
        with self._connections.asking() as db:
            return db.execute(statement, values).fetchall()


def _by_id(db: sqlite3.Connection, ids: list[int]) -> list[LocalEntry]:
    # As one value: SQLite limits how many a statement may have.
    chosen = "id IN (SELECT value FROM json_each(?))"
    rows = db.execute(f"SELECT id, {COLUMNS} FROM entries WHERE {chosen}", (f"{ids}",))
    found = {row[0]: from_row(row[1:]) for row in rows}
    return [found[id_] for id_ in ids]
