"""Layout: the tables of ``index.db``, and how a file gets them."""

from __future__ import annotations

import contextlib
import os
import secrets
import sqlite3
from typing import TYPE_CHECKING, Final

from atdata_nb.errors import IndexFormatError
from atdata_nb.index.rows import facets_of_row

if TYPE_CHECKING:
    from pathlib import Path

# Marks the file as ours in SQLite's header ("AtNb"), for `file` and for _check.
APPLICATION_ID = 0x41744E62
# How many seconds a lock is waited for.
PATIENCE: Final = 60.0

# One tuple of statements a version of the layout; a released one is never edited.
MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        """
        CREATE TABLE entries (
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL,
            version TEXT NOT NULL,
            cid TEXT NOT NULL,
            schema_ref TEXT NOT NULL,
            data_urls BLOB NOT NULL,    -- msgpack list of text
            metadata BLOB,              -- msgpack map
            description TEXT,
            tags BLOB NOT NULL,         -- msgpack list of text
            license TEXT,
            shards BLOB,                -- msgpack list of [url, samples, bytes, sha256, cid]
            samples INTEGER,
            bytes INTEGER,
            created_at TEXT NOT NULL,   -- ISO 8601, UTC, microseconds: sorts as text
            fingerprint BLOB NOT NULL,  -- equal for entries that say the same
            newest INTEGER NOT NULL,    -- 1 for the highest version of a name
            UNIQUE (name, version)
        )
        """,
        "CREATE INDEX entries_cid ON entries (cid)",
        "CREATE UNIQUE INDEX newest_by_name ON entries (name) WHERE newest",
        "CREATE INDEX newest_by_date ON entries (created_at, name) WHERE newest",
        "CREATE INDEX newest_by_size ON entries (bytes, name) WHERE newest",
        """
        CREATE TABLE urls (
            url TEXT NOT NULL,
            entry INTEGER NOT NULL REFERENCES entries (id) ON DELETE CASCADE,
            PRIMARY KEY (url, entry)
        ) WITHOUT ROWID
        """,
        "CREATE INDEX urls_entry ON urls (entry)",
        """
        CREATE TABLE schemas (
            name TEXT NOT NULL,
            version TEXT NOT NULL,
            content TEXT NOT NULL,      -- CID of what matters in it
            record TEXT NOT NULL,       -- JSON, the local form
            PRIMARY KEY (name, version)
        )
        """,
        # How many names are listed: counting 100,000 rows takes 20 ms, reading a number nothing.
        "CREATE TABLE totals (names INTEGER NOT NULL)",
        "INSERT INTO totals VALUES (0)",
        # Only the newest version of a name is found. Words are cut by atdata_nb.index.search, so
        # the tokenizer has nothing left to do.
        """
        CREATE VIRTUAL TABLE words USING fts5(
            name, tags, schema, description,
            prefix = '1 2 3', tokenize = 'unicode61 remove_diacritics 0'
        )
        """,
    ),
    (
        """
        CREATE TABLE lenses (
            name TEXT NOT NULL,
            version TEXT NOT NULL,
            source_schema TEXT NOT NULL,
            view_schema TEXT NOT NULL,
            content TEXT NOT NULL,      -- equal for lenses that say the same
            record TEXT NOT NULL,       -- JSON, as StoredLens writes it
            PRIMARY KEY (name, version)
        )
        """,
        "CREATE INDEX lenses_source ON lenses (source_schema, view_schema)",
        "CREATE INDEX lenses_view ON lenses (view_schema)",
    ),
    (
        # What long work has done already: `atdata_nb.index.journal`.
        """
        CREATE TABLE work (
            name TEXT NOT NULL,
            key TEXT NOT NULL,
            fact TEXT NOT NULL,
            PRIMARY KEY (name, key)
        ) WITHOUT ROWID
        """,
    ),
    (
        # Like the words, of the newest version of a name alone.
        """
        CREATE TABLE facets (
            kind TEXT NOT NULL,         -- place, schema, tag, license
            value TEXT NOT NULL,
            entry INTEGER NOT NULL REFERENCES entries (id) ON DELETE CASCADE,
            PRIMARY KEY (kind, value, entry)
        ) WITHOUT ROWID
        """,
        "CREATE INDEX facets_entry ON facets (entry)",
        """
        INSERT OR IGNORE INTO facets SELECT json_extract(each.value, '$[0]'),
            json_extract(each.value, '$[1]'), entries.id
        FROM entries, json_each(facets_of_row(schema_ref, data_urls, metadata, tags, license)) each
        WHERE newest
        """,
    ),
)


