"""Scale: what a scan of many shards costs on two processes, on two Dask workers, on threads.

Run: ``python -m benchmarks scale [--shards 40] [--samples 5000]``. Below stand the figures that the
cost model of docs/scale.md is made from: bytes and seconds a sample, and requests to a bucket.
"""

from __future__ import annotations

import multiprocessing
import pickle
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

import atdata_nb as at
from atdata_nb.index.verification import verify_shard
from atdata_nb.scanning.tasks import Job, pack
from atdata_nb.shards import write_shard
from atdata_nb.tables.statistics import Statistics, shard_statistics

if TYPE_CHECKING:
    from collections.abc import Callable

WORKERS = 2
MEMORY = "600MiB"


@at.packable
class Picture:
    number: int
    label: int
    score: float
    name: str
    pixels: NDArray[np.uint8]
    vector: NDArray[np.float32]


def pictures(shard: int, count: int) -> list[Picture]:
    chance = np.random.default_rng(shard)
    pixels = chance.integers(0, 256, (count, 128, 128), dtype=np.uint8)
    vectors = chance.random((count, 64), np.float32)
    return [
        Picture(shard * count + i, i % 10, float(v[0]), f"picture {i}", p, v)
        for i, (p, v) in enumerate(zip(pixels, vectors, strict=True))
    ]


def dataset(folder: Path, shards: int, samples: int) -> at.Dataset[Picture]:
    paths = []
    for number in range(shards):
        path = folder / f"scale-{samples}" / f"p-{number:06d}.tar"
        if not path.exists():
            write_shard(path, pictures(number, samples))
        paths.append(str(path))
    return at.Dataset[Picture](paths)


def merged(parts: Any) -> Statistics:
    found = Statistics()
    for part in parts:
        found.merge(part)
    return found


def processor_time(run: Callable[[], object]) -> float:
    start = time.process_time()
    run()
    return time.process_time() - start


def compare(ds: at.Dataset[Picture], rounds: int) -> None:
    """Side by side: each round runs all of them, so that a busy minute is everybody's."""
    from distributed import Client, LocalCluster

    context = multiprocessing.get_context("spawn")
    with (
        ProcessPoolExecutor(WORKERS, mp_context=context) as pool,
        LocalCluster(
            n_workers=WORKERS, threads_per_worker=1, dashboard_address=None, memory_limit=MEMORY
        ) as cluster,
        Client(cluster) as client,
    ):
        warm_up = ds.part(ds.list_shards()[:WORKERS])
        ways: dict[str, Callable[[], Statistics]] = {
            "bare pool of two processes": lambda: merged(pool.map(shard_statistics, ds.by_shard())),
            "describe, two Dask workers": lambda: at.describe(ds, client=client),
            "describe, two threads": lambda: at.describe(ds),
        }
        list(pool.map(shard_statistics, warm_up.by_shard()))
        at.describe(warm_up, client=client)
        took: dict[str, list[float]] = {name: [] for name in ways}
        found = {}
        for _ in range(rounds):
            for name, run in ways.items():
                start = time.perf_counter()
                found[name] = run()
                took[name].append(time.perf_counter() - start)
    first, *others = found.values()
    if any(one != first for one in others):
        raise AssertionError("the statistics are not the same everywhere")
    bare = statistics.median(took["bare pool of two processes"])
    print("\n| describe | median, s | against the bare pool |\n|---|---|---|")
    for name, seconds in took.items():
        median = statistics.median(seconds)
        print(f"| {name} | {median:.1f} | {median / bare:.2f} |", flush=True)


def client_memory(folder: Path, shards: int, samples: int) -> None:
    """Most memory of the process that asks, scheduler included, in a process of its own."""
    asked = [sys.executable, __file__, str(folder), str(shards), str(samples)]
    done = subprocess.run(asked, capture_output=True, text=True, check=True)
    before, after = (int(word) / 1024 for word in done.stdout.split()[-2:])
    print(f"\nMemory of the client: {after:.0f} MB at most; {before:.0f} MB before it asked.")


