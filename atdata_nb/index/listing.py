"""Listing: entries on their way into SQLite, in one transaction."""

# ruff: noqa: S608 - only constants of this package are pasted into statements; values never are.

from __future__ import annotations

from typing import TYPE_CHECKING

from atdata_nb.errors import SchemaError
from atdata_nb.index.draft import Known, SchemaDraft, fingerprint, version_of
from atdata_nb.index.facets import facets_of
from atdata_nb.index.rows import COLUMNS, entry_of, from_row, to_row
from atdata_nb.index.schema_table import put_schema, read_schema
from atdata_nb.index.search import document
from atdata_nb.schemas import parse_schema_ref
from atdata_nb.schemas.versions import Version

if TYPE_CHECKING:
    import sqlite3

    from atdata_nb.index.draft import Draft
    from atdata_nb.index.entry import LocalEntry

_VALUES = ", ".join("?" * 15)


class Listing:
    """Entries being listed in one transaction."""

    def __init__(self, db: sqlite3.Connection, *, names: int = 0) -> None:
        self.db = db
        self.names = names
        self._refs: dict[tuple[object, str | None], str] = {}
        self._schema_words: dict[str, str] = {}

    def add(self, draft: Draft) -> LocalEntry:
        """List one draft, or return what says the same already."""
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
            self._show(id_, self._read(name, version))
            self.names += 1

    def finish(self) -> None:
        """Note how many names there are now."""
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
            self.db.execute(f"DELETE FROM facets WHERE entry = ({shown})", (entry.name,))
            self.db.execute(
                "UPDATE entries SET newest = 0 WHERE newest AND name = ?", (entry.name,)
            )
        cursor = self.db.execute(
            f"INSERT INTO entries ({COLUMNS}, fingerprint, newest) VALUES ({_VALUES})",
            (*to_row(entry, metadata), content, int(newest)),
        )
        id_ = cursor.lastrowid or 0
        if newest:
            self._show(id_, entry)
            self.names += first
        return id_

    def _show(self, id_: int, entry: LocalEntry) -> None:
        """Let an entry be found by its words and facets."""
        self.db.executemany(
            "INSERT INTO facets VALUES (?, ?, ?)",
            [(kind, value, id_) for kind, value in facets_of(entry)],
        )
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
            self._refs[key] = put_schema(self.db, schema)
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
    record = read_schema(db, ref.name, ref.version or "") or {}
    return [ref.name, *(field["name"] for field in record.get("fields", ()))]
