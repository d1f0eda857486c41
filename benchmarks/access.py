"""Access: one sample by its number, the memory of a long read, and the time of an import."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

from data import Small, shard
from rates import table, verdict

import atdata_nb as at

HERE = Path(__file__).parent
GIGABYTES = 2


def by_number(folder: Path) -> None:
    """Print the time of ``ds[i]``."""
    ds = at.Dataset[Small](shard(folder, "small"))
    start = time.perf_counter()
    count = len(ds)
    found = time.perf_counter() - start
    chance = random.Random(1)  # noqa: S311 - places, not a secret
    took = []
    for _ in range(5000):
        i = chance.randrange(count)
        start = time.perf_counter()
        sample = ds[i]
        took.append(time.perf_counter() - start)
        if sample.number != i:
            raise ValueError(f"sample {sample.number} is not {i}")
    micro = median(took) * 1e6
    rows = [
        ("finding the members, once", f"{found * 1e3:.1f} ms", "", ""),
        ("ds[i], median", f"{micro:.1f} µs", "< 50 µs", verdict(50, micro)),
    ]
    table("One small sample by its number", rows, ("what", "time", "target", ""))


def memory(folder: Path) -> None:
    """Print what iterating a 2 GB shard adds to a process's anonymous memory."""
    path = folder / "huge.tar"
    if not path.exists():
        subprocess.run([sys.executable, HERE / "anonymous.py", "write", path], check=True)
    rows = []
    try:
        for way in ("mapped", "streamed", "batches", "by number"):
            done = subprocess.run(
                [sys.executable, HERE / "anonymous.py", way, path],
                check=True,
                capture_output=True,
                text=True,
            )
            grown = float(done.stdout)
            rows.append((way, f"{grown:.1f} MB", "< 100 MB", verdict(100, grown)))
    finally:
        path.unlink()
    table(
        f"Anonymous memory while iterating {GIGABYTES} GB", rows, ("way", "at most", "target", "")
    )


def importing(rounds: int) -> None:
    """Print the time of imports, each in a process of its own."""
    took: dict[str, list[float]] = {"pass": [], "import numpy": [], "import atdata_nb": []}
    for _ in range(max(rounds, 5) * 2):
        for code, times in took.items():
            start = time.perf_counter()
            subprocess.run([sys.executable, "-c", code], check=True)
            times.append(time.perf_counter() - start)
    bare = median(took["pass"])
    ours = median(
        (a - b) / (n - b)
        for a, n, b in zip(
            took["import atdata_nb"], took["import numpy"], took["pass"], strict=True
        )
    )
    rows = [(code, f"{median(times) * 1e3:.0f} ms") for code, times in took.items()]
    rows.append(("interpreter itself", f"{bare * 1e3:.0f} ms"))
    table("Imports", rows[:3], ("what", "whole process"))
    table(
        "against targets",
        [("atdata_nb beside numpy", f"{ours:.2f}", "≤ 1.5", verdict(1.5, ours))],
        ("what", "ratio, interpreter taken off", "target", ""),
    )


def bench(folder: Path, rounds: int) -> None:
    """Print all tables."""
    by_number(folder)
    importing(rounds)
    memory(folder)
