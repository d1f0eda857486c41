"""Faults: what SQLite and the operating system report, as this package's errors."""

from __future__ import annotations

import errno
import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from atdata_nb.errors import (
    AtdataError,
    IndexAccessError,
    IndexClosedError,
    IndexDamagedError,
    IndexError_,
    IndexFormatError,
    IndexFullError,
    IndexLockedError,
    IndexReadOnlyError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_READ_ONLY: Final = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Let what goes wrong inside say which file it was, and what to do.

    Raises:
        IndexError_: one of its kind, for any error of SQLite or the operating system.
    """
    try:
        yield
    except sqlite3.Error as error:
        raise of_sqlite(error, path) from error
    except OSError as error:
        if isinstance(error, AtdataError):
            raise
        raise of_system(error, path) from error


def of_sqlite(error: sqlite3.Error, path: Path) -> IndexError_:
    """Return the error that tells a user what SQLite's means.

    >>> from pathlib import Path
    >>> of_sqlite(sqlite3.OperationalError("disk I/O error"), Path("index.db"))
    IndexAccessError('index.db: disk I/O error; see whether its disk is in order')
    """
    # The low byte is the kind of error, the others say more (https://sqlite.org/rescode.html).
    match getattr(error, "sqlite_errorcode", 0) & 0xFF:
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return IndexLockedError(
                f"{path}: another program keeps it locked; try again when that is done, or end it"
            )
        case sqlite3.SQLITE_FULL:
            return _full(path)
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM:
            return _read_only(path)
        case sqlite3.SQLITE_CANTOPEN:
            return IndexReadOnlyError(
                f"{path} cannot be opened: its folder may be gone, or one that you may not write "
                "to, which an index needs also for reading; copy it to a folder of your own"
            )
        case sqlite3.SQLITE_CORRUPT:
            return _damaged(path, error)
        case sqlite3.SQLITE_NOTADB:
            return IndexFormatError(f"{path} is not a database: {error}")
    if isinstance(error, sqlite3.ProgrammingError) and "closed" in str(error):
        return IndexClosedError(f"the index at {path} was closed while it was being used")
    return IndexAccessError(f"{path}: {error}; see whether its disk is in order")


def of_system(error: OSError, path: Path) -> IndexError_:
    """Return the error that tells a user what the operating system's means.

    >>> from pathlib import Path
    >>> of_system(OSError(errno.ENOSPC, "No space left on device"), Path("index.db"))
    IndexFullError('index.db: its disk is full; make room, then try again')
    """
    if error.errno in _FULL:
        return _full(path)
    if error.errno in _READ_ONLY:
        return _read_only(path)
    reason = error.strerror or error
    return IndexAccessError(f"{path}: {reason}; name one that is there, and that you may write to")


def _full(path: Path) -> IndexFullError:
    return IndexFullError(f"{path}: its disk is full; make room, then try again")


def _read_only(path: Path) -> IndexReadOnlyError:
    return IndexReadOnlyError(
        f"{path} cannot be written: get the right to, or name another folder, as in "
        "LocalIndex(path) or $ATDATA_NB_HOME"
    )


def _damaged(path: Path, error: sqlite3.Error) -> IndexDamagedError:
    return IndexDamagedError(
        f"{path} is damaged ({error}): put back a copy of it, or save what is left with "
        f"`sqlite3 {path.name} .recover`; the shards are other files, and not touched"
    )
