"""Connections: one SQLite connection a thread, none of them carried across a fork."""

from __future__ import annotations

import os
import threading
import weakref
from contextlib import contextmanager
from typing import TYPE_CHECKING

from atdata_nb.errors import IndexClosedError
from atdata_nb.index import layout
from atdata_nb.index.faults import told

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator
    from pathlib import Path


class Connections:
    """The connections to one database file, opened when a thread first needs one."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._closed = False
        self.start()
        _all.add(self)

    def start(self) -> None:
        """Begin without connections: when made, unpickled, or found in a forked child."""
        self._ready = False
        self._lock = threading.Lock()
        self._local = threading.local()
        self._handles: weakref.WeakSet[_Handle] = weakref.WeakSet()

    def get(self) -> sqlite3.Connection:
        """Return this thread's connection.

        Raises:
            IndexClosedError: the index was closed.
            IndexFormatError: the file is no index of ours.
            IndexError_: it cannot be opened; the message says why.
        """
        handle: _Handle | None = getattr(self._local, "handle", None)
        if handle is None:
            with told(self.path):
                handle = self._open()
        return handle.db

    def _open(self) -> _Handle:
        with self._lock:
            if self._closed:
                raise IndexClosedError(f"the index at {self.path} was closed")
            if not self._ready:
                layout.ensure(self.path)
                self._ready = True
            handle = self._local.handle = _Handle(self.path)
            self._handles.add(handle)
        return handle

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction that has the write lock from the start, so that it can read and decide."""
        db = self.get()
        with told(self.path):
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
                db.execute("COMMIT")
            except BaseException:
                # A full disk has rolled back by itself.
                if db.in_transaction:
                    db.execute("ROLLBACK")
                raise

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A transaction in which all reads see the same state."""
        db = self.get()
        with told(self.path):
            db.execute("BEGIN")
            try:
                yield db
            finally:
                db.execute("COMMIT")

    @contextmanager
    def asking(self) -> Iterator[sqlite3.Connection]:
        """A connection for one question, which needs no transaction."""
        db = self.get()
        with told(self.path):
            yield db

    def close(self) -> None:
        """Close the connections of all threads of this process."""
        with self._lock:
            self._closed = True
            for handle in list(self._handles):
                handle.close()
            self._handles.clear()
            self._local = threading.local()

    def __getstate__(self) -> dict[str, object]:
        return {"path": self.path}

    def __setstate__(self, state: dict[str, Path]) -> None:
        self.__init__(state["path"])  # type: ignore[misc]


class _Handle:
    """A connection that is closed when its thread or its index is gone."""

    def __init__(self, path: Path) -> None:
        self.db = layout.connect(path)

    def close(self) -> None:
        self.db.close()

    def __del__(self) -> None:
        # A file that could not be opened leaves nothing to close.
        if hasattr(self, "db"):
            self.close()


_all: weakref.WeakSet[Connections] = weakref.WeakSet()
# Connections that a parent process had open. SQLite's locks belong to the process that took them,
# so a child must neither use nor close these: it only keeps them from being collected.
_inherited: list[object] = []


def _leave_to_parent() -> None:
    for connections in list(_all):
        _inherited.extend(list(connections._handles))  # noqa: SLF001
        _inherited.append(connections._local)  # noqa: SLF001
        connections.start()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_leave_to_parent)
