"""Folder: whether the index on this machine can be read and written, and how much room is left."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Final

from atdata_nb.diagnosis.finding import advice, good, problem
from atdata_nb.index.local import default_home

if TYPE_CHECKING:
    from collections.abc import Iterator

    from atdata_nb.diagnosis.finding import Finding

SUBJECT: Final = "index"
# A shard is up to 256 MB, and is whole on this disk before it goes anywhere.
_TOO_LITTLE: Final = 512 << 20
_LITTLE: Final = 5 << 30
_ELSEWHERE: Final = "name another folder with --index, or by ATDATA_NB_HOME"


def check_folder(folder: str | os.PathLike[str] | None) -> Iterator[Finding]:
    """Look at the folder of an index, which need not be there yet; makes nothing."""
    path = (default_home() if folder is None else Path(folder).expanduser()).absolute()
    there = next(one for one in (path, *path.parents) if one.exists())
    if not there.is_dir():
        yield problem(SUBJECT, f"{there} is no folder", _ELSEWHERE)
        return
    yield _database(path / "index.db")
    if os.access(there, os.W_OK | os.X_OK):
        yield good(SUBJECT, f"{there} can be written")
    else:
        yield problem(
            SUBJECT, f"{there} can't be written by this user", f"change its owner, or {_ELSEWHERE}"
        )
    yield _room(there)


def _database(file: Path) -> Finding:
    if not file.exists():
        return good(SUBJECT, f"{file} is not there yet; it is made when it is first needed")
    if not os.access(file, os.W_OK):
        return problem(SUBJECT, f"{file} can't be written", "change its owner or its mode")
    try:
        # Read-only, so that a look at it can't change it.
        with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)) as database:
            (state,) = database.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.Error as error:
        state = str(error)
    if state == "ok":
        return good(SUBJECT, f"{file} can be read, and is whole ({_size(file.stat().st_size)})")
    return problem(
        SUBJECT,
        f"{file} can't be read: {state}",
        f"move it away; the shards beside it are not touched; or {_ELSEWHERE}",
    )


def _room(there: Path) -> Finding:
    free = shutil.disk_usage(there).free
    told = f"{_size(free)} free on its disk"
    if free < _TOO_LITTLE:
        return problem(SUBJECT, told, f"make room, or {_ELSEWHERE}: a shard takes up to 256 MB")
    if free < _LITTLE:
        return advice(SUBJECT, told, "that is 20 shards at most")
    return good(SUBJECT, told)


def _size(count: int) -> str:
    amount = count / 1e6
    return f"{amount / 1000:,.1f} GB" if amount >= 1000 else f"{amount:,.1f} MB"  # noqa: PLR2004
