"""Scan: one function over all shards, each tried again if it fails, none harming another."""

from __future__ import annotations

import contextlib
import queue
from collections import deque
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol, TypeVar

from atdata_nb.errors import (
    NotFoundError,
    SampleError,
    ScanCancelledError,
    ScanError,
    ServiceError,
    ShardError,
    ShardNotFoundError,
    shown_url,
)
from atdata_nb.scanning.events import ScanEvent
from atdata_nb.scanning.pieces import pieces_of
from atdata_nb.scanning.tasks import Job, Outcome, function_name, value_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from atdata_nb.scanning.events import OnEvent
    from atdata_nb.scanning.executors import Backend
    from atdata_nb.scanning.pieces import Pieces

R = TypeVar("R")

RETRIES: Final = 2
# Faults of the data itself: they will be there again.
_LASTING: Final = (ShardError, ShardNotFoundError, SampleError, NotFoundError)
# A function that fails on so many shards and works on none will not work on the others.
_HOPELESS: Final = 8
_LOOK_UP_SECONDS: Final = 0.1
_SHOWN: Final = 5


class Flag(Protocol):
    """What says that it is time to stop; a ``threading.Event`` does."""

    def is_set(self) -> bool:
        """Whether it is."""
        ...


def map_shards(
    fn: Callable[[Any], R],
    shards: Any,
    *,
    executor: Any = None,
    on_event: OnEvent | None = None,
    retries: int = RETRIES,
    ordered: bool = True,
    errors: Literal["raise", "skip"] = "raise",
    cancel: Flag | None = None,
    workers: int | None = None,
) -> Iterator[R]:
    """Call a function on every shard, several at a time; yield what it returns.

    Results come in the order of the shards, so that merging them gives the same to the bit
    wherever they were made. What fails is tried again, elsewhere if it can be; a shard whose worker
    was killed is tried alone, so that it takes no other with it. The other shards are gone through
    in any case, then the failure is raised. A fault of the data itself is not tried again.

    Args:
        fn: takes one piece of ``shards``; what it returns should be small: a result, not the data.
        shards: a Dataset, of which ``fn`` is given one of each shard, with all that is needed to
            read it; or a sequence of anything, such as the paths of files.
        executor: ``"threads"`` (the default) or ``"processes"`` of this machine, a
            ``dask.distributed.Client``, or an executor of ``concurrent.futures``. To other
            processes ``fn`` is sent with cloudpickle, which comes with Dask: a function that a
            notebook defines can be sent, an open file can't. Scripts that use processes keep their
            own work below ``if __name__ == "__main__"``.
        on_event: called with a ScanEvent of every step.
        retries: how often a shard is tried again.
        ordered: False to yield results as they come.
        errors: ``skip`` to go on without the shards that fail; ``on_event`` hears of them.
        cancel: looked at between shards; once it is set, no further shard is begun.
        workers: how many threads or processes; without it, one a processor.

    Raises:
        ScanError: ``fn`` failed on a shard; the message says which, the cause says why.
        ShardError: a shard is damaged.
        ScanCancelledError: ``cancel`` was set.
        NotPortableError: ``fn`` can't be sent to another process.

    Example:
        >>> list(map_shards(str.upper, ["a.tar", "b.tar"]))
        ['A.TAR', 'B.TAR']
    """
    from atdata_nb.scanning.executors import backend_of

    pieces = pieces_of(shards)
    backend = backend_of(executor, workers)
    scan = _Scan(fn, pieces, backend, on_event=on_event, retries=retries, cancel=cancel)
    return scan.run(ordered=ordered, strict=errors == "raise")


