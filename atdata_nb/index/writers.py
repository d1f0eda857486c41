"""Writers: who is writing shards now, so that nobody deletes one that is about to be listed.

A shard is named by its content. Who takes back one it wrote may thereby take it from somebody who
wrote the same and has not listed it yet. So shards are deleted only while nobody writes, and what
is to go meanwhile is left to whoever is done last.
"""

from __future__ import annotations

import contextlib
import json
import secrets
import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

from atdata_nb.errors import IndexAccessError
from atdata_nb.index import layout
from atdata_nb.index.faults import told

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path


class Writers:
    """The writers of one folder, in all threads and processes; a crashed one is none.

    SQLite's locks of an empty database are what they share: they work on every system, and go
    with the process that holds them.
    """

    def __init__(self, folder: Path) -> None:
        self._lock = folder / "writing.lock"
        self._leftovers = folder / "leftovers.jsonl"

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Be one of the writers; waits while somebody deletes."""
        with contextlib.ExitStack() as stack:
            # Where nothing can be locked, nothing can be deleted either.
            with contextlib.suppress(IndexAccessError), told(self._lock):
                self._lock.parent.mkdir(parents=True, exist_ok=True)
                db = stack.enter_context(contextlib.closing(self._open(layout.PATIENCE)))
                db.execute("BEGIN")
                db.execute("SELECT count(*) FROM sqlite_master").fetchone()
            yield

    def discard(self, urls: Sequence[str], delete: Callable[[list[str]], None]) -> None:
        """Delete shards if nobody is writing; else leave them to the last one who does."""
        if urls:
            self._lock.parent.mkdir(parents=True, exist_ok=True)
            with self._leftovers.open("a", encoding="utf-8") as file:
                file.write("".join(f"{json.dumps(url)}\n" for url in urls))
        # Left before it is tried: whoever is writing now will find it when done.
        self.clean(delete)

    def clean(self, delete: Callable[[list[str]], None]) -> None:
        """Delete what was left, if nobody is writing."""
        if not self._leftovers.exists():
            return
        with contextlib.suppress(sqlite3.OperationalError), contextlib.closing(self._open(0)) as db:
            db.execute("BEGIN EXCLUSIVE")
            # Whoever leaves more meanwhile leaves it in a new file.
            taken = self._leftovers.with_name(f".{secrets.token_hex(8)}.leftovers")
            with contextlib.suppress(FileNotFoundError):
                self._leftovers.replace(taken)
                lines = taken.read_text(encoding="utf-8").splitlines()
                taken.unlink()
                delete(list(dict.fromkeys(json.loads(line) for line in lines)))

    def _open(self, patience: float) -> sqlite3.Connection:
        return sqlite3.connect(
            self._lock, timeout=patience, isolation_level=None, check_same_thread=False
        )
