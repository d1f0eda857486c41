"""Reads shards in a process with little memory, so that a greedy read fails here and only here.

Its argument is a folder of shards. Prints, as JSON, what went wrong outside the package's errors,
and the largest amount of memory that reading one shard took.
"""

from __future__ import annotations

import json
import resource
import sys
import tracemalloc
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from unit.shards.tars import Streams

import atdata_nb as at
from atdata_nb.errors import AtdataError


@at.packable
class Sample:
    name: str
    number: int
    image: NDArray[np.float32]
    words: list[str]
    mask: NDArray | None = None


def columns(ds: at.Dataset[Any]) -> None:
    for batch in ds.ordered(batch_size=4):
        for name in batch.field_names:
            _ = batch[name]


def by_number(ds: at.Dataset[Any]) -> None:
    for i in range(len(ds)):
        _ = ds[i]


def stepping_over(ds: at.Dataset[Any]) -> None:
    for sample in ds.ordered(errors="warn"):
        repr(sample)


WAYS = {
    "in order": lambda ds: [repr(sample) for sample in iter(ds)],
    "columns": columns,
    "by number": by_number,
    "stepping over": stepping_over,
}


def try_shard(path: Path, kinds: Sequence[type] = (Sample, at.DictSample)) -> list[str]:
    wrong = []
    for kind in kinds:
        for source in (path, Streams([path])):
            for way, read in WAYS.items():
                try:
                    read(at.Dataset[kind](source))  # type: ignore[valid-type]
                except AtdataError as error:
                    str(error)
                    if way == "stepping over":
                        wrong.append(f"{path.name} {way}: raised {error!r}")
                except Exception as error:  # noqa: BLE001 - the very thing looked for
                    wrong.append(f"{path.name} {way} {kind.__name__}: {error!r}")
    return wrong


def main(folder: Path, memory: int) -> None:
    warnings.simplefilter("ignore")
    shards = sorted(folder.iterdir())
    try_shard(shards[0])  # what is loaded only now is not the fault of a shard
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    wrong = [line for path in shards for line in try_shard(path)]
    # Tracing makes everything several times slower: what the class says is read, by each way.
    tracemalloc.start()
    peak = 0
    for path in shards:
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
        try_shard(path, [Sample])
        peak = max(peak, tracemalloc.get_traced_memory()[1] - before)
    print(json.dumps({"wrong": wrong, "peak": peak, "shards": len(shards)}))  # noqa: T201


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
