"""The published package, asked over a pipe: run by the interpreter it is installed in.

Reads lines of JSON ``[task, path]``; answers with the seconds that the task took, and a figure that
must agree with ours.
"""

# No ``from __future__ import annotations`` here: the package does not understand its effect.
import json
import shutil
import sys
import tempfile
import time
from pathlib import Path

import atdata
import numpy as np
import pandas as pd
from numpy.typing import NDArray


@atdata.packable
class Small:
    number: int
    name: str
    vector: NDArray


@atdata.packable
class Large:
    number: int
    image: NDArray


TYPES = {"small": (Small, "vector"), "large": (Large, "image")}
WRITTEN = {}


def samples_of(kind: str) -> list:
    if kind not in WRITTEN:
        random = np.random.default_rng(1)
        if kind == "small":
            vectors = random.random((20_000, 16), np.float32)
            WRITTEN[kind] = [Small(i, f"sample {i}", v) for i, v in enumerate(vectors)]
        else:
            images = random.random((8, 64, 64, 3), np.float32)
            WRITTEN[kind] = [Large(i, images[i % 8]) for i in range(4_000)]
    return WRITTEN[kind]


def iterate(kind: str, path: str) -> float:
    sample_type, field = TYPES[kind]
    total = 0.0
    for sample in atdata.Dataset[sample_type](path).ordered():
        array = getattr(sample, field)
        total += float(array.item(0)) + float(array.item(-1))
    return total


def batches(kind: str, path: str) -> float:
    sample_type, field = TYPES[kind]
    total = 0.0
    for batch in atdata.Dataset[sample_type](path).ordered(batch_size=256):
        array = getattr(batch, field).reshape(len(batch.number), -1)
        total += float(array[:, 0].sum(dtype=float)) + float(array[:, -1].sum(dtype=float))
    return total


def pandas(kind: str, path: str) -> float:
    sample_type, field = TYPES[kind]
    frame = pd.DataFrame(
        [dict(vars(sample)) for sample in atdata.Dataset[sample_type](path).ordered()]
    )
    return float(sum(a.item(0) + a.item(-1) for a in frame[field]))


def write(kind: str, path: str) -> float:
    samples = samples_of(kind)
    folder = tempfile.mkdtemp(dir=path)
    try:
        start = time.perf_counter()
        index = atdata.Index(
            provider="sqlite",
            path=str(Path(folder, "i.db")),
            data_store=atdata.LocalDiskStore(folder),
        )
        index.write_samples(samples, name="bench")
        return time.perf_counter() - start
    finally:
        shutil.rmtree(folder)


def webdataset(kind: str, path: str) -> float:
    import ormsgpack
    import webdataset as wds
    from atdata._helpers import bytes_to_array

    field = TYPES[kind][1]
    total = 0.0
    for sample in wds.WebDataset(path, shardshuffle=False):
        array = bytes_to_array(ormsgpack.unpackb(sample["msgpack"])[field])
        total += float(array.item(0)) + float(array.item(-1))
    return total


TASKS = {
    "iterate": iterate,
    "batches": batches,
    "pandas": pandas,
    "webdataset": webdataset,
}

if __name__ == "__main__":
    # The package talks to standard output as it works; the answers must stay alone there.
    answers, sys.stdout = sys.stdout, sys.stderr
    for line in sys.stdin:
        task, kind, path = json.loads(line)
        if task == "write":
            took, figure = write(kind, path), 0.0
        else:
            start = time.perf_counter()
            figure = TASKS[task](kind, path)
            took = time.perf_counter() - start
        print(json.dumps([took, figure]), file=answers, flush=True)
