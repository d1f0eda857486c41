"""SqliteStorage: entries and schemas in one SQLite file."""

# ruff: noqa: S608 - only constants of this module are pasted into statements; values never are.

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from atdata_nb.errors import SchemaConflictError, SchemaError
from atdata_nb.index.connections import Connections
from atdata_nb.index.draft import Known, SchemaDraft, fingerprint, version_of
from atdata_nb.index.rows import COLUMNS, entry_of, from_row, now, to_row
from atdata_nb.index.search import document, match_expression
from atdata_nb.protocols import Page
from atdata_nb.schemas import local_schema_ref, parse_schema_ref, to_local
from atdata_nb.schemas.versions import Version

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence
    from pathlib import Path

    from atdata_nb.index.draft import Draft
    from atdata_nb.index.entry import LocalEntry

# Ranking reads every match; past so many the newest come first, which reads one page.
MOST_RANKED = 5_000
MOST_SIMILAR = 300
_ORDERS = {
    "name": "name",
    "date": "created_at, name",
    "size": "bytes, name",
    "-name": "name DESC",
    "-date": "created_at DESC, name DESC",
    "-size": "bytes DESC, name DESC",
}
_VALUES = ", ".join("?" * 15)


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

    # Entries

    def insert(self, drafts: Sequence[Draft]) -> list[LocalEntry]:
        """List all drafts or none; what is there already comes back as it is."""
        with self._connections.writing() as db:
            listing = _Listing(db)
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
            listing = _Listing(db, names=-names)
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
        db = self._connections.get()
        start = name[:2] if self.count() > MOST_SIMILAR else ""
        alike = "SELECT name FROM entries WHERE newest AND name >= ? ORDER BY name LIMIT ?"
        found = [row[0] for row in db.execute(alike, (start, MOST_SIMILAR))]
        expression = (match_expression(name) or "").replace(" AND ", " OR ")
        if expression:
            shared = "SELECT rowid FROM words WHERE words MATCH ? LIMIT 200"
            named = f"SELECT name FROM entries WHERE id IN ({shared})"
            found += [row[0] for row in db.execute(named, (expression,))]
        return list(dict.fromkeys(found))

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
        expression = match_expression(query)
        if expression is None:
            return self.page("name", limit, offset)
        matching = "FROM words WHERE words MATCH ?"
        with self._connections.reading() as db:
            (total,) = db.execute(f"SELECT count(*) {matching}", (expression,)).fetchone()
            # A word in the name says most; of equals the newest comes first.
            order = "bm25(words, 8, 4, 2, 1), rowid DESC" if total <= MOST_RANKED else "rowid DESC"
            ids = [
                row[0]
                for row in db.execute(
                    f"SELECT rowid {matching} ORDER BY {order} LIMIT ? OFFSET ?",
                    (expression, limit, offset),
                )
            ]
            # As one value: SQLite limits how many a statement may have.
            chosen = "id IN (SELECT value FROM json_each(?))"
            rows = db.execute(f"SELECT id, {COLUMNS} FROM entries WHERE {chosen}", (f"{ids}",))
            found = {row[0]: from_row(row[1:]) for row in rows}
        return Page([found[id_] for id_ in ids], total, offset)

    def count(self) -> int:
        """Number of names."""
        (names,) = self._connections.get().execute("SELECT names FROM totals").fetchone()
        return int(names)

    def unused(self, urls: Sequence[str]) -> list[str]:
        """Those URLs that no entry of any version has."""
        db = self._connections.get()
        known = "SELECT 1 FROM urls WHERE url = ? LIMIT 1"
        return [url for url in urls if db.execute(known, (url,)).fetchone() is None]

    # Schemas

    def put_schema(self, draft: SchemaDraft) -> str:
        """Store a schema; return its reference."""
        with self._connections.writing() as db:
            return _put_schema(db, draft)

    def schema(self, name: str, version: str | None) -> dict[str, Any] | None:
        """The stored record of a schema; without a version, the highest one."""
        db = self._connections.get()
        if version is None:
            rows = db.execute("SELECT version FROM schemas WHERE name = ?", (name,)).fetchall()
            version = max((row[0] for row in rows), key=Version.parse, default="")
        return _schema(db, name, version)

    def schemas_after(self, name: str, version: str, limit: int) -> list[dict[str, Any]]:
        """The next records by name and version."""
        rows = self._connections.get().execute(
            "SELECT record FROM schemas WHERE (name, version) > (?, ?) "
            "ORDER BY name, version LIMIT ?",
            (name, version, limit),
        )
        return [json.loads(record) for (record,) in rows]

    def close(self) -> None:
        """Let go of connections."""
        self._connections.close()

    def _one(self, where: str, *values: object) -> LocalEntry | None:
        return next(iter(self._many(where, *values)), None)

    def _many(self, where: str, *values: object) -> list[LocalEntry]:
        rows = self._connections.get().execute(f"SELECT {COLUMNS} FROM entries {where}", values)
        return [from_row(row) for row in rows]


