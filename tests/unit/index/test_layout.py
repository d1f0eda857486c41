from __future__ import annotations

import os
import sqlite3
import threading
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from atdata_nb.index import layout
from atdata_nb.index.connections import Connections

if TYPE_CHECKING:
    from pathlib import Path


def no_links(*_: Any, **__: Any) -> None:
    raise PermissionError("no hard links here")


def test_a_file_system_without_hard_links_will_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "link", no_links)
    path = tmp_path / "index.db"
    layout.ensure(path)
    layout.ensure(path)
    assert [one.name for one in tmp_path.iterdir()] == ["index.db"]
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert db.execute("PRAGMA user_version").fetchone() == (len(layout.MIGRATIONS),)


def test_an_older_layout_is_brought_up_to_date(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "index.db"
    layout.ensure(path)
    newer = (*layout.MIGRATIONS, ("CREATE TABLE journal (step TEXT)",))
    monkeypatch.setattr(layout, "MIGRATIONS", newer)
    layout.ensure(path)
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("SELECT * FROM journal").fetchall() == []
        assert db.execute("PRAGMA user_version").fetchone() == (len(newer),)


def test_a_step_that_fails_leaves_the_layout_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "index.db"
    layout.ensure(path)
    broken = (*layout.MIGRATIONS, ("CREATE TABLE journal (step TEXT)", "CREATE NONSENSE"))
    monkeypatch.setattr(layout, "MIGRATIONS", broken)
    with pytest.raises(sqlite3.OperationalError):
        layout.ensure(path)
    with closing(sqlite3.connect(path)) as db:
        tables = {row[0] for row in db.execute("SELECT name FROM sqlite_master")}
        assert "journal" not in tables
        assert db.execute("PRAGMA user_version").fetchone() == (len(broken) - 1,)


def test_the_connection_of_a_thread_goes_with_the_thread(tmp_path: Path) -> None:
    connections = Connections(tmp_path / "index.db")
    own = connections.get()
    seen: list[Any] = []
    thread = threading.Thread(target=lambda: seen.append(connections.get()))
    thread.start()
    thread.join()
    assert seen[0] is not own
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        seen[0].execute("SELECT 1")
    assert connections.get() is own
    connections.close()
