"""Staging: where shards are while they are written; what a killed writer left there goes."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import ExitStack, closing, suppress
from secrets import token_hex
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_START: Final = ".writing-"
_LOCK: Final = ".lock"


class Staging:
    """A hidden folder of one writer, gone when the writer is done.

    Beside it is a lock that goes with the process: a folder whose lock nobody holds was left by a
    process that was killed, and the next writer removes it. SQLite's locks of an empty database
    work on every system.

    Args:
        root: where the shards go in the end.
        run: word that several writers have in common.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> with tempfile.TemporaryDirectory() as home:
        ...     staging = Staging(Path(home))
        ...     shard = staging.open() / "000000.tar"
        ...     print(len(list(Path(home).iterdir())))
        ...     staging.close()
        ...     print(len(list(Path(home).iterdir())))
        2
        0
    """

    def __init__(self, root: Path, run: str = "") -> None:
        self._root = root
        self._folder = root / f"{_START}{run and f'{run}-'}{token_hex(8)}"
        self._lock: sqlite3.Connection | None = None

    def open(self) -> Path:
        """Return the folder; the first time, make it, and remove what others have left."""
        if not self._folder.exists():
            self._root.mkdir(parents=True, exist_ok=True)
            _sweep(self._root)
            # Held before the folder is there: whoever finds the folder finds it locked.
            self._lock = _hold(self._folder)
            if self._lock is None:
                _lock_of(self._folder).unlink(missing_ok=True)
            self._folder.mkdir()
        return self._folder

    def close(self) -> None:
        """Remove the folder with what is in it still."""
        shutil.rmtree(self._folder, ignore_errors=True)
        if self._lock is not None:
            self._lock.close()
            self._lock = None
            _lock_of(self._folder).unlink(missing_ok=True)


def clean(root: Path, run: str) -> None:
    """Remove what writers of a run left behind, whoever they were."""
    for folder in _folders(root, run):
        shutil.rmtree(folder, ignore_errors=True)
        _lock_of(folder).unlink(missing_ok=True)


def _sweep(root: Path) -> None:
    for folder in _folders(root):
        # Without a lock nobody knows whose it is: another version's, or of a disk without locks.
        held = _hold(folder) if _lock_of(folder).exists() else None
        if held is not None:
            with closing(held):
                shutil.rmtree(folder, ignore_errors=True)
            _lock_of(folder).unlink(missing_ok=True)


def _folders(root: Path, run: str = "") -> Iterator[Path]:
    found = root.glob(f"{_START}{run and f'{run}-'}*")
    return (path for path in found if path.suffix != _LOCK)


def _lock_of(folder: Path) -> Path:
    return folder.with_name(folder.name + _LOCK)


def _hold(folder: Path) -> sqlite3.Connection | None:
    """Return the held lock of a folder; None where somebody else holds it, or nothing can."""
    with ExitStack() as undo, suppress(sqlite3.Error):
        lock = sqlite3.connect(
            _lock_of(folder), timeout=0, isolation_level=None, check_same_thread=False
        )
        undo.callback(lock.close)
        # Nothing is ever written there, so there is nothing to keep a journal of.
        lock.execute("PRAGMA journal_mode = OFF")
        lock.execute("BEGIN EXCLUSIVE")
        undo.pop_all()
        return lock
    return None
