"""Promotion: its rate against plain uploads, how long a plan takes, and what memory it needs.

``httpx`` uploads the same files from as many threads and does no more: it neither hashes nor
writes records. The two ways take turns, so that what else the machine does hits both.
"""

from __future__ import annotations

import secrets
import statistics
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import httpx
import numpy as np
from numpy.typing import NDArray

import atdata_nb as at
from atdata_nb.flows.promotion import UPLOADS
from atdata_nb.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

SHARDS, SAMPLES, SIDE = 10, 50, 1 << 20
PIECE = 256 << 10
LIMIT = 100 << 20
MANY = 1_000
RATIO, SECONDS, MEMORY = 0.7, 2.0, 150
UPLOAD = "com.atproto.repo.uploadBlob"
TYPE = "application/x-tar"


@at.packable
class Chunk:
    data: NDArray[np.uint8]


def chunks(count: int, size: int) -> Iterator[Chunk]:
    # New bytes each time: a server takes what it has already by another way.
    return (Chunk(np.frombuffer(secrets.token_bytes(size), np.uint8)) for _ in range(count))


def pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb", buffering=0) as file:
        while piece := file.read(PIECE):
            yield piece


def upload(http: httpx.Client, token: str, path: str) -> None:
    file = Path(path)
    headers = {"Content-Type": TYPE, "Content-Length": str(file.stat().st_size)}
    headers["Authorization"] = f"Bearer {token}"
    http.post(UPLOAD, content=pieces(file), headers=headers).raise_for_status()


def resident() -> float:
    """Megabytes of this process that are in memory."""
    told = Path("/proc/self/status").read_text("ascii").partition("VmRSS:")[2]
    return int(told.split()[0]) / 1e3


class Peak:
    """The most memory that was in use, above what it was at first."""

    def __enter__(self) -> Self:
        self._over, self._first = threading.Event(), resident()
        self.most = 0.0
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def _watch(self) -> None:
        while not self._over.wait(0.02):
            self.most = max(self.most, resident() - self._first)

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()


def bench(folder: Path, rounds: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with Sandbox(accounts=["ada"], blob_limit=LIMIT) as network:
        planning(network, folder)
        rates(network, folder, rounds)


def planning(network: Sandbox, folder: Path) -> None:
    with at.LocalIndex(folder / "many") as index:
        index.write_samples(chunks(MANY, 64), name="many", maxcount=1)
        client, took = network.client("ada"), []
        for _ in range(3):
            begun = time.perf_counter()
            plan = at.plan_promote("many", index=index, client=client)
            took.append(time.perf_counter() - begun)
        seconds = statistics.median(took)
        print(f"\nplan of {MANY:,} shards: {seconds:.2f} s  (at most {SECONDS} s)")
        print("  " + "; ".join(map(str, plan.blockers)))


def rates(network: Sandbox, folder: Path, rounds: int) -> None:
    account, client = network.account("ada"), network.client("ada")
    session = httpx.post(
        f"{account.pds}/xrpc/com.atproto.server.createSession",
        json={"identifier": account.handle, "password": account.password},
        trust_env=False,
    ).json()
    http = httpx.Client(base_url=f"{account.pds}/xrpc/", timeout=600, trust_env=False)
    took: dict[str, list[float]] = {"promotion": [], "httpx": []}
    memory = 0.0
    for number in range(rounds):
        names = list(took)
        for way in names[number % 2 :] + names[: number % 2]:
            with at.LocalIndex(folder / f"{way}-{number}") as index:
                index.write_samples(chunks(SHARDS * SAMPLES, SIDE), name="big", maxcount=SAMPLES)
                entry: Any = index.get_dataset("big")
                if way == "httpx":
                    send = partial(upload, http, session["accessJwt"])
                    begun = time.perf_counter()
                    with ThreadPoolExecutor(UPLOADS) as pool:
                        list(pool.map(send, entry.data_urls))
                    took[way].append(time.perf_counter() - begun)
                else:
                    plan = at.plan_promote(entry, client=client, on_existing="replace")
                    with Peak() as peak:
                        begun = time.perf_counter()
                        plan.run()
                        took[way].append(time.perf_counter() - begun)
                    memory = max(memory, peak.most)
                index.remove("big", delete_shards=True)
    size = SHARDS * SAMPLES * SIDE / 1e6
    print(f"\n{size:,.0f} MB in {SHARDS} blobs, {UPLOADS} at once, medians")
    for way, seconds in took.items():
        print(f"  {way:10}{size / statistics.median(seconds):8.0f} MB/s")
    pairs = zip(took["httpx"], took["promotion"], strict=True)
    ratio = statistics.median(plain / ours for plain, ours in pairs)
    print(f"  ratio     {ratio:8.2f}  (at least {RATIO})")
    print(f"  memory    {memory:8.0f} MB above idle  (at most {MEMORY})")
