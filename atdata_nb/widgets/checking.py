"""Checking: whether a dataset is what its record says, found out aside and shard by shard."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Event
from typing import TYPE_CHECKING, Any, Final

from atdata_nb.errors import AtdataError, IdentityError, RemoteError, ServiceError, UnreachableError
from atdata_nb.index.facets import place_of
from atdata_nb.index.verification import Outcome, check_shard
from atdata_nb.views.amounts import counted
from atdata_nb.views.text import one_line, visible
from atdata_nb.widgets.jobs import PATIENCE, Job
from atdata_nb.widgets.opening import open_dataset
from atdata_nb.widgets.shard_list import is_cheap, recorded

if TYPE_CHECKING:
    from atdata_nb.protocols import AbstractIndex, DataSource, IndexEntry

# Hashing so much takes some hundredths of a second: done without being asked for.
CHEAP: Final = 16 << 20
_DEAD: Final = (UnreachableError, ServiceError, IdentityError, RemoteError, ConnectionError)
_MOST_STEPS: Final = 20


@dataclass(slots=True)
class State:
    """How far it got.

    Attributes:
        name: ``unchecked``, ``running``, ``good``, ``readable``, ``bad`` or ``unreachable``.
        why: what was found, in words.
        done: how many shards were read.
        total: how many there are.
        shards: of each shard that was read, whether it is good (None: nobody can tell) and why.
        steps: what else was looked at: name, whether it is good, why.
    """

    name: str = "unchecked"
    why: str = ""
    done: int = 0
    total: int = 0
    shards: dict[str, tuple[bool | None, str]] = field(default_factory=dict)
    steps: list[tuple[str, bool | None, str]] = field(default_factory=list)


class _StoppedError(Exception):
    """Somebody has clicked on Stop."""


class Check:
    """The verification of one dataset.

    Args:
        entry: the dataset.
        index: where it is from.
    """

    def __init__(self, entry: IndexEntry, index: AbstractIndex) -> None:
        self._entry, self._index = entry, index
        self._job: Job | None = None
        self._stop = Event()
        self.state = State(total=len(entry.data_urls))

    @property
    def is_cheap(self) -> bool:
        """Whether it takes so little that nobody has to ask for it."""
        return is_cheap(self._entry, CHEAP)

    def begin(self) -> None:
        """Begin, unless it is going on."""
        if self._job is None or self._job.wait(0):
            self._stop = Event()
            self.state = State("running", total=len(self._entry.data_urls))
            self._job = Job(self._run)
        self._job.wait(PATIENCE)

    def cancel(self) -> None:
        """Stop after the shard that is being read."""
        self._stop.set()
        if self._job is not None:
            self._job.wait(PATIENCE)

    def wait(self) -> None:
        """Wait a moment for news."""
        if self._job is not None:
            self._job.wait(PATIENCE)

    def _run(self) -> None:
        state = self.state
        try:
            if callable(getattr(self._entry, "verify", None)):
                self._by_itself(state)
            else:
                self._by_shards(state)
        except _StoppedError:
            state.name, state.why = "unchecked", f"stopped after {counted(state.done, 'shard')}"
        except _DEAD as error:
            state.name, state.why = "unreachable", visible(str(error), 500)
        except Exception as error:  # noqa: BLE001 - a verdict too, and said as one
            state.name, state.why = "bad", visible(f"{type(error).__name__}: {error}", 500)

    def _by_itself(self, state: State) -> None:
        """Let an entry of the network prove its record and its shards."""
        entry: Any = self._entry
        # Told at once where its server is gone, rather than as a proof that failed.
        entry.index.client.resolve(entry.did, fresh=True)
        urls = set(entry.data_urls)

        def tell(step: Any) -> None:
            why = visible(step.why, 400)
            if step.what in urls:
                state.shards[step.what] = (step.ok, why)
                state.done = len(state.shards)
            elif len(state.steps) < _MOST_STEPS:
                state.steps.append((one_line(step.what, 100), step.ok, why))
            if self._stop.is_set() and state.done < state.total:
                raise _StoppedError

        verdict = entry.verify(on_step=tell)
        failed = [step for step in verdict.steps if step.ok is False]
        if failed:
            state.name, state.why = "bad", one_line(f"{failed[0].what}: {failed[0].why}", 400)
        elif verdict.complete:
            state.name, state.why = "good", "signature and checksums verified"
        else:
            state.name, state.why = "readable", "signature verified; no checksums are recorded"

    def _by_shards(self, state: State) -> None:
        """Read every shard and compare it with what is recorded."""
        source = self._source()
        known = {shard.url: shard for shard in recorded(self._entry) if shard.sha256}
        names = source.list_shards()
        state.total = len(names)
        for name in names:
            if self._stop.is_set():
                raise _StoppedError
            if not state.done and place_of(name) != "local":
                _reach(source, name)
            check = check_shard(source, name, known.get(name))
            good = {Outcome.SAME: True, Outcome.READABLE: None, Outcome.FAILED: False}
            state.shards[name] = (good[check.outcome], visible(check.reason, 400))
            state.done += 1
        self._conclude(state)

    def _source(self) -> DataSource:
        # A dataset is not opened where a shard is missing; here that is one of the answers.
        own = getattr(self._entry, "source", None)
        if callable(own):
            found: DataSource = own()
            return found
        return open_dataset(self._entry, self._index).source

    @staticmethod
    def _conclude(state: State) -> None:
        bad = [why for good, why in state.shards.values() if good is False]
        if bad:
            number = f"{len(bad):,} of {counted(state.total, 'shard')}"
            state.name = "bad"
            state.why = f"{number} {'is' if len(bad) == 1 else 'are'} not as written: {bad[0]}"
        elif all(good for good, _ in state.shards.values()) and state.shards:
            state.name, state.why = "good", "checksums verified"
        else:
            state.name, state.why = "readable", "every shard can be read; no checksums are recorded"


def _reach(source: DataSource, shard: str) -> None:
    """Raise where a server is gone, which is no shard that is not as written."""
    try:
        with source.open_shard(shard) as stream:
            stream.read(1)
    except _DEAD:
        raise
    except (AtdataError, OSError):
        # Whatever else is wrong with it is found when it is checked.
        return
