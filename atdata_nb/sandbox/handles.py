"""Handle: a process that was left running, known by its number and by when it started."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from atdata_nb.errors import ServiceError

if TYPE_CHECKING:
    from collections.abc import Sequence

_STEP_SECONDS: Final = 0.05
_KILL_SECONDS: Final = 5.0
# The shell ends at once: what it has started belongs to the system's first process, and is no
# child of ours that would have to be waited for.
_DETACH: Final = 'log=$1; shift; "$@" </dev/null >>"$log" 2>&1 & echo $!'


@dataclass(frozen=True, slots=True)
class Handle:
    """A process; another one that is given its number later is not taken for it.

    Attributes:
        pid: number of the process.
        started: when it started, as the system tells it.

    Example:
        >>> me = Handle.of(os.getpid())
        >>> me.is_running, Handle(me.pid, "another time").is_running
        (True, False)
    """

    pid: int
    started: str

    @classmethod
    def of(cls, pid: int) -> Self:
        """Return the handle of a running process.

        Raises:
            ServiceError: there is none of that number.
        """
        started = _started(pid)
        if started is None:
            raise ServiceError(f"process {pid} has ended already")
        return cls(pid, started)

    @property
    def is_running(self) -> bool:
        """Whether this very process is there."""
        return _started(self.pid) == self.started

    def end(self, seconds: float) -> bool:
        """End it, gently first, by force after ``seconds``; return whether it ran.

        Raises:
            ServiceError: it does not end, or belongs to somebody else.
        """
        with suppress(ProcessLookupError):
            descriptor = _open(self.pid)
            try:
                # Looked at after it was opened: what the descriptor names can't change any more.
                if not self.is_running:
                    return False
                self._end(descriptor, seconds)
            except PermissionError as error:
                raise ServiceError(f"process {self.pid} belongs to somebody else") from error
            finally:
                if descriptor is not None:
                    os.close(descriptor)
            return True
        return False

    def _end(self, descriptor: int | None, seconds: float) -> None:
        for number, patience in ((signal.SIGTERM, seconds), (signal.SIGKILL, _KILL_SECONDS)):
            if descriptor is None:
                os.kill(self.pid, number)
            else:
                signal.pidfd_send_signal(descriptor, number)
            if self._ends(descriptor, patience):
                return
        raise ServiceError(f"process {self.pid} does not end")

    def _ends(self, descriptor: int | None, seconds: float) -> bool:
        if descriptor is not None:
            return bool(select.select([descriptor], [], [], seconds)[0])
        limit = time.monotonic() + seconds
        while self.is_running:
            if time.monotonic() > limit:
                return False
            time.sleep(_STEP_SECONDS)
        return True


def start_detached(command: Sequence[str], log: Path) -> Handle:
    """Start a program that lives on when this process ends; what it says goes to a file.

    Raises:
        ServiceError: it ended at once; the message says what it said last.
    """
    done = subprocess.run(  # noqa: S603 - our own words
        ["/bin/sh", "-c", _DETACH, "detach", str(log), *command],
        # Not the folder that somebody happens to be in: it would stay in use, and Python would
        # look for modules there.
        cwd=log.parent,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        start_new_session=True,
    )
    return Handle.of(int(done.stdout))


def _open(pid: int) -> int | None:
    # Linux only: elsewhere a number is all there is.
    return os.pidfd_open(pid) if hasattr(os, "pidfd_open") else None


def _started(pid: int) -> str | None:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace")
        boot = Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    except OSError:
        return None if Path("/proc/self/stat").exists() else _started_elsewhere(pid)
    # proc(5): behind the name, which may hold anything, come state (3rd) and start time (22nd).
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] in "ZX" else f"{boot}/{fields[19]}"


def _started_elsewhere(pid: int) -> str | None:
    told = subprocess.run(  # noqa: S603
        ["/bin/ps", "-o", "lstart=", "-p", str(pid)],
        env={"LC_ALL": "C", "TZ": "UTC"},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    return told.stdout.strip() or None
