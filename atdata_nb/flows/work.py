"""Work: what one run has done already, in the journal of its index, until it is done."""

from __future__ import annotations

import hashlib
import json
import os
import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from atdata_nb.errors import FlowError, ServiceError
from atdata_nb.index.journal import Journaled
from atdata_nb.sandbox.handles import Handle

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from atdata_nb.index.journal import Journal

HEAD: Final = "head"
OWNER: Final = "owner"
LAST: Final = "last"
_active: set[str] = set()
_lock = threading.Lock()


def journal_of(index: Any) -> Journal:
    """Return the journal of an index; of one that has none, that of the index of this machine."""
    if isinstance(index, Journaled):
        return index.journal
    from atdata_nb.index import LocalIndex

    return LocalIndex().journal


def name_of(head: Mapping[str, Any]) -> str:
    """Return the name of the work that a head describes: the same work has the same name.

    >>> name_of({"kind": "promote", "entry": "digits@1.0.0"})
    'promote-781be91b7712f4ce'
    """
    told = json.dumps(head, sort_keys=True).encode()
    return f"{head['kind']}-{hashlib.blake2b(told, digest_size=8).hexdigest()}"


class Work:
    """The facts of one run; whoever runs the same again goes on from there.

    Args:
        journal: keeps them.
        head: what the work is, without secrets: enough to plan it again.

    Attributes:
        name: what the journal calls it.
        is_resumed: whether somebody had begun it before.
    """

    def __init__(self, journal: Journal, head: Mapping[str, Any]) -> None:
        self._journal, self.head = journal, dict(head)
        self.name = name_of(head)
        self.is_resumed = False
        self._facts: dict[str, str] = {}

    @contextmanager
    def owned(self) -> Iterator[Work]:
        """Begin it, or go on with it; nobody else may, as long as this process does.

        Raises:
            FlowError: somebody does it at this moment.
        """
        with _lock:
            self._check_free()
            _active.add(self.name)
        try:
            self._journal.keep(self.name, HEAD, json.dumps(self.head))
            self._journal.put(self.name, OWNER, json.dumps(_this_process()))
            self._facts = self._journal.facts(self.name)
            self.is_resumed = self.is_begun
            yield self
        finally:
            with _lock:
                _active.discard(self.name)

    def _check_free(self) -> None:
        owner = self._journal.facts(self.name).get(OWNER)
        if self.name in _active or (owner is not None and is_elsewhere(owner)):
            raise FlowError(
                "this is being done already: look at atdata_nb.flows.running(), or wait for the "
                "other process"
            )

    def keep(self, key: str, value: Any) -> Any:
        """Write a fact unless there is one; return the one that is there then."""
        told = self._journal.keep(self.name, key, json.dumps(value))
        self._facts[key] = told
        return json.loads(told)

    def get(self, key: str) -> Any:
        """Return a fact, or None."""
        text = self._facts.get(key)
        return None if text is None else json.loads(text)

    def having(self, start: str) -> dict[str, Any]:
        """Return the facts whose keys begin so, by the rest of the key."""
        return {
            key.removeprefix(start): json.loads(text)
            for key, text in list(self._facts.items())
            if key.startswith(start)
        }

    @property
    def is_begun(self) -> bool:
        """Whether there is anything that a run has made."""
        return not self._facts.keys() <= {HEAD, OWNER, LAST}

    def drop(self, key: str) -> None:
        """Delete a fact."""
        self._facts.pop(key, None)
        self._journal.forget(self.name, key)

    def stopped(self, why: str) -> None:
        """Write down why it did not come to its end."""
        self._journal.put(self.name, LAST, json.dumps(why))

    def end(self) -> None:
        """Forget it: it is done, or undone."""
        self._journal.forget(self.name)


def is_elsewhere(owner: str) -> bool:
    """Whether the process that a fact names is another one of this machine that still runs."""
    told = json.loads(owner)
    if told.get("host") != socket.gethostname() or told.get("pid") == os.getpid():
        return False
    return Handle(int(told["pid"]), str(told["started"])).is_running


def is_active(name: str) -> bool:
    """Whether a run of this process does it at this moment."""
    return name in _active


def _this_process() -> dict[str, Any]:
    pid = os.getpid()
    try:
        started = Handle.of(pid).started
    except ServiceError:
        started = ""
    return {"host": socket.gethostname(), "pid": pid, "started": started}
