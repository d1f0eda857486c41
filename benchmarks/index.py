"""An index of 100,000 entries: filling it, and what a browser asks of it.

Run: ``python -m benchmarks.index [number of entries]``
"""

from __future__ import annotations

import random
import statistics
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
        "search, one letter": lambda: index.search("w"),
        "search, all match": lambda: index.search("picture"),
        "search, nothing matches": lambda: index.search("xylophone"),
        "count": index.count,
        "repr": lambda: repr(index),
    }


def run(count: int = ENTRIES) -> None:
    chance = random.Random(7)  # noqa: S311 - names, no secrets
    with tempfile.TemporaryDirectory() as home, LocalIndex(home) as index:
        start = time.perf_counter()
        index.insert_datasets(requests(count, chance))
        inserting = time.perf_counter() - start
        size = (index.path / "index.db").stat().st_size
        print(f"inserting {count:,} entries: {inserting:.1f} s, {size / 1e6:.0f} MB")
        print(f"{'':<38}{'median ms':>10}{'worst ms':>10}")
        for name, action in questions(index, chance).items():
            median, worst = median_ms(action)
            print(f"{name:<38}{median:>10.2f}{worst:>10.2f}")
        start = time.perf_counter()
        listed = len(index.list_datasets())
        print(f"listing all {listed:,}: {time.perf_counter() - start:.2f} s")


if __name__ == "__main__":
    run(int(sys.argv[1]) if len(sys.argv) > 1 else ENTRIES)
