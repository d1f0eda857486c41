"""Queries: a hundred samples of a million in a bucket, by manifests and by reading everything."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from rates import table, verdict

import atdata_nb as at

if TYPE_CHECKING:
    from collections.abc import Iterator

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

SAMPLES, SHARD, WANTED = 1_000_000, 50_000, 100
MEGABYTE = 1_000_000
HEAD = ("", "measured", "wanted", "")


@at.packable
class Event:
    number: int
    label: int
    score: float
    name: str


def events(count: int) -> Iterator[Event]:
    """Yield samples in no order but that of their numbers."""
    chance = np.random.default_rng(3)
    scores = chance.permutation(count) / count
    labels = chance.integers(0, 10, count)
    for i in range(count):
        yield Event(i, int(labels[i]), float(scores[i]), f"event {i % 1000}")


class Streams:
    """A source that gives nothing but whole shards."""

    def __init__(self, source: at.S3Source) -> None:
        self._source = source
        self.list_shards, self.open_shard = source.list_shards, source.open_shard

    @property
    def shards(self) -> Any:
        return self._source.shards


def writing(folder: Path, rounds: int) -> None:
    """Print what manifests add to the time of writing."""
    samples = list(events(100_000))
    took: dict[bool, list[float]] = {False: [], True: []}
    for number in range(rounds):
        for manifests in (False, True):
            store = at.LocalDiskStore(folder / f"w{number}{manifests}")
            start = time.perf_counter()
            store.write(samples, prefix="events", manifests=manifests)
            took[manifests].append(time.perf_counter() - start)
    plain, told = min(took[False]), min(took[True])
    rows = [
        ("without manifests", f"{len(samples) / plain:,.0f} samples/s", "", ""),
        (
            "with manifests",
            f"{len(samples) / told:,.0f} samples/s, × {told / plain:.2f}",
            "≤ 1.3 ×",
            verdict(1.3, told / plain),
        ),
    ]
    table("writing 100,000 small samples", rows, HEAD)


def asking(rounds: int) -> None:
    """Print the cost of queries through a proxy that counts."""
    import boto3
    from services.proxy import Proxy

    from atdata_nb.sandbox.s3_server import S3Server

    with S3Server() as server, Proxy(server.endpoint) as proxy:
        keys = {"aws_access_key_id": server.access_key, "aws_secret_access_key": server.secret_key}
        client = boto3.client("s3", endpoint_url=server.endpoint, region_name="us-east-1", **keys)
        client.create_bucket(Bucket="events")
        upper = {name.upper(): value for name, value in keys.items()}
        store = at.S3DataStore({"AWS_ENDPOINT": server.endpoint, **upper}, bucket="events")
        shards = store.write(events(SAMPLES), prefix="events", maxcount=SHARD)
        source = at.S3Source(
            "events",
            [shard.url.removeprefix("s3://events/") for shard in shards],
            endpoint=proxy.url,
            access_key=server.access_key,
            secret_key=server.secret_key,
        )

        def ask(condition: str, *, scan: bool) -> tuple[float, float, int, int]:
            proxy.reset()
            asked: Any = Streams(source) if scan else source
            some = at.Dataset[Event](asked, written=shards).where(condition)
            start = time.perf_counter()
            count = sum(1 for _ in some)
            return time.perf_counter() - start, proxy.sent / MEGABYTE, len(proxy.seen), count

        edge = WANTED / SAMPLES
        rows = []
        for what, condition in (
            ("anywhere", f"score < {edge}"),
            ("side by side", f"{SAMPLES // 2} <= number < {SAMPLES // 2 + WANTED}"),
        ):
            best = min(ask(condition, scan=False) for _ in range(rounds))
            rows += _rows(f"{what}, by manifests", best, wanted=True)
        rows += _rows("anywhere, scanned", ask(f"score < {edge}", scan=True), wanted=False)
    title = f"{WANTED} of {SAMPLES:,} samples in {len(shards)} shards of a bucket"
    table(title, rows, HEAD)


def _rows(what: str, told: tuple[float, float, int, int], *, wanted: bool) -> list[Any]:
    seconds, megabytes, requests, count = told
    if count != WANTED:
        raise ValueError(f"{what}: {count} samples and not {WANTED}")
    facts = f"{seconds:.2f} s"
    read = f"{megabytes:.1f} MB in {requests} requests"
    return [
        (what, facts, *(("< 2 s", verdict(2, seconds)) if wanted else ("", ""))),
        ("", read, *(("< 20 MB", verdict(20, megabytes)) if wanted else ("", ""))),
    ]


def bench(folder: Path, rounds: int) -> None:
    writing(folder / "queries", rounds)
    asking(rounds)
