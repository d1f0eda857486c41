"""An index of 100,000 entries, in SQLite and in Redis: filling it, and what a browser asks of it.

Run: ``python -m benchmarks.index [number of entries] [sqlite|redis]``
"""

from __future__ import annotations

import contextlib
import random
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from typing import TYPE_CHECKING, Any

from atdata_nb import Dataset, LocalIndex, packable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

ENTRIES = 100_000
REPEATS = 21
TOPICS = ["image", "audio", "text", "video", "table", "graph", "cloud", "sensor", "speech"]
PLACES = ["lund", "kiruna", "visby", "uppsala", "falun", "kalmar", "ystad", "boden", "mora"]


@packable
class Picture:
    """A picture and what is in it."""

    image: bytes
    label: int


def requests(count: int, chance: random.Random) -> Iterator[tuple[Dataset[Any], Mapping[str, Any]]]:
    words = [f"word{number}" for number in range(5_000)]
    for number in range(count):
        url = f"https://example.org/{number:06d}.tar"
        yield (
            Dataset(url, sample_type=Picture),
            {
                "name": f"{chance.choice(TOPICS)}-{chance.choice(PLACES)}-{number:06d}",
                "description": " ".join(chance.choices(words, k=10)),
                "tags": chance.sample(TOPICS, 2),
                "metadata": {"number": number, "score": chance.random()},
            },
        )


def median_ms(action: Callable[[], object]) -> tuple[float, float]:
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        action()
        times.append((time.perf_counter() - start) * 1_000)
    return statistics.median(times), max(times)


def questions(index: LocalIndex, chance: random.Random) -> dict[str, Callable[[], object]]:
    count = index.count()
    names = [entry.name for entry in index.page(limit=200, offset=count // 2).items]
    cids = [index.get_dataset(name).cid for name in names[:50]]
    return {
        "page of 50, first": index.page,
        "page of 50, by name, offset half": lambda: index.page(offset=count // 2),
        "page of 50, by name, last": lambda: index.page(offset=count - 50),
        "page of 50, newest first": lambda: index.page(order="-date"),
        "page of 50, newest first, last": lambda: index.page(order="-date", offset=count - 50),
        "page of 50, largest first": lambda: index.page(order="-size"),
        "look-up by name": lambda: index.get_dataset(chance.choice(names)),
        "look-up by name@version": lambda: index.get_dataset(f"{chance.choice(names)}@1.0.0"),
        "look-up by CID": lambda: index.get_dataset(chance.choice(cids)),
        "look-up of a name that is not there": lambda: "imag-lund-000000" in index,
        "search, one rare word": lambda: index.search(f"word{chance.randrange(1_000, 5_000)}"),
        "search, two words": lambda: index.search("speech visby"),
        "search, a topic (30 % match)": lambda: index.search("audio"),
        "search, beginning of a word": lambda: index.search("kir"),
        "search, beginning of 5,000 words": lambda: index.search("word"),
        "search, one letter": lambda: index.search("w"),
        "search, all match": lambda: index.search("picture"),
        "search, nothing matches": lambda: index.search("xylophone"),
        "count": index.count,
        "repr": lambda: repr(index),
    }


@contextlib.contextmanager
def redis_server(folder: str) -> Iterator[str]:
    program = shutil.which("redis-server")
    if program is None:
        sys.exit("Debian's redis-server is needed: apt-get install redis-server")
    with contextlib.closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", folder]
    with subprocess.Popen([program, *options], stdout=subprocess.PIPE, text=True) as server:
        for line in server.stdout or ():
            if "Ready to accept connections" in line:
                break
        yield f"redis://127.0.0.1:{port}/0"
        server.terminate()


def memory(url: str) -> float:
    import redis

    with contextlib.closing(redis.Redis.from_url(url)) as client:
        return int(client.info("memory")["used_memory"]) / 1e6


def measure(index: LocalIndex, count: int, size: Callable[[], float]) -> None:
    chance = random.Random(7)  # noqa: S311 - names, no secrets
    start = time.perf_counter()
    index.insert_datasets(requests(count, chance))
    inserting = time.perf_counter() - start
    print(f"inserting {count:,} entries: {inserting:.1f} s, {size():.0f} MB")
    print(f"{'':<38}{'median ms':>10}{'worst ms':>10}")
    for name, action in questions(index, chance).items():
        median, worst = median_ms(action)
        print(f"{name:<38}{median:>10.2f}{worst:>10.2f}")
    start = time.perf_counter()
    listed = len(index.list_datasets())
    print(f"listing all {listed:,}: {time.perf_counter() - start:.2f} s")


def run(count: int = ENTRIES, *kinds: str) -> None:
    if not kinds or "sqlite" in kinds:
        print("SQLite")
        with tempfile.TemporaryDirectory() as home, LocalIndex(home) as index:
            path = index.path / "index.db"
            measure(index, count, lambda: path.stat().st_size / 1e6)
    if not kinds or "redis" in kinds:
        print("Redis")
        with tempfile.TemporaryDirectory() as home, redis_server(home) as url:
            with LocalIndex(home, redis=url) as index:
                measure(index, count, lambda: memory(url))
            start = time.perf_counter()
            index = LocalIndex(home, redis=url)
            print(f"opening: {time.perf_counter() - start:.3f} s")
            start = time.perf_counter()
            taken = index.refresh()
            print(f"refresh, {taken} taken in: {time.perf_counter() - start:.2f} s")


if __name__ == "__main__":
    run(int(sys.argv[1]) if len(sys.argv) > 1 else ENTRIES, *sys.argv[2:])
