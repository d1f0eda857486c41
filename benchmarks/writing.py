"""Writing: through an index, with hashes and flush, beside the published package."""

from __future__ import annotations

import shutil
import tempfile
import time
from pathlib import Path

from data import KINDS
from rates import contest, seen, table
from reading import Published, show_targets

import atdata_nb as at
from atdata_nb.shards import write_shard


def through_index(folder: Path, samples: list[object]) -> float:
    place = Path(tempfile.mkdtemp(dir=folder))
    try:
        start = time.perf_counter()
        at.LocalIndex(place).write_samples(samples, name="bench")
        return time.perf_counter() - start
    finally:
        shutil.rmtree(place)


def one_shard(folder: Path, samples: list[object]) -> float:
    place = Path(tempfile.mkdtemp(dir=folder))
    try:
        start = time.perf_counter()
        write_shard(place / "a.tar", samples)
        return time.perf_counter() - start
    finally:
        shutil.rmtree(place)


def bench(folder: Path, rounds: int) -> None:
    """Print the tables of writing."""
    with Published() as published:
        for kind, (_, _, amount, make) in KINDS.items():
            samples = make()
            found = contest(
                {
                    "index.write_samples": lambda s=samples: through_index(folder, s),  # type: ignore[misc]
                    "write_shard": lambda s=samples: one_shard(folder, s),  # type: ignore[misc]
                    "package: index.write_samples": lambda k=kind: published.ask(
                        "write", k, folder
                    ),  # type: ignore[misc]
                },
                amount,
                rounds,
            )
            rows = [(name, seen(found.rate(name))) for name in found.times]
            table(f"Writing {amount:,} {kind} samples", rows, ("way", "samples a second"))
            target = 10.0 if kind == "small" else 1.5
            show_targets(found, [("index.write_samples", "package: index.write_samples", target)])
