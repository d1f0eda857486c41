"""Places: what the same shard of 200 MB costs on this disk, over HTTP, and in a bucket.

Run: ``python -m benchmarks.places [ms before each answer] [MB a second of each answer]``. Between
reader and server stands the proxy of the tests, which counts requests and bytes, and slows both.
Needs Ceph, as the tests do.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import numpy as np
from numpy.typing import NDArray

from atdata_nb import (
    AtmosphereIndex,
    Dataset,
    LocalDiskStore,
    PDSBlobStore,
    S3Source,
    URLSource,
    packable,
)
from atdata_nb.sandbox import Sandbox
from atdata_nb.sandbox.s3_server import S3Server

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from services.proxy import Proxy, files_of

if TYPE_CHECKING:
    from collections.abc import Callable

SAMPLES = 20_000
BUCKET = "pictures"
ROUNDS = 3


@packable
class Picture:
    n: int
    pixels: NDArray[np.uint8]


def make(folder: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, 9500, dtype=np.uint8)
    samples = (Picture(i, noise) for i in range(SAMPLES))
    (shard,) = LocalDiskStore(folder).write(samples, prefix="p", maxcount=SAMPLES)
    Path(shard.url).rename(folder / "big.tar")
    Path(f"{shard.url}.idx").rename(folder / "big.tar.idx")


def put(folder: Path, server: S3Server) -> None:
    client = boto3.client(
        "s3",
        endpoint_url=server.endpoint,
        aws_access_key_id=server.access_key,
        aws_secret_access_key=server.secret_key,
        region_name="us-east-1",
    )
    client.create_bucket(Bucket=BUCKET)
    for name in ("big.tar", "big.tar.idx"):
        client.upload_file(str(folder / name), BUCKET, name)


ACTIONS: dict[str, Callable[[Dataset[Any]], object]] = {
    "first 20": lambda ds: ds.head(20),
    "20 drawn": lambda ds: ds.sample(20, seed=3),
    "one by number": lambda ds: ds[12_345],
    "all": lambda ds: sum(1 for _ in ds.ordered()),
}


def measure(name: str, open_dataset: Callable[[], Dataset[Any]], proxy: Proxy | None) -> None:
    for action, run in ACTIONS.items():
        took = []
        for _ in range(ROUNDS):
            if proxy is not None:
                proxy.reset()
            # A source of its own each time: nothing is known of the shard, nothing connected.
            dataset = open_dataset()
            start = time.perf_counter()
            try:
                run(dataset)
            except TypeError as error:
                print(f"| {name} | {action} | – | – | {type(error).__name__} |")
                break
            took.append(time.perf_counter() - start)
        else:
            asked = len(proxy.seen) if proxy else 0
            sent = proxy.sent / 1e6 if proxy else 0
            milliseconds = statistics.median(took) * 1e3
            print(f"| {name} | {action} | {asked} | {sent:.2f} | {milliseconds:,.0f} |", flush=True)


def measure_blobs(folder: Path) -> None:
    """A shard of 50 MB as a blob of a personal data server; nothing is slowed."""
    noise = np.random.default_rng(0).integers(0, 256, 9500, dtype=np.uint8)
    samples = (Picture(i, noise) for i in range(SAMPLES // 4))
    (shard,) = LocalDiskStore(folder).write(samples, prefix="b", maxcount=SAMPLES)
    with Sandbox() as network:
        alice, bob = (network.client(name) for name in ("alice", "bob"))
        index = AtmosphereIndex(alice, data_store=PDSBlobStore(alice))
        start = time.perf_counter()
        made = index.insert_dataset(Dataset[Picture](shard.url), name="pictures")
        print(f"| blob, 50 MB | publish | | | {(time.perf_counter() - start) * 1e3:,.0f} |")
        for name, run in list(ACTIONS.items())[:: len(ACTIONS) - 1]:
            took = []
            for _ in range(ROUNDS):
                dataset = (
                    AtmosphereIndex(bob, repo=alice.did).get_dataset(made.uri).dataset(Picture)
                )
                start = time.perf_counter()
                run(dataset)
                took.append(time.perf_counter() - start)
            print(
                f"| blob, 50 MB | {name} | | | {statistics.median(took) * 1e3:,.0f} |", flush=True
            )


def main(delay: float, rate: float) -> None:
    print(f"{delay * 1e3:.0f} ms before each answer, {rate / 1e6:.0f} MB/s each, {ROUNDS} rounds\n")
    print("| place | what | requests | MB | ms, median |\n|---|---|---|---|---|")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        measure_blobs(folder)
        make(folder)
        server = stack.enter_context(S3Server())
        put(folder, server)
        files = stack.enter_context(files_of(folder))
        measure("disk", lambda: Dataset[Picture](folder / "big.tar"), None)
        slow: dict[str, Any] = {"delay": delay, "rate": rate}
        with Proxy(server.endpoint, **slow) as proxy:
            keys = {"access_key": server.access_key, "secret_key": server.secret_key}
            measure(
                "bucket",
                lambda: Dataset[Picture](S3Source(BUCKET, "big.tar", endpoint=proxy.url, **keys)),
                proxy,
            )
        with Proxy(files, **slow) as proxy:
            url = f"{proxy.url}/big.tar"
            measure("HTTP", lambda: Dataset[Picture](URLSource(url)), proxy)
            (folder / "big.tar.idx").unlink()
            measure("HTTP, no index", lambda: Dataset[Picture](URLSource(url)), proxy)
        with Proxy(files, ranges=False, **slow) as proxy:
            url = f"{proxy.url}/big.tar"
            measure("HTTP, no index, no ranges", lambda: Dataset[Picture](URLSource(url)), proxy)


if __name__ == "__main__":
    given = [float(one) for one in sys.argv[1:]]
    main((given[0] if given else 20) / 1e3, (given[1] if len(given) > 1 else 50) * 1e6)
