"""Rates: two ways of doing one thing, in turns, so that a noisy machine is noisy for both."""

from __future__ import annotations

import gc
import time
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass
class Contest:
    """Times of several ways, taken in rounds.

    Attributes:
        amount: samples that one run handles.
        times: of each way, the seconds of each round.
    """

    amount: int
    times: dict[str, list[float]]

    def rate(self, name: str) -> float:
        """Samples a second, at the median."""
        return self.amount / median(self.times[name])

    def ratio(self, name: str, other: str) -> float:
        """How many times as fast ``name`` is, at the median of the rounds' pairs."""
        pairs = zip(self.times[name], self.times[other], strict=True)
        return median(theirs / ours for ours, theirs in pairs)


def contest(ways: dict[str, Callable[[], float | None]], amount: int, rounds: int = 5) -> Contest:
    """Time each way once a round; a way may return the seconds it measured itself."""
    times: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(rounds + 1):
        for name, run in ways.items():
            gc.collect()
            start = time.perf_counter()
            told = run()
            took = time.perf_counter() - start if told is None else told
            if turn:  # the first round only warms up
                times[name].append(took)
    return Contest(amount, times)


def table(title: str, rows: list[tuple[str, ...]], head: tuple[str, ...]) -> None:
    """Print a table."""
    widths = [max(len(row[i]) for row in [head, *rows]) for i in range(len(head))]
    print(f"\n## {title}\n")
    for row in (head, tuple("-" * width for width in widths), *rows):
        print("| " + " | ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)) + " |")


def verdict(reached: float, target: float) -> str:
    """Say whether a figure reached its target."""
    return "reached" if reached >= target else "MISSED"


def seen(rate: float) -> str:
    """Return a rate in a few characters."""
    return f"{rate / 1000:,.1f} k/s" if rate < 1e6 else f"{rate / 1e6:,.2f} M/s"
