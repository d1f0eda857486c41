"""Run: a plan that is being carried out beside everything else."""

from __future__ import annotations

import itertools
import threading
from typing import TYPE_CHECKING, Literal, TypeAlias

from atdata_nb.errors import FlowCancelledError

if TYPE_CHECKING:
    from atdata_nb.flows.event import Event
    from atdata_nb.flows.plan import OnEvent, Plan
    from atdata_nb.flows.result import Result

State: TypeAlias = Literal["running", "done", "failed", "cancelled"]

_running: list[Run] = []
_lock = threading.Lock()
_numbers = itertools.count(1)


class Run:
    """A plan that is carried out by a thread of its own.

    It goes on whatever happens to the cell or widget that began it, until it is done or
    ``cancel`` ends it; `running` finds it again.

    Attributes:
        number: which of this process it is, from 1.
        plan: the plan.
        events: what happened so far, in order.
        result: what came of it; None until it is done.
        error: why it failed or was cancelled; None where it did not.
    """

    def __init__(self, plan: Plan) -> None:
        plan.check()
        self.number = next(_numbers)
        self.plan = plan
        self.events: list[Event] = []
        self.result: Result | None = None
        self.error: BaseException | None = None
        self._listeners: list[OnEvent] = []
        self._cancelled = threading.Event()
        self._ended = threading.Event()
        # Not a daemon: Python waits at its end until the run is done.
        self._thread = threading.Thread(target=self._carry_out, name=f"atdata-{plan.kind}")

    def start(self) -> Run:
        """Begin; return the run itself."""
        with _lock:
            _running.append(self)
        self._thread.start()
        return self

    @property
    def state(self) -> State:
        """``running``, ``done``, ``failed`` or ``cancelled``."""
        if not self._ended.is_set():
            return "running"
        if self.error is None:
            return "done"
        return "cancelled" if isinstance(self.error, FlowCancelledError) else "failed"

    def listen(self, on_event: OnEvent) -> None:
        """Tell somebody of all events: those so far, and those to come, in the run's thread."""
        with _lock:
            so_far = list(self.events)
            self._listeners.append(on_event)
        for event in so_far:
            on_event(event)

    def cancel(self) -> None:
        """Ask it to end; `wait` until it has.

        A promotion ends where it can be resumed; of a publication nothing is kept.
        """
        self._cancelled.set()

    def wait(self, timeout: float | None = None) -> Result:
        """Return what came of it.

        Raises:
            TimeoutError: it goes on still.
            FlowCancelledError: it was cancelled.
            AtdataError: it failed.
        """
        if not self._ended.wait(timeout):
            raise TimeoutError(f"{self.plan.title}: still running")
        if self.error is not None:
            raise self.error
        assert self.result is not None  # noqa: S101 - there is one or the other
        return self.result

    def _carry_out(self) -> None:
        try:
            self.result = self.plan.run(self._tell, cancel=self._cancelled)
        except BaseException as error:  # noqa: BLE001 - whoever waits for it is told
            self.error = error
        finally:
            with _lock:
                _running.remove(self)
            self._ended.set()

    def _tell(self, event: Event) -> None:
        with _lock:
            self.events.append(event)
            listeners = list(self._listeners)
        for listener in listeners:
            listener(event)

    def __repr__(self) -> str:
        return f"Run({self.plan.title}: {self.state})"


def start(plan: Plan) -> Run:
    """Carry a plan out beside everything else.

    Raises:
        PlanBlockedError: something keeps it from being done; the message says what.
    """
    return Run(plan).start()


def running() -> list[Run]:
    """Return the runs of this process that go on."""
    with _lock:
        return list(_running)
