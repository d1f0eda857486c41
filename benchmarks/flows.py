"""Promotion: its rate against plain uploads, how long a plan takes, and what memory it needs.

``httpx`` uploads as many bytes from as many threads, and does not hash them. The two ways take
turns, so that what else the machine does hits both. A server has to be told to keep what was
uploaded, which costs it a copy: the second line has a record in both ways.
"""

from __future__ import annotations

import secrets
import statistics
import threading
import time
from concurrent.futures import ThreadPoolExecutor
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

    from atdata_nb.atmosphere import AtmosphereClient
    from atdata_nb.flows import Event
    from atdata_nb.sandbox.accounts import Account

# No shard is larger than a blob may be: cutting them is another work.
SHARDS, SAMPLES, SIDE = 11, 46, 1 << 20
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


class Plain:
    """What anybody would write with httpx, in constant memory too."""

    def __init__(self, account: Account) -> None:
        self.http = httpx.Client(base_url=f"{account.pds}/xrpc/", timeout=600, trust_env=False)
        asked = {"identifier": account.handle, "password": account.password}
        told = self.http.post("com.atproto.server.createSession", json=asked).json()
        self.did, self.login = told["did"], {"Authorization": f"Bearer {told['accessJwt']}"}

    def upload(self, path: str) -> Any:
        file = Path(path)
        headers = {"Content-Type": TYPE, "Content-Length": str(file.stat().st_size)}
        answer = self.http.post(UPLOAD, content=pieces(file), headers=headers | self.login)
        return answer.raise_for_status().json()["blob"]

    def keep(self, blobs: list[Any]) -> None:
        body = {
            "repo": self.did,
            "collection": "org.example.kept",
            "rkey": "self",
            "validate": False,
            "record": {"$type": "org.example.kept", "blobs": blobs},
        }
        asked = self.http.post("com.atproto.repo.putRecord", json=body, headers=self.login)
        asked.raise_for_status()

    def run(self, entry: Any) -> tuple[float, float]:
        """Return seconds of the uploads, and of all with a record that keeps the blobs."""
        begun = time.perf_counter()
        with ThreadPoolExecutor(UPLOADS) as pool:
            blobs = list(pool.map(self.upload, entry.data_urls))
        uploaded = time.perf_counter() - begun
        self.keep(blobs)
        return uploaded, time.perf_counter() - begun


class Ours:
    def __init__(self, client: AtmosphereClient) -> None:
        self.client, self.memory = client, 0.0

    def run(self, entry: Any) -> tuple[float, float]:
        """Return the same of a promotion, whose plan was made before."""
        plan = at.plan_promote(entry, client=self.client, on_existing="replace")
        assert not any("cut" in step.detail for step in plan.steps), plan.steps  # noqa: S101
        at_: dict[str, float] = {}

        def note(event: Event) -> None:
            at_.setdefault(f"{event.step.partition('-')[0]} {event.kind}", time.perf_counter())
            at_[f"last {event.step.partition('-')[0]} {event.kind}"] = time.perf_counter()

        with Peak() as peak:
            begun = time.perf_counter()
            plan.run(note)
            took = time.perf_counter() - begun
        self.memory = max(self.memory, peak.most)
        return at_["last shard finished"] - at_["shard started"], took


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
    ours, plain = Ours(network.client("ada")), Plain(network.account("ada"))
    took: dict[str, list[tuple[float, float]]] = {"promotion": [], "httpx": []}
    ways = {"promotion": ours.run, "httpx": plain.run}
    for number in range(rounds):
        # Whoever goes first meets another state of the server each time.
        names = list(ways)[:: -1 if number % 2 else 1]
        for name in names:
            with at.LocalIndex(folder / f"{name}-{number}") as index:
                index.write_samples(chunks(SHARDS * SAMPLES, SIDE), name="big", maxcount=SAMPLES)
                took[name].append(ways[name](index.get_dataset("big")))
                index.remove("big", delete_shards=True)
    size = SHARDS * SAMPLES * SIDE / 1e6
    print(f"\n{size:,.0f} MB in {SHARDS} blobs, {UPLOADS} at once, medians")
    print(f"{'':28}{'promotion':>10}{'httpx':>8}{'ratio':>8}")
    titles = ("the uploads", "looked at, sent, kept, read")
    for place, title in enumerate(titles):
        own, other = ([one[place] for one in took[name]] for name in ("promotion", "httpx"))
        ratio = statistics.median(b / a for a, b in zip(own, other, strict=True))
        rate = [size / statistics.median(seconds) for seconds in (own, other)]
        print(f"{title:28}{rate[0]:6.0f} MB/s{rate[1]:4.0f} MB/s{ratio:6.2f}  (at least {RATIO})")
    print(f"memory: {ours.memory:.0f} MB above idle  (at most {MEMORY})")
