"""Foreign: an index of the ``atdata`` package, read as it is from its SQLite file or its Redis."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from atdata_nb.errors import IndexFormatError
from atdata_nb.index.redis_server import SCHEMES, RedisServer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_texts = msgspec.msgpack.Decoder(list[str])
_map = msgspec.msgpack.Decoder(dict[str, Any])
_BLOCK = 500
_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class ForeignEntry:
    """An entry as the other package keeps it; ``metadata`` is one msgpack map."""

    key: str
    name: str
    cid: str
    schema_ref: str
    data_urls: tuple[str, ...]
    metadata: bytes | None
    created_at: str | None = None


@dataclass(frozen=True, slots=True)
class ForeignLabel:
    """A further name of an entry (0.7); the version is any text, or empty."""

    key: str
    name: str
    cid: str
    version: str
    description: str | None = None
    created_at: str | None = None


@dataclass(frozen=True, slots=True)
class ForeignSchema:
    """A schema record in JSON."""

    key: str
    record: str


@dataclass(frozen=True, slots=True)
class ForeignLens:
    """A lens record in JSON (0.7)."""

    key: str
    record: str


@dataclass(slots=True)
class Foreign:
    """All that was found, and what could not be read: pairs of key and reason."""

    label: str
    entries: list[ForeignEntry] = field(default_factory=list)
    labels: list[ForeignLabel] = field(default_factory=list)
    schemas: list[ForeignSchema] = field(default_factory=list)
    lenses: list[ForeignLens] = field(default_factory=list)
    unreadable: list[tuple[str, str]] = field(default_factory=list)

    def add_entry(self, key: str, facts: Mapping[str, Any], created_at: str | None = None) -> None:
        """Keep an entry, or why it cannot be read."""
        with self._noting(key):
            metadata = facts.get("metadata")
            if metadata is not None:
                _map.decode(metadata)
            self.entries.append(
                ForeignEntry(
                    key,
                    _text(facts, "name"),
                    _text(facts, "cid"),
                    _text(facts, "schema_ref"),
                    tuple(_texts.decode(facts["data_urls"])),
                    metadata,
                    created_at,
                )
            )

    def add_label(self, key: str, facts: Mapping[str, Any], created_at: str | None = None) -> None:
        """Keep a label, or why it cannot be read."""
        with self._noting(key):
            description = _text(facts, "description") if facts.get("description") else None
            version = _text(facts, "version") if facts.get("version") else ""
            name, cid = _text(facts, "name"), _text(facts, "cid")
            self.labels.append(ForeignLabel(key, name, cid, version, description, created_at))

    @contextlib.contextmanager
    def _noting(self, key: str) -> Iterator[None]:
        try:
            yield
        except KeyError as error:
            self.unreadable.append((key, f"it has no {error.args[0]}"))
        except (TypeError, ValueError, AttributeError) as error:
            self.unreadable.append((key, str(error)))


def read_foreign(source: Any) -> Foreign:
    """Read an index of the other package without changing it.

    Args:
        source: path of its SQLite file or of the directory that holds it, a Redis URL, or a
            Redis client.

    Raises:
        IndexFormatError: there is no such index.
        ServiceError: the Redis server does not answer.
        UrlError: that is no URL of a Redis server.
        MissingExtraError: the ``redis`` package is not installed.
    """
    text = str(source)
    if hasattr(source, "scan_iter") or text.lower().startswith(SCHEMES):
        return _read_redis(RedisServer(source))
    path = Path(text).expanduser()
    return _read_sqlite(path / "index.db" if path.is_dir() else path)


def _text(facts: Mapping[str, Any], name: str) -> str:
    value = facts[name]
    text = value.decode() if isinstance(value, bytes) else value
    if not isinstance(text, str):
        raise TypeError(f"its {name} is no text")
    return text


# SQLite


def _read_sqlite(path: Path) -> Foreign:
    if not path.is_file():
        raise IndexFormatError(f"{path}: there is no such file")
    with _opened(path) as db:
        try:
            return _read_tables(db, path.name)
        except sqlite3.DatabaseError as error:
            raise IndexFormatError(f"{path} is no index of the atdata package: {error}") from error


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    uri = path.resolve().as_uri()
    log = path.with_name(f"{path.name}-wal")
    if not (log.exists() and log.stat().st_size):
        with contextlib.closing(sqlite3.connect(f"{uri}?immutable=1", uri=True)) as db:
            yield db
        return
    # Somebody has it open, or left it so: what is only in the log counts too, and "immutable"
    # would not see it. Any other way of opening both may write, so a copy of both is read.
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, path.name)
        _copy_unchanged({path: copy, log: copy.with_name(f"{copy.name}-wal")})
        with contextlib.closing(sqlite3.connect(copy)) as db:
            yield db


def _copy_unchanged(copies: Mapping[Path, Path]) -> None:
    for _ in range(_ATTEMPTS):
        before = [_state(path) for path in copies]
        for path, copy in copies.items():
            shutil.copyfile(path, copy)
        if before == [_state(path) for path in copies]:
            return
    names = " and ".join(path.name for path in copies)
    raise IndexFormatError(f"{names} keep changing: import when nobody writes to them")


def _state(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_mtime_ns, status.st_size


def _read_tables(db: sqlite3.Connection, label: str) -> Foreign:
    db.row_factory = sqlite3.Row
    foreign = Foreign(label)
    for row in db.execute("SELECT * FROM dataset_entries ORDER BY rowid"):
        foreign.add_entry(f"dataset_entries {row['cid']}", dict(row), _time(row["created_at"]))
    for row in db.execute("SELECT name, version, schema_json FROM schemas ORDER BY rowid"):
        key = f"schemas {row['name']}@{row['version']}"
        foreign.schemas.append(ForeignSchema(key, row["schema_json"]))
    tables = {row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if "labels" in tables:
        for row in db.execute("SELECT * FROM labels ORDER BY rowid"):
            key = f"labels {row['name']}@{row['version']}"
            foreign.add_label(key, dict(row), _time(row["created_at"]))
    if "lenses" in tables:
        for row in db.execute("SELECT name, version, lens_json FROM lenses ORDER BY rowid"):
            key = f"lenses {row['name']}@{row['version']}"
            foreign.lenses.append(ForeignLens(key, row["lens_json"]))
    return foreign


def _time(text: str | None) -> str | None:
    # SQLite writes "2026-11-22 21:41:42", in UTC and without saying so.
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return moment.isoformat(timespec="microseconds")


# Redis


def _read_redis(server: RedisServer) -> Foreign:
    foreign = Foreign(server.label)
    with server.errors():
        client = server.client
        for key, facts in _values(client, "LocalDatasetEntry:", "hgetall", foreign):
            foreign.add_entry(key, {"cid": key.partition(":")[2], **_named(facts)})
        for key, facts in _values(client, "Label:", "hgetall", foreign):
            foreign.add_label(key, _named(facts))
        for key, record in _values(client, "LocalSchema:", "get", foreign):
            foreign.schemas.append(ForeignSchema(key, record.decode("utf-8", "replace")))
        for key, record in _values(client, "LocalLens:", "get", foreign):
            foreign.lenses.append(ForeignLens(key, record.decode("utf-8", "replace")))
    server.close()
    return foreign


def _keys(client: Any, prefix: str) -> list[bytes]:
    # SCAN may return a key twice, and in no order.
    return sorted(set(client.scan_iter(match=f"{prefix}*", count=1_000)))


def _values(client: Any, prefix: str, command: str, foreign: Foreign) -> Iterator[tuple[str, Any]]:
    keys = _keys(client, prefix)
    for start in range(0, len(keys), _BLOCK):
        block = keys[start : start + _BLOCK]
        pipeline = client.pipeline(transaction=False)
        for key in block:
            getattr(pipeline, command)(key)
        # A key of another type must not hide all the others.
        values = pipeline.execute(raise_on_error=False)
        for key, value in zip(block, values, strict=True):
            name = key.decode("utf-8", "replace")
            if isinstance(value, Exception):
                foreign.unreadable.append((name, str(value)))
            elif value:
                yield name, value


def _named(facts: Mapping[bytes, bytes]) -> dict[str, bytes]:
    return {name.decode("utf-8", "replace"): part for name, part in facts.items()}
