"""Executors: where the tasks of a scan run – threads, processes, anybody's executor, Dask."""

from __future__ import annotations

import math
import multiprocessing
import os
import secrets
import time
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any, Final

from atdata_nb.scanning.tasks import Job, function_name, pack, run_here, run_packed

# Shards under way for each worker, so that none has to wait for the client.
_AHEAD: Final = 2
_MOST_THREADS: Final = 8
# Seconds after which a cluster is asked how many workers it has now.
_ASK_AGAIN: Final = 2.0


class Backend:
    """Where tasks run.

    Attributes:
        workers: how many run at the same time.
        deaths: names of the errors that say that a worker died, not that the function failed.
        falls_together: whether all that is under way is lost with one worker.
    """

    workers = 1
    deaths: frozenset[str] = frozenset()
    falls_together = False

    def width(self) -> int:
        """How many tasks should be under way."""
        return _AHEAD * self.workers

    def submit(self, job: Job) -> Any:
        """Begin a job; return its future: ``result``, ``cancel`` and ``add_done_callback``."""
        raise NotImplementedError

    def is_death(self, error: BaseException) -> bool:
        """Whether an error says that a worker died."""
        return type(error).__name__ in self.deaths

    def revive(self) -> None:
        """Begin anew after a worker died."""

    def close(self) -> None:
        """Let go of what is its own; tasks that have not begun are dropped."""


def backend_of(executor: Any, workers: int | None) -> Backend:
    """Return where to run: see `map_shards`.

    Raises:
        TypeError: that is none.
    """
    if executor is None or executor == "threads":
        return ThreadBackend(workers or min(_MOST_THREADS, available()))
    if executor == "processes":
        return ProcessBackend(workers or available())
    if isinstance(executor, Executor):
        return GivenBackend(executor)
    if _is_dask(executor):
        return DaskBackend(executor)
    raise TypeError(
        f"{executor!r} runs no shards: give 'threads', 'processes', a concurrent.futures "
        "executor or a dask.distributed Client"
    )


def available() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _is_dask(executor: Any) -> bool:
    # Dask is not imported to find out: who has a client has imported it.
    return hasattr(executor, "submit") and hasattr(executor, "scheduler_info")


class ThreadBackend(Backend):
    """Threads of this process: whatever the function is, it can be run."""

    def __init__(self, workers: int) -> None:
        self.workers = workers
        self._pool = ThreadPoolExecutor(workers, "atdata-scan")

    def submit(self, job: Job) -> Any:
        """Begin a job."""
        return self._pool.submit(run_here, job)

    def close(self) -> None:
        """Wait for what is running."""
        self._pool.shutdown(cancel_futures=True)


class GivenBackend(Backend):
    """Somebody's own executor: used, never closed."""

    def __init__(self, pool: Executor) -> None:
        self._pool = pool
        self.workers = int(getattr(pool, "_max_workers", 0) or available())

    def submit(self, job: Job) -> Any:
        """Begin a job."""
        if isinstance(self._pool, ThreadPoolExecutor):
            return self._pool.submit(run_here, job)
        return self._pool.submit(run_packed, pack(job))


class ProcessBackend(Backend):
    """Processes of this machine; a killed one is replaced."""

    deaths = frozenset({BrokenProcessPool.__name__})
    falls_together = True

    def __init__(self, workers: int) -> None:
        self.workers = workers
        self._pool: ProcessPoolExecutor | None = None

    def submit(self, job: Job) -> Any:
        """Begin a job, in a pool that is made when it is needed."""
        task = pack(job)
        try:
            return self._open().submit(run_packed, task)
        except BrokenProcessPool:
            # It broke while nobody looked.
            self.revive()
            return self._open().submit(run_packed, task)

    def _open(self) -> ProcessPoolExecutor:
        if self._pool is None:
            # A fork would copy threads' locks as they are, and a notebook's kernel has threads.
            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(self.workers, mp_context=context)
        return self._pool

    def revive(self) -> None:
        """Drop the broken pool; the next job makes another."""
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown(wait=False, cancel_futures=True)

    def close(self) -> None:
        """Wait for what is running."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)


class DaskBackend(Backend):
    """A Dask cluster, through a client; Dask itself replaces a worker that dies."""

    deaths = frozenset({"KilledWorker"})

    def __init__(self, client: Any) -> None:
        if getattr(client, "asynchronous", False):
            raise TypeError("an asynchronous Dask client can't be waited for here: use another")
        self._client = client
        self._token = secrets.token_hex(4)
        self._begun = 0
        self._asked = -math.inf

    def width(self) -> int:
        """How many tasks should be under way: workers come and go."""
        if time.monotonic() - self._asked > _ASK_AGAIN:
            self.workers = max(1, sum(self._client.nthreads().values()))
            self._asked = time.monotonic()
        return super().width()

    def submit(self, job: Job) -> Any:
        """Begin a job."""
        self._begun += 1
        # The dashboard groups tasks by what is before the first number.
        key = f"{function_name(job.function)}-{job.number:06d}-{self._token}{self._begun:x}"
        return self._client.submit(run_packed, pack(job), key=key, pure=False)