class _Listing:
    """Entries being listed in one transaction."""

    def __init__(self, db: sqlite3.Connection, *, names: int = 0) -> None:
        self.db = db
        self.names = names
        self._refs: dict[tuple[object, str | None], str] = {}
        self._schema_words: dict[str, str] = {}

    def add(self, draft: Draft) -> LocalEntry:
        schema_ref = self._schema_ref(draft.schema)
        content = fingerprint(draft, schema_ref)
        rows = self.db.execute(
            "SELECT version, fingerprint FROM entries WHERE name = ?", (draft.name,)
        )
        known = [Known(Version.parse(version), said) for version, said in rows]
        version, is_new = version_of(draft.name, draft.version, content, known)
        if not is_new:
            return self._read(draft.name, str(version))
        entry = entry_of(draft, str(version), schema_ref)
        newest = all(version > item.version for item in known)
        id_ = self._write(entry, draft.metadata, content, newest=newest, first=not known)
        self.db.executemany(
            "INSERT OR IGNORE INTO urls VALUES (?, ?)", [(url, id_) for url in entry.data_urls]
        )
        return entry

    def show_newest(self, name: str) -> None:
        """Let the highest version that is left stand for a name."""
        rows = self.db.execute("SELECT version, id FROM entries WHERE name = ?", (name,))
        left = [(Version.parse(version), version, id_) for version, id_ in rows]
        if left:
            _, version, id_ = max(left)
            self.db.execute("UPDATE entries SET newest = 1 WHERE id = ?", (id_,))
            self._index_words(id_, self._read(name, version))
            self.names += 1

    def finish(self) -> None:
        if self.names:
            self.db.execute("UPDATE totals SET names = names + ?", (self.names,))

    def _read(self, name: str, version: str) -> LocalEntry:
        row = self.db.execute(
            f"SELECT {COLUMNS} FROM entries WHERE name = ? AND version = ?", (name, version)
        )
        return from_row(row.fetchone())

    def _write(
        self,
        entry: LocalEntry,
        metadata: bytes | None,
        content: bytes,
        *,
        newest: bool,
        first: bool,
    ) -> int:
        if newest and not first:
            shown = "SELECT id FROM entries WHERE newest AND name = ?"
            self.db.execute(f"DELETE FROM words WHERE rowid = ({shown})", (entry.name,))
            self.db.execute(
                "UPDATE entries SET newest = 0 WHERE newest AND name = ?", (entry.name,)
            )
        cursor = self.db.execute(
            f"INSERT INTO entries ({COLUMNS}, fingerprint, newest) VALUES ({_VALUES})",
            (*to_row(entry, metadata), content, int(newest)),
        )
        id_ = cursor.lastrowid or 0
        if newest:
            self._index_words(id_, entry)
            self.names += first
        return id_

    def _index_words(self, id_: int, entry: LocalEntry) -> None:
        self.db.execute(
            "INSERT INTO words (rowid, name, tags, schema, description) VALUES (?, ?, ?, ?, ?)",
            (
                id_,
                document([entry.name]),
                document(entry.tags),
                self._words_of(entry.schema_ref),
                document([entry.description or ""]),
            ),
        )

    def _schema_ref(self, schema: str | SchemaDraft) -> str:
        if isinstance(schema, str):
            return schema
        key = (schema.schema.content_cid, schema.version)
        if key not in self._refs:
            self._refs[key] = _put_schema(self.db, schema)
        return self._refs[key]

    def _words_of(self, schema_ref: str) -> str:
        if schema_ref not in self._schema_words:
            self._schema_words[schema_ref] = document(_schema_texts(self.db, schema_ref))
        return self._schema_words[schema_ref]


def _schema_texts(db: sqlite3.Connection, schema_ref: str) -> list[str]:
    try:
        ref = parse_schema_ref(schema_ref)
    except SchemaError:
        return [schema_ref]
    record = _schema(db, ref.name, ref.version or "") or {}
    return [ref.name, *(field["name"] for field in record.get("fields", ()))]


def _schema(db: sqlite3.Connection, name: str, version: str) -> dict[str, Any] | None:
    wanted = "SELECT record FROM schemas WHERE name = ? AND version = ?"
    row = db.execute(wanted, (name, version)).fetchone()
    return None if row is None else dict(json.loads(row[0]))


def _put_schema(db: sqlite3.Connection, draft: SchemaDraft) -> str:
    schema = draft.schema
    rows = db.execute("SELECT version, content FROM schemas WHERE name = ?", (schema.name,))
    known = [Known(Version.parse(version), content) for version, content in rows]
    content = schema.content_cid
    version, is_new = version_of(
        schema.name,
        draft.version,
        content,
        known,
        first=Version.parse(schema.version),
        conflict=SchemaConflictError,
    )
    if is_new:
        stored = replace(schema, version=str(version), created_at=schema.created_at or now())
        record, _ = to_local(stored)
        db.execute(
            "INSERT INTO schemas VALUES (?, ?, ?, ?)",
            (schema.name, str(version), content, json.dumps(record)),
        )
    return local_schema_ref(schema.name, str(version))
