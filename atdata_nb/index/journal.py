"""Journal: what long work has done already, kept beside the entries that it is about.

A piece of work has a name; its facts are texts, each under a key. Whoever begins the same work
again finds them, in whichever process.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol, runtime_checkable

from atdata_nb.index.redis_plan import OWN

if TYPE_CHECKING:
    from atdata_nb.index.connections import Connections
    from atdata_nb.index.redis_server import RedisServer

_KEY: Final = f"{OWN}work"
_BETWEEN: Final = "\0"


class Journal(Protocol):
    """Facts by work and key. Safe from several threads and processes."""

    def keep(self, work: str, key: str, text: str) -> str:
        """Write a fact unless one is there; return the one that is there then."""
        ...

    def put(self, work: str, key: str, text: str) -> None:
        """Write a fact, over one that is there."""
        ...

    def facts(self, work: str) -> dict[str, str]:
        """Return all facts of a piece of work."""
        ...

    def works(self, key: str) -> dict[str, str]:
        """Return one fact of all work that has it, by the work's name."""
        ...

    def forget(self, work: str, key: str | None = None) -> None:
        """Delete one fact, or all of a piece of work."""
        ...


@runtime_checkable
class Journaled(Protocol):
    """An index that keeps a journal."""

    @property
    def journal(self) -> Journal:
        """What long work has done already."""
        ...


class SqliteJournal:
    """The table ``work`` of an ``index.db``."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def keep(self, work: str, key: str, text: str) -> str:
        """Write a fact unless one is there; return the one that is there then."""
        with self._connections.writing() as db:
            db.execute("INSERT OR IGNORE INTO work VALUES (?, ?, ?)", (work, key, text))
            found = db.execute("SELECT fact FROM work WHERE name = ? AND key = ?", (work, key))
            return str(found.fetchone()[0])

    def put(self, work: str, key: str, text: str) -> None:
        """Write a fact, over one that is there."""
        with self._connections.writing() as db:
            db.execute("INSERT OR REPLACE INTO work VALUES (?, ?, ?)", (work, key, text))

    def facts(self, work: str) -> dict[str, str]:
        """Return all facts of a piece of work."""
        with self._connections.asking() as db:
            return dict(db.execute("SELECT key, fact FROM work WHERE name = ?", (work,)))

    def works(self, key: str) -> dict[str, str]:
        """Return one fact of all work that has it, by the work's name."""
        with self._connections.asking() as db:
            found = db.execute("SELECT name, fact FROM work WHERE key = ? ORDER BY name", (key,))
            return dict(found.fetchall())

    def forget(self, work: str, key: str | None = None) -> None:
        """Delete one fact, or all of a piece of work."""
        chosen = "DELETE FROM work WHERE name = ? AND (? IS NULL OR key = ?)"
        with self._connections.writing() as db:
            db.execute(chosen, (work, key, key))


class RedisJournal:
    """One hash of a Redis database; a field is the work's name and the key."""

    def __init__(self, server: RedisServer) -> None:
        self._server = server

    def keep(self, work: str, key: str, text: str) -> str:
        """Write a fact unless one is there; return the one that is there then."""
        field = _field(work, key)
        _, found = self._server.run_together(
            [("HSETNX", _KEY, field, text), ("HGET", _KEY, field)], atomic=True
        )
        return str(found.decode())

    def put(self, work: str, key: str, text: str) -> None:
        """Write a fact, over one that is there."""
        self._server.run_together([("HSET", _KEY, _field(work, key), text)])

    def facts(self, work: str) -> dict[str, str]:
        """Return all facts of a piece of work."""
        return {key: text for name, key, text in self._all() if name == work}

    def works(self, key: str) -> dict[str, str]:
        """Return one fact of all work that has it, by the work's name."""
        return {name: text for name, own, text in sorted(self._all()) if own == key}

    def forget(self, work: str, key: str | None = None) -> None:
        """Delete one fact, or all of a piece of work."""
        keys = [key] if key is not None else list(self.facts(work))
        if keys:
            self._server.run_together([("HDEL", _KEY, *(_field(work, one) for one in keys))])

    def _all(self) -> list[tuple[str, str, str]]:
        (found,) = self._server.run_together([("HGETALL", _KEY)])
        return [(*_parted(field.decode()), text.decode()) for field, text in found.items()]


def _field(work: str, key: str) -> str:
    return f"{work}{_BETWEEN}{key}"


def _parted(field: str) -> tuple[str, str]:
    work, _, key = field.partition(_BETWEEN)
    return work, key
