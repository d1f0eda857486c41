"""Anonymous: iterates a shard and prints by how many MB the process's anonymous memory grew.

Run by ``access.py``, each way in a process of its own.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

import atdata_nb as at
from atdata_nb.shards import write_shard

if TYPE_CHECKING:
    from collections.abc import Iterator

SAMPLES = 2000
BYTES = 1 << 20


@at.packable
class Image:
    pixels: NDArray[np.uint8]


class Stream:
    """A source that only gives bytes in order."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def list_shards(self) -> list[str]:
        return [str(self.path)]

    @property
    def shards(self) -> Iterator[tuple[str, IO[bytes]]]:
        yield str(self.path), self.path.open("rb")

    def open_shard(self, shard_id: str, /) -> IO[bytes]:
        return Path(shard_id).open("rb")


def anonymous() -> int:
    """Anonymous memory of this process, in kB (proc(5), RssAnon)."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("RssAnon"):
            return int(line.split()[1])
    raise OSError("no RssAnon here")


def arrays(way: str, path: Path) -> Iterator[Any]:
    ds = at.Dataset[Image](Stream(path) if way == "streamed" else path)
    if way == "batches":
        return (row for batch in ds.ordered(batch_size=16) for row in batch.pixels)
    if way == "by number":
        return (ds[i].pixels for i in range(len(ds)))
    return (sample.pixels for sample in ds.ordered())


def main(way: str, path: Path) -> None:
    if way == "write":
        noise = np.random.default_rng(3).integers(0, 256, BYTES, np.uint8)
        write_shard(path, (Image(np.roll(noise, i)) for i in range(SAMPLES)))
        return
    before, most, total = anonymous(), 0, 0
    for i, array in enumerate(arrays(way, path)):
        total += int(array[0]) + int(array[-1])
        if not i % 10:
            most = max(most, anonymous())
    print(f"{(most - before) / 1024:.1f}")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