def costs(ds: at.Dataset[Picture], folder: Path) -> None:
    """Seconds of a processor and bytes a sample: what others do on the machine does not count."""
    part = ds.part(ds.list_shards()[:2])
    count, size = len(part), sum(Path(shard).stat().st_size for shard in part.list_shards())
    work: dict[str, Callable[[], object]] = {
        "read as batches": lambda: sum(len(batch) for batch in part.blockwise()),
        "describe": lambda: shard_statistics(part),
        "verify": lambda: [verify_shard((part.source, s, None)) for s in part.list_shards()],
        "copy into other shards": lambda: write(part, folder, "copy"),
        "map and write": lambda: write(part.map(brighter), folder, "map"),
    }
    print(f"\n{size / count:,.0f} bytes a sample\n")
    print("| what | processor, µs a sample | MB/s a core |\n|---|---|---|")
    for name, run in work.items():
        seconds = min(processor_time(run) for _ in range(3))
        rate = f"{seconds / count * 1e6:,.0f} | {size / seconds / 1e6:,.0f}"
        print(f"| {name} | {rate} |", flush=True)


def overheads(ds: at.Dataset[Picture]) -> None:
    """What a shard costs whoever asks, however little is in it."""
    names = ds.list_shards()
    part = shard_statistics(ds.part(names[:1]))
    whole = merged([part])
    merging = min(processor_time(lambda: whole.merge(part)) for _ in range(20))
    parts = ds.by_shard()
    packing = min(processor_time(lambda: pack(Job(len, parts[0], "", 0))) for _ in range(20))
    print(f"\nA partial result of describe: {len(pickle.dumps(part)) / 1e3:,.0f} kB", end="")
    print(f", merged in {merging * 1e3:.2f} ms; a task: packed in {packing * 1e3:.2f} ms", end="")
    print(f", {len(pack(Job(len, parts[0], '', 0)).packed) / 1e3:.1f} kB")


def brighter(sample: Picture) -> Picture:
    return Picture(
        sample.number, sample.label, sample.score + 1, sample.name, sample.pixels, sample.vector
    )


def write(ds: at.Dataset[Picture], folder: Path, prefix: str) -> None:
    with tempfile.TemporaryDirectory(dir=folder) as made:
        ds.write(at.LocalDiskStore(made), prefix=prefix, client="threads")


def requests_of(ds: at.Dataset[Picture]) -> None:
    """Requests to a bucket, counted by the proxy of the tests; needs Ceph, as they do."""
    import boto3

    from atdata_nb.sandbox.s3_server import S3Server

    sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
    from services.proxy import Proxy

    shard = ds.list_shards()[0]
    with S3Server() as server, Proxy(server.endpoint) as proxy:
        keys = {"access_key": server.access_key, "secret_key": server.secret_key}
        bucket = boto3.client(
            "s3",
            endpoint_url=server.endpoint,
            aws_access_key_id=server.access_key,
            aws_secret_access_key=server.secret_key,
            region_name="us-east-1",
        )
        bucket.create_bucket(Bucket="scale")
        bucket.upload_file(shard, "scale", "p.tar")
        remote = at.Dataset[Picture](at.S3Source("scale", "p.tar", endpoint=proxy.url, **keys))
        proxy.reset()
        at.describe(remote)
        size = Path(shard).stat().st_size
        print(f"\nA shard of {size / 1e6:.0f} MB in a bucket: {len(proxy.seen)} requests.")


def bench(folder: Path, rounds: int, shards: int = 40, samples: int = 5000) -> None:
    ds = dataset(folder, shards, samples)
    size = sum(Path(shard).stat().st_size for shard in ds.list_shards())
    print(f"\n## Scale: {shards} shards × {samples:,} samples, {size / 1e9:.1f} GB")
    costs(ds, folder)
    overheads(ds)
    requests_of(ds)
    client_memory(folder, shards, samples)
    compare(ds, rounds)


def _as_client(folder: Path, shards: int, samples: int) -> None:
    from distributed import Client, LocalCluster

    ds = at.Dataset[Picture](f"{folder}/scale-{samples}/p-{{000000..{shards - 1:06d}}}.tar")
    with (
        LocalCluster(n_workers=WORKERS, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        before = most_memory()
        at.describe(ds, client=client)
        print(before, most_memory())


def most_memory() -> int:
    """Most memory this process ever had, in KiB; getrusage would count its parent's too."""
    status = Path("/proc/self/status").read_text("utf-8")
    return int(status.partition("VmHWM:")[2].split()[0])


if __name__ == "__main__":
    _as_client(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
