"""Shelf: the runs of this process, found again by what they are about, and those cut short."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atdata_nb.errors import FlowError

if TYPE_CHECKING:
    from collections.abc import Hashable

    from atdata_nb.atmosphere import AtmosphereClient
    from atdata_nb.flows import Run, Unfinished
    from atdata_nb.protocols import AbstractIndex
    from atdata_nb.stores import S3DataStore

# The last run of each subject, so that a cell which is run again shows it, running or done.
_runs: dict[Hashable, Run] = {}


def keep(subject: Hashable | None, run: Run) -> Run:
    """Remember a run by its subject; return it."""
    if subject is not None:
        _runs[subject] = run
    return run


def find(subject: Hashable | None) -> Run | None:
    """Return the last run of a subject; None where there was none in this process."""
    return None if subject is None else _runs.get(subject)


def forget(subject: Hashable | None) -> None:
    """Let the next page of a subject begin with its form; a run that goes on does so."""
    _runs.pop(subject, None)


def under_way() -> list[Run]:
    """Return the runs of this process that go on, whoever began them."""
    from atdata_nb import flows

    return flows.running()


def cut_short(index: AbstractIndex) -> list[Unfinished]:
    """Return the runs that ended before they were done, in this process or an earlier one."""
    from atdata_nb import flows

    return flows.unfinished(index)


def resume(
    name: str, index: AbstractIndex, client: AtmosphereClient | None, credentials: str
) -> Run:
    """Go on with one of them, beside everything else."""
    from atdata_nb import flows

    one = _of(name, index)
    return flows.start(one.plan(client, _store(one, credentials)))


def roll_back(
    name: str, index: AbstractIndex, client: AtmosphereClient | None, credentials: str
) -> None:
    """Take back what one of them has made."""
    one = _of(name, index)
    one.roll_back(client, store=_store(one, credentials))


def _of(name: str, index: AbstractIndex) -> Unfinished:
    for one in cut_short(index):
        if one.name == name:
            return one
    raise FlowError("that run is no longer unfinished")


def _store(one: Unfinished, credentials: str) -> S3DataStore | None:
    if not one.bucket or not credentials.strip():
        return None
    from atdata_nb.stores import S3DataStore

    return S3DataStore(credentials.strip(), bucket=one.bucket)
