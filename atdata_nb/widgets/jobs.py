"""Jobs: what waits for a server, done aside so that the kernel goes on answering."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

PATIENCE: Final = 0.1
PENDING: Final[dict[str, Any]] = {"pending": True}


class Job:
    """One piece of work in a thread of its own."""

    def __init__(self, work: Callable[[], Any]) -> None:
        self._value: Any = None
        self._error: Exception | None = None
        self._done = threading.Event()
        threading.Thread(target=self._run, args=(work,), daemon=True, name="atdata-job").start()

    def wait(self, seconds: float) -> bool:
        """Wait until it is done, no longer than that; return whether it is."""
        return self._done.wait(seconds)

    def result(self) -> Any:
        """Return what came of it, or raise what it raised."""
        if self._error is not None:
            raise self._error
        return self._value

    def _run(self, work: Callable[[], Any]) -> None:
        try:
            self._value = work()
        except Exception as error:  # noqa: BLE001 - raised where the result is asked for
            self._error = error
        finally:
            self._done.set()


class Jobs:
    """Work that was begun, by what it is about."""

    def __init__(self) -> None:
        self._begun: dict[Hashable, Job] = {}

    def ask(self, about: Hashable, work: Callable[[], Any], *, aside: bool) -> Any:
        """Return what work comes to; ``PENDING`` while it is still going on aside."""
        if not aside:
            return work()
        job = self._begun.get(about) or self._begun.setdefault(about, Job(work))
        if not job.wait(PATIENCE):
            return PENDING
        del self._begun[about]
        return job.result()
