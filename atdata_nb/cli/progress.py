"""Progress: what a run tells, as bars in a terminal and as lines in a log."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from atdata_nb.views.amounts import counted, size
from atdata_nb.views.plans import duration
from atdata_nb.views.text import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.console import Console
    from rich.progress import Progress, TaskID

    from atdata_nb.flows import Event, Plan

_OUTCOMES = {"finished": "done", "reused": "already there", "failed": "FAILED"}
_QUARTER = 0.25


@contextmanager
def shown(plan: Plan) -> Iterator[Callable[[Event], None]]:
    """Yield what is told of each event: bars where somebody sees them, else lines."""
    from rich.console import Console

    console = Console(stderr=True)
    if not console.is_terminal:
        yield Lines(plan)
        return
    with _bars(console) as progress:
        yield Bars(plan, progress)


class Lines:
    """One line for each step that ends, and for each quarter of a large one."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._told: dict[str, float] = {}

    def __call__(self, event: Event) -> None:
        """Say what there is to say of an event."""
        title = one_line(self._plan.step(event.step).title, 100)
        if event.kind in _OUTCOMES:
            text = f": {one_line(event.text)}" if event.text else ""
            typer.echo(f"{title}: {_OUTCOMES[event.kind]}{text}", err=True)
        elif event.kind == "progress" and self._is_new_quarter(event):
            parts = _amounts(self._plan, event)
            typer.echo(f"{title}: {', '.join(parts)}", err=True)

    def _is_new_quarter(self, event: Event) -> bool:
        share = event.fraction or 0.0
        if share < self._told.get(event.step, 0.0) + _QUARTER or share >= 1:
            return False
        self._told[event.step] = share
        return True


class Bars:
    """A bar for the whole, and one for each step that is going on."""

    def __init__(self, plan: Plan, progress: Progress) -> None:
        self._plan, self._progress = plan, progress
        self._whole = progress.add_task("all of it", total=len(plan.steps), note="")
        self._tasks: dict[str, TaskID] = {}
        self._ended: set[str] = set()

    def __call__(self, event: Event) -> None:
        """Show an event."""
        if event.kind in {"started", "progress"}:
            self._go_on(event)
        elif event.step not in self._ended:
            self._end(event)

    def _go_on(self, event: Event) -> None:
        if event.step not in self._tasks:
            title = one_line(self._plan.step(event.step).title, 60)
            self._tasks[event.step] = self._progress.add_task(title, total=None, note="")
        self._progress.update(
            self._tasks[event.step],
            completed=event.done,
            total=event.total,
            note=" · ".join(_amounts(self._plan, event)),
        )

    def _end(self, event: Event) -> None:
        self._ended.add(event.step)
        self._progress.advance(self._whole)
        task = self._tasks.pop(event.step, None)
        if task is not None:
            self._progress.remove_task(task)
        title = one_line(self._plan.step(event.step).title, 100)
        sign = "✗" if event.kind in {"failed", "cancelled"} else "✓"
        # Without markup: a stranger's words in a title are no styles.
        self._progress.console.print(f"{sign} {title}", markup=False, highlight=False)


def _bars(console: Console) -> Progress:
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn

    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.fields[note]}", markup=False),
        console=console,
        transient=True,
    )


def _amounts(plan: Plan, event: Event) -> list[str]:
    """Return how far a step has come, how fast it goes, and how long it will take."""
    # What is written to an index of this machine is counted in samples.
    is_local = plan.kind == "publish"
    parts = []
    if event.total:
        done = f"{event.done:,}" if is_local else size(event.done)
        parts.append(
            f"{done} of {counted(event.total, 'sample') if is_local else size(event.total)}"
        )
    if event.rate is not None:
        rate = round(event.rate)
        parts.append(f"{rate:,} samples/s" if is_local else f"{size(rate)}/s")
    return parts if event.left is None else [*parts, f"{duration(event.left)} left"]
