"""What SQLite and the system report reaches a user as a sentence that says what to do."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from atdata_nb import LocalIndex
from atdata_nb.errors import (
    IndexAccessError,
    IndexDamagedError,
    IndexError_,
    IndexFormatError,
    IndexFullError,
    IndexLockedError,
    IndexReadOnlyError,
)
from atdata_nb.index import layout
from atdata_nb.index.sqlite import SqliteStorage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Rows = Callable[..., list[Any]]

NOBODY = 65534


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that whoever runs this test may not write to."""
    # Not below tmp_path, which only its owner may enter.
    made = Path(tempfile.mkdtemp())
    with LocalIndex(made / "filled") as index:
        index.publish_schema(_row())
    for place in (*made.rglob("*"), made):
        place.chmod(0o555 if place.is_dir() else 0o444)
    # The rights of a file do not bind root.
    was = os.geteuid()
    if was == 0:
        os.seteuid(NOBODY)
    yield made
    os.seteuid(was)
    for place in (made, made / "filled"):
        place.chmod(0o755)
    shutil.rmtree(made)


def _row() -> type:
    from atdata_nb import packable

    return packable(type("Row", (), {"__annotations__": {"a": int}}))


def test_a_folder_that_may_not_be_written_is_told_with_the_way_out(folder: Path) -> None:
    with pytest.raises(IndexReadOnlyError, match="ATDATA_NB_HOME") as caught:
        LocalIndex(folder / "new")
    assert isinstance(caught.value, PermissionError)
    with pytest.raises(IndexReadOnlyError, match=r"may not write|cannot be written"):
        LocalIndex(folder / "filled").publish_schema(_row(), version="2.0.0")


def test_a_file_in_the_place_of_a_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(IndexAccessError, match="Not a directory") as caught:
        LocalIndex(tmp_path / "file" / "home")
    assert isinstance(caught.value, OSError)


def test_an_index_that_stays_locked_is_told(
    tmp_path: Path, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layout, "PATIENCE", 0.01)
    with LocalIndex(tmp_path) as index, closing(sqlite3.connect(tmp_path / "index.db")) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(IndexLockedError, match="another program") as caught:
            index.write_samples(rows(2), name="winter")
        assert isinstance(caught.value, TimeoutError)
        assert list(index) == []
        other.rollback()
        assert index.write_samples(rows(2), name="winter").samples == 2


def test_a_full_disk_is_told_and_leaves_the_state_before(tmp_path: Path, rows: Rows) -> None:
    with LocalIndex(tmp_path) as index:
        entry = index.write_samples(rows(2), name="before")
        assert isinstance(index._storage, SqliteStorage)
        # What SQLite says when it may not make the file larger is what it says of a full disk.
        db = index._storage._connections.get()
        db.execute("PRAGMA max_page_count = 1")
        with pytest.raises(IndexFullError, match="make room"):
            index.write_samples(rows(3), name="large", metadata={"k": "x" * 1_000_000})
        assert index.list_datasets() == [entry]
        db.execute("PRAGMA max_page_count = 1000000")
        index.write_samples(rows(3), name="large", metadata={"k": "x" * 1_000_000})
        assert len(index) == 2


def test_a_damaged_file_is_told(tmp_path: Path, rows: Rows) -> None:
    with LocalIndex(tmp_path) as index:
        for number in range(30):
            index.write_samples(rows(2), name=f"d{number}", metadata={"k": "x" * 5_000})
    with closing(sqlite3.connect(tmp_path / "index.db")) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    path = tmp_path / "index.db"
    data = bytearray(path.read_bytes())
    # The head of the file and its list of tables are whole; what they lead to is not.
    for page in range(2 * 4096, len(data), 4096):
        data[page : page + 64] = b"\xff" * 64
    path.write_bytes(data)
    with (
        pytest.raises(IndexDamagedError, match=r"\.recover") as caught,
        LocalIndex(tmp_path) as bad,
    ):
        bad.list_datasets()
    assert isinstance(caught.value, IndexFormatError)


def test_a_file_cut_short_is_told(tmp_path: Path, rows: Rows) -> None:
    with LocalIndex(tmp_path) as index:
        index.write_samples(rows(2), name="winter", metadata={"k": "x" * 50_000})
    path = tmp_path / "index.db"
    path.write_bytes(path.read_bytes()[:8192])
    with pytest.raises(IndexError_), LocalIndex(tmp_path) as bad:
        bad.get_dataset("winter")


def test_no_error_of_sqlite_gets_out_of_a_thread_that_lost_its_index(
    tmp_path: Path, rows: Rows
) -> None:
    index = LocalIndex(tmp_path)
    index.write_samples(rows(2), name="winter")
    assert isinstance(index._storage, SqliteStorage)
    handle = index._storage._connections._local.handle
    handle.close()
    with pytest.raises(IndexError_, match="closed"):
        index.get_dataset("winter")
    index.close()