class _Scan:
    """Which shards wait, which are under way, and what became of the others."""

    def __init__(
        self,
        fn: Callable[[Any], Any],
        pieces: Pieces[Any],
        backend: Backend,
        *,
        on_event: OnEvent | None,
        retries: int,
        cancel: Flag | None,
    ) -> None:
        self._fn, self._pieces, self._backend = fn, pieces, backend
        self._on_event, self._retries, self._cancel = on_event, retries, cancel
        self._next = 0
        self._again: deque[int] = deque()
        self._suspects: deque[int] = deque()
        self._tries: dict[int, int] = {}
        self._futures: dict[int, Any] = {}
        self._ended: queue.SimpleQueue[tuple[int, Any]] = queue.SimpleQueue()
        self._held: dict[int, Any] = {}
        self._failed: dict[int, BaseException] = {}
        self._done = 0

    def run(self, *, ordered: bool, strict: bool) -> Iterator[Any]:
        self._tell("started")
        due = 0
        try:
            while self._done < len(self._pieces):
                self._fill(due if ordered else self._done)
                self._take()
                for number in sorted(self._held) if not ordered else ():
                    yield self._held.pop(number)
                while ordered and (due in self._held or due in self._failed):
                    if due in self._held:
                        yield self._held.pop(due)
                    due += 1
                if strict and len(self._failed) >= _HOPELESS and len(self._failed) == self._done:
                    break
        finally:
            for future in self._futures.values():
                with contextlib.suppress(Exception):
                    # A cluster that is gone has nothing left to cancel.
                    future.cancel()
            self._backend.close()
            self._tell("ended")
        if strict and self._failed:
            raise self._failure()

    def _fill(self, due: int) -> None:
        """Begin as many shards as there is room for, not too far from the one that is due."""
        if self._suspects and not self._again:
            # Whoever was near a worker's death is tried alone: so the guilty one is known.
            if not self._futures:
                self._begin(self._suspects.popleft())
            return
        width = self._backend.width()
        while len(self._futures) < width:
            if self._again:
                self._begin(self._again.popleft())
            elif self._next < min(len(self._pieces), due + 2 * width):
                self._next += 1
                self._begin(self._next - 1)
            else:
                return

    def _begin(self, number: int) -> None:
        self._tries[number] = self._tries.get(number, 0) + 1
        job = Job(self._fn, self._pieces[number], self._pieces.names[number], number)
        future = self._futures[number] = self._backend.submit(job)
        future.add_done_callback(lambda done: self._ended.put((number, done)))

    def _take(self) -> None:
        """Wait for one shard to end, and note what became of it."""
        while True:
            if self._cancel is not None and self._cancel.is_set():
                raise ScanCancelledError(
                    f"{function_name(self._fn)} was told to stop after {self._done:,} of "
                    f"{len(self._pieces):,} shards"
                )
            try:
                wait = None if self._cancel is None else _LOOK_UP_SECONDS
                number, future = self._ended.get(timeout=wait)
            except queue.Empty:
                continue
            # Of a pool that was replaced, futures may still come in.
            if self._futures.get(number) is future:
                del self._futures[number]
                self._note(number, _outcome(future))
                return

    def _note(self, number: int, outcome: Outcome) -> None:
        error = outcome.error
        if error is None:
            self._held[number] = value_of(outcome)
            self._end(number, "finished")
        elif self._backend.is_death(error):
            self._bury(number, error)
        elif self._tries[number] > self._retries or isinstance(error, _LASTING):
            self._fail(number, error)
        else:
            self._again.append(number)
            self._tell("retried", number, error)

    def _bury(self, number: int, error: BaseException) -> None:
        dead = [number]
        if self._backend.falls_together:
            dead += sorted(self._futures)
            self._futures.clear()
        self._backend.revive()
        for one in dead:
            if self._tries[one] > self._retries:
                self._fail(one, error)
            else:
                self._suspects.append(one)
                self._tell("retried", one, error)

    def _fail(self, number: int, error: BaseException) -> None:
        self._failed[number] = error
        self._end(number, "failed", error)

    def _end(
        self, number: int, kind: Literal["finished", "failed"], error: BaseException | None = None
    ) -> None:
        self._done += 1
        self._tell(kind, number, error)
        del self._tries[number]

    def _tell(
        self,
        kind: Literal["started", "finished", "retried", "failed", "ended"],
        number: int | None = None,
        error: BaseException | None = None,
    ) -> None:
        if self._on_event is None:
            return
        shard = "" if number is None else shown_url(self._pieces.names[number])
        attempt = 1 if number is None else self._tries[number]
        what, total = function_name(self._fn), len(self._pieces)
        reason = "" if error is None else _sentence(error)
        self._on_event(ScanEvent(kind, self._done, total, what, shard, attempt, reason))

    def _failure(self) -> Exception:
        numbers = sorted(self._failed)
        first = self._failed[numbers[0]]
        if isinstance(first, ShardError) and len(numbers) == 1:
            return first
        names = [shown_url(self._pieces.names[number]) for number in numbers]
        reason = f"{function_name(self._fn)} failed: {_sentence(first)}"
        if len(names) > 1:
            more = "" if len(names) <= _SHOWN else f" and {len(names) - _SHOWN:,} more"
            reason += f"; it failed on {len(names):,} shards: {', '.join(names[:_SHOWN])}{more}"
        failure = ScanError(reason, shard=names[0])
        failure.__cause__ = first
        return failure


def _outcome(future: Any) -> Outcome:
    try:
        outcome: Outcome = future.result()
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # noqa: BLE001 - cancelling is no Exception
        lost = ServiceError(f"its worker or scheduler is gone: {error}")
        return Outcome(error=error if isinstance(error, Exception) else lost)
    return outcome


def _sentence(error: BaseException) -> str:
    told = str(error)
    return told if isinstance(error, ShardError) else f"{type(error).__name__}: {told}"