def ensure(path: Path) -> None:
    """Make the file with its tables if it is not there; bring an older layout up to date.

    Any number of processes may do this at once: a new file is made whole under another name and
    linked to its own, so that nobody ever sees half a database.

    Raises:
        IndexFormatError: the file is no index of ours, or of a newer version of this package.
    """
    if not path.exists():
        _create(path)
    with contextlib.closing(connect(path)) as db:
        _check(db, path)
        _migrate(db)


def connect(path: Path) -> sqlite3.Connection:
    """Open the database for one thread; transactions are begun by hand."""
    db = sqlite3.connect(path, timeout=PATIENCE, isolation_level=None, check_same_thread=False)
    db.execute("PRAGMA foreign_keys = ON")
    # With a write-ahead log a crash of this process loses nothing that was committed.
    db.execute("PRAGMA synchronous = NORMAL")
    return db


def _create(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    made = path.with_name(f".{path.name}.{secrets.token_hex(8)}.new")
    try:
        with contextlib.closing(connect(made)) as db:
            db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            _migrate(db)
            # Last: switching the mode of a database that others use can fail at once.
            db.execute("PRAGMA journal_mode = WAL")
        # Whoever comes second finds the file there and uses it.
        with contextlib.suppress(FileExistsError):
            _put_in_place(made, path)
    finally:
        for leftover in path.parent.glob(f"{made.name}*"):
            leftover.unlink(missing_ok=True)


def _put_in_place(made: Path, path: Path) -> None:
    try:
        os.link(made, path)
    except FileExistsError:
        raise
    except OSError:
        # No hard links on this file system. Windows refuses to rename over a file; elsewhere
        # only the moment between these two lines is left.
        if path.exists():
            raise FileExistsError(path) from None
        made.rename(path)


def _check(db: sqlite3.Connection, path: Path) -> None:
    (mark,) = db.execute("PRAGMA application_id").fetchone()
    (version,) = db.execute("PRAGMA user_version").fetchone()
    tables = {row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if mark != APPLICATION_ID and "dataset_entries" in tables:
        raise IndexFormatError(
            f"{path} is an index of the atdata package: make a LocalIndex in another directory "
            f"and take it over with index.import_atdata({str(path)!r})"
        )
    if mark != APPLICATION_ID and tables:
        raise IndexFormatError(f"{path} is a database of something else")
    if version > len(MIGRATIONS):
        raise IndexFormatError(
            f"{path} has layout {version}, this version of atdata_nb knows layouts up to "
            f"{len(MIGRATIONS)}: update atdata_nb"
        )


def _migrate(db: sqlite3.Connection) -> None:
    if _version(db) >= len(MIGRATIONS):
        return
    db.create_function("facets_of_row", 5, facets_of_row)
    db.execute("BEGIN IMMEDIATE")
    try:
        # Somebody else may have done it while this one waited for the lock.
        for statements in MIGRATIONS[_version(db) :]:
            for statement in statements:
                db.execute(statement)
        db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        db.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
    except BaseException:
        db.execute("ROLLBACK")
        raise
    db.execute("COMMIT")


def _version(db: sqlite3.Connection) -> int:
    (version,) = db.execute("PRAGMA user_version").fetchone()
    return int(version)
