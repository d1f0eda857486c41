"""Reading: a long or slow iterator, read a stride at a time so that nobody waits for it."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Final, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ItemT = TypeVar("ItemT")

# How much is read for one request, so that the kernel answers again and again.
STRIDE: Final = 5_000
STRIDE_SECONDS: Final = 0.15
# How long a request waits for what is being read aside.
PATIENCE: Final = 0.1


class Reading(Generic[ItemT]):
    """What an iterator has given so far.

    Args:
        make: returns the iterator.
        aside: read in a thread of its own; for what waits for a server.

    Attributes:
        items: what was read.
        ended: whether there is no more to come.
        error: what went wrong, if it did; reading has ended then.
    """

    def __init__(self, make: Callable[[], Iterator[ItemT]], *, aside: bool = False) -> None:
        self._make = make
        self.items: list[ItemT] = []
        self.ended = False
        self.error: Exception | None = None
        self._aside = aside
        self._rest: Iterator[ItemT] | None = None
        self._news = threading.Condition()

    def advance(self, upto: int | None = None, patience: float = PATIENCE) -> None:
        """Read a stride; no further than to a number of items, where one is given."""
        if self.ended or (upto is not None and len(self.items) >= upto):
            return
        if self._aside:
            self._await(patience)
            return
        try:
            self._read(len(self.items) + STRIDE if upto is None else upto)
        except Exception as error:  # noqa: BLE001 - kept for whoever shows the list
            self._finish(error)

    def _read(self, upto: int) -> None:
        if self._rest is None:
            self._rest = iter(self._make())
        deadline = time.perf_counter() + STRIDE_SECONDS
        for _ in range(min(upto - len(self.items), STRIDE)):
            try:
                self.items.append(next(self._rest))
            except StopIteration:
                self._finish(None)
                return
            if time.perf_counter() > deadline:
                return

    def _await(self, patience: float) -> None:
        before = len(self.items)
        if self._rest is None:
            self._rest = iter(())
            threading.Thread(target=self._read_aside, daemon=True, name="atdata-list").start()
        with self._news:
            self._news.wait_for(lambda: self.ended or len(self.items) > before, patience)

    def _read_aside(self) -> None:
        try:
            for item in self._make():
                self.items.append(item)
                if len(self.items) % 50 == 0:
                    with self._news:
                        self._news.notify_all()
        except Exception as error:  # noqa: BLE001 - as above
            self._finish(error)
        else:
            self._finish(None)

    def _finish(self, error: Exception | None) -> None:
        with self._news:
            self.error = error
            self.ended = True
            self._news.notify_all()
