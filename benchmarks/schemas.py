"""Schemas and lenses: showing and comparing wide schemas, and re-defining the same lens for long.

Run: ``python -m benchmarks schemas``
"""

from __future__ import annotations

import gc
import statistics
import time
import tracemalloc
from typing import TYPE_CHECKING

from atdata_nb import LensNetwork, diff_schemas, lens, packable
from atdata_nb.schemas import Field, FieldType, Schema
from atdata_nb.views import html

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FIELDS = 2_000
REDEFINITIONS = 10_000
WARM = 1_000

INTEGER = FieldType(kind="primitive", primitive="int")
IMAGE = FieldType(kind="ndarray", dtype="uint8", shape=(64, None, 3))


def wide(version: str, renamed: int = 0) -> Schema:
    """Return a schema of 2,000 fields, every so many of them named otherwise."""
    return Schema("Wide", version, tuple(column(i, renamed) for i in range(FIELDS)))


def column(i: int, renamed: int) -> Field:
    name = f"other_{i:04}" if renamed and i % renamed == 0 else f"column_{i:04}"
    about = f"What was measured at place {i}"
    if i % 4 == 0:
        return Field(name, IMAGE, description=about)
    return Field(name, INTEGER, optional=i % 3 == 0, default=i, description=about)


def define() -> None:
    """Define a class, a second one, and a lens between them, as a notebook cell would."""

    @packable
    class Celsius:
        degrees: float

    @packable
    class Kelvin:
        kelvin: float

    @lens
    def to_kelvin(sample: Celsius) -> Kelvin:
        return Kelvin(sample.degrees + 273.15)

    LensNetwork().transform(Celsius, Kelvin)


def milliseconds(action: Callable[[], object], rounds: int) -> tuple[float, float]:
    """Return the median and the worst time of some rounds."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        action()
        times.append((time.perf_counter() - start) * 1_000)
    return statistics.median(times), max(times)


def growth() -> tuple[int, float, float]:
    """Return objects and KiB that re-definitions left behind, and seconds they took."""
    for _ in range(WARM):
        define()
    gc.collect()
    tracemalloc.start()
    objects, (before, _) = len(gc.get_objects()), tracemalloc.get_traced_memory()
    start = time.perf_counter()
    for _ in range(REDEFINITIONS):
        define()
    seconds = time.perf_counter() - start
    gc.collect()
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return len(gc.get_objects()) - objects, (after - before) / 1024, seconds


def bench(folder: Path, rounds: int) -> None:  # noqa: ARG001 - nothing here is a file
    old, new, near = wide("1.0.0"), wide("2.0.0", renamed=3), wide("1.1.0", renamed=500)
    diff = diff_schemas(old, new)
    actions: dict[str, tuple[Callable[[], object], str]] = {
        f"show a schema of {FIELDS:,} fields (HTML)": (lambda: html(old), "< 100"),
        "the same as text": (lambda: repr(old), ""),
        "compare two of them, a third renamed": (lambda: diff_schemas(old, new), "< 200"),
        "compare two of them, four renamed": (lambda: diff_schemas(old, near), "< 200"),
        "show the first of these diffs (HTML)": (lambda: html(diff), ""),
    }
    print("\n| schemas | median ms | worst ms | wanted |\n|---|---:|---:|---:|")
    html(old)
    for name, (action, wanted) in actions.items():
        median, worst = milliseconds(action, max(rounds, 5) * 3)
        print(f"| {name} | {median:.1f} | {worst:.1f} | {wanted} |")
    objects, kept, seconds = growth()
    print("\n| lenses | |\n|---|---:|")
    print(f"| {REDEFINITIONS:,} re-definitions of two classes and a lens | {seconds:.1f} s |")
    print(f"| lenses registered after them | {len(LensNetwork())} |")
    print(f"| objects that stay | {objects} |")
    # The interpreter's own table of names may double once meanwhile, which is 939 KiB.
    print(f"| memory that stays | {kept:.0f} KiB |")
