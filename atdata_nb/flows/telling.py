"""Telling: what several threads do at once, told in order and at a pace that can be read."""

from __future__ import annotations

import queue
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, TypeVar

from atdata_nb.errors import FlowCancelledError
from atdata_nb.flows.event import Event

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from concurrent.futures import Future

    from atdata_nb.flows.plan import Cancel, OnEvent

T = TypeVar("T")
R = TypeVar("R")

# As often as a bar moves without jumping.
_PACE: Final = 0.1
_PATIENCE: Final = 0.05


class Teller:
    """Tells of steps, in the thread that runs the plan, whichever thread they happen in.

    Args:
        on_event: is told.
        cancel: says when to end.
        total: bytes that the run moves; None where nobody knows.
        undone: what somebody who cancels it is told of what it leaves.
    """

    def __init__(
        self, on_event: OnEvent, cancel: Cancel | None, total: int | None, undone: str
    ) -> None:
        self._on_event, self._cancel, self.total = on_event, cancel, total
        self._undone = undone
        self._events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._stop = threading.Event()
        self._home = threading.get_ident()
        self._began = time.monotonic()
        self._done: dict[str, int] = {}
        self._last: dict[str, float] = {}

    @property
    def moved(self) -> int:
        """Bytes that were moved so far."""
        return sum(list(self._done.values()))

    @property
    def elapsed(self) -> float:
        """Seconds since it began."""
        return time.monotonic() - self._began

    def tell(self, event: Event) -> None:
        """Tell of an event, now or, from another thread, soon."""
        if threading.get_ident() == self._home:
            self._on_event(event)
        else:
            self._events.put(event)

    def progress(self, step: str, done: int, total: int | None) -> None:
        """Tell how far a step is, not too often.

        Raises:
            FlowCancelledError: the run is to end.
        """
        self.check()
        self._done[step] = done
        now = time.monotonic()
        if done != total and now - self._last.get(step, 0.0) < _PACE:
            return
        self._last[step] = now
        rate, left = self._pace()
        self.tell(Event(step, "progress", done=done, total=total, rate=rate, left=left))

    def _pace(self) -> tuple[float | None, float | None]:
        moved, elapsed = self.moved, self.elapsed
        if not moved or elapsed <= 0:
            return None, None
        rate = moved / elapsed
        return rate, None if self.total is None else max(0.0, (self.total - moved) / rate)

    def check(self) -> None:
        """Raise FlowCancelledError if the run is to end."""
        if self._stop.is_set() or (self._cancel is not None and self._cancel.is_set()):
            raise FlowCancelledError(f"cancelled: {self._undone}")

    @contextmanager
    def step(
        self, id_: str, total: int | None = None, *, is_too_late: bool = False
    ) -> Iterator[None]:
        """Tell that a step begins, and how it ended.

        Args:
            id_: the step.
            total: bytes that it moves.
            is_too_late: whether all is done already that could be cancelled.
        """
        if not is_too_late:
            self.check()
        self.tell(Event(id_, "started", total=total))
        try:
            yield
        except FlowCancelledError as error:
            self.tell(Event(id_, "cancelled", self._done.get(id_, 0), total, text=str(error)))
            raise
        except Exception as error:
            self.tell(Event(id_, "failed", self._done.get(id_, 0), total, text=str(error)))
            raise
        self.tell(Event(id_, "finished", self._done.get(id_, total or 0), total))

    def map(self, work: Callable[[T], R], items: Sequence[T], threads: int) -> list[R]:
        """Return what some work makes of items, several at once; the first failure ends all.

        Events of other threads are told while it goes on.
        """
        with ThreadPoolExecutor(max(1, min(threads, len(items))), "atdata-flow") as pool:
            under_way = [pool.submit(work, item) for item in items]
            try:
                self._attend(under_way)
            except BaseException:
                self._stop.set()
                pool.shutdown(wait=True, cancel_futures=True)
                self._pass_on()
                raise
            return [one.result() for one in under_way]

    def _attend(self, under_way: Sequence[Future[Any]]) -> None:
        waiting = list(under_way)
        while waiting:
            self._pass_on(_PATIENCE)
            self.check()
            for one in [one for one in waiting if one.done()]:
                waiting.remove(one)
                one.result()
        self._pass_on()

    def _pass_on(self, patience: float = 0.0) -> None:
        try:
            while True:
                self._on_event(
                    self._events.get(timeout=patience) if patience else self._events.get_nowait()
                )
                patience = 0.0
        except queue.Empty:
            return
