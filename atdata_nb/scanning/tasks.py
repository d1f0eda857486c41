"""Task: a function and one shard on their way to a worker, and what came of them."""

from __future__ import annotations

import pickle
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from atdata_nb.errors import AtdataError, NotPortableError, shown_url

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True, repr=False)
class Job:
    """A function and the piece it is to be called with.

    Attributes:
        function: the function.
        piece: the piece.
        name: identifier of its shard.
        number: place of the shard among all.
    """

    function: Callable[[Any], Any]
    piece: Any
    name: str
    number: int


@dataclass(frozen=True, slots=True, repr=False)
class Task:
    """A function and a shard, packed.

    Schedulers show what they are given in task lists, dashboards and logs: this shows the shard's
    name and nothing else. Whatever opens the shard travels inside.

    Attributes:
        name: identifier of the shard.
        packed: the function and the shard, pickled.
    """

    name: str
    packed: bytes

    def __repr__(self) -> str:
        return f"Task({shown_url(self.name)!r})"


@dataclass(frozen=True, slots=True, repr=False)
class Outcome:
    """What a worker made of a task.

    Attributes:
        value: what the function returned; packed where it comes from another process.
        error: what it raised; kept as a value, so that no worker writes it into its log.
        packed: whether the value is packed.
    """

    value: Any = None
    error: Exception | None = None
    packed: bool = False

    def __repr__(self) -> str:
        return "Outcome(failed)" if self.error is not None else "Outcome(done)"


def pack(job: Job) -> Task:
    """Return a task that can be sent to another process.

    Raises:
        NotPortableError: the function or what it holds can't be sent.
    """
    try:
        return Task(job.name, _dumps((job.function, job.piece)))
    except Exception as error:  # whatever __reduce__ and __getstate__ of strangers raise
        raise NotPortableError(
            f"{function_name(job.function)} can't be sent to another process: {error}; "
            'give it what it needs as plain values, or run it here with executor="threads"'
        ) from error


def _dumps(value: Any) -> bytes:
    # What a notebook defines has no module that a worker could import: cloudpickle, which comes
    # with Dask, takes its code along.
    try:
        cloudpickle = import_module("cloudpickle")
    except ImportError:
        return pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
    data: bytes = cloudpickle.dumps(value)
    return data


def unpack(task: Task) -> tuple[Callable[[Any], Any], Any]:
    """Return the function and the piece of a task."""
    function, piece = pickle.loads(task.packed)  # noqa: S301 - packed by our own client
    return function, piece


def run_packed(task: Task) -> Outcome:
    """Run a task in a worker; its value goes back packed."""
    try:
        function, piece = unpack(task)
        return Outcome(_dumps(function(piece)), packed=True)
    except Exception as error:  # noqa: BLE001 - told by the client, which knows what to do
        return Outcome(error=portable(error))


def run_here(job: Job) -> Outcome:
    """Run a job in this process."""
    try:
        return Outcome(job.function(job.piece))
    except Exception as error:  # noqa: BLE001 - likewise
        return Outcome(error=error)


def value_of(outcome: Outcome) -> Any:
    """Return what the function returned."""
    if not outcome.packed:
        return outcome.value
    return pickle.loads(outcome.value)  # noqa: S301 - packed by our own worker


def portable(error: Exception) -> Exception:
    """Return an error that survives the way back: itself, or its kind and sentence."""
    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301 - just packed
    except Exception:  # noqa: BLE001 - errors with arguments of their own often do not
        return AtdataError(f"{type(error).__name__}: {error}")
    return error


def function_name(function: Callable[..., Any]) -> str:
    """Return what a function is called; of a partial one, the function in it.

    >>> from functools import partial
    >>> function_name(partial(sorted, reverse=True))
    'sorted'
    """
    inner = getattr(function, "func", function)
    return str(getattr(inner, "__name__", type(inner).__name__))
