"""What the tests send to workers: importable there, as `scale.work`."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import atdata_nb as at


@at.packable
class Reading:
    station: str
    celsius: float
    count: int
    spectrum: NDArray[np.float32]
    note: str | None = None


@at.packable
class Warm:
    station: str
    kelvin: float


def readings(shard: int, count: int) -> list[Reading]:
    chance = np.random.default_rng(shard)
    spectra = chance.random((count, 16), np.float32)
    degrees = chance.normal(5, 12, count)
    return [
        Reading(f"station {i % 7}", float(d), i, s, None if i % 3 else "cloudy")
        for i, (d, s) in enumerate(zip(degrees, spectra, strict=True))
    ]


def warm(sample: Reading) -> Warm:
    return Warm(sample.station, sample.celsius + 273.15)


def total(ds: at.Dataset[Any]) -> tuple[int, float]:
    samples = list(ds)
    return len(samples), sum(sample.celsius for sample in samples)


def where(_: Any) -> int:
    return os.getpid()


def fail_on_third(ds: at.Dataset[Any]) -> int:
    if "000002" in ds.list_shards()[0]:
        raise RuntimeError("this one is not for me")
    return sum(1 for _ in ds)


def die_once(mark: Path) -> None:
    """Kill this process, by its own number, if it is the first to come here."""
    try:
        mark.touch(exist_ok=False)
    except FileExistsError:
        return
    os.kill(os.getpid(), signal.SIGKILL)


class Die:
    """Kills its worker at the first shard that comes; then counts samples."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __call__(self, ds: at.Dataset[Any]) -> tuple[int, float]:
        die_once(self.mark)
        return total(ds)


class DieOnce:
    """Kills its worker in the middle of a shard; else it is `warm`."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __call__(self, sample: Reading) -> Warm:
        if sample.count == 150:
            die_once(self.mark)
        return warm(sample)


@at.packable
class Large:
    pixels: NDArray[np.uint8]


def size(ds: at.Dataset[Any]) -> tuple[int, int]:
    """Bytes of the pixels, and the most memory this process ever had."""
    pixels = sum(int(batch.column("pixels").nbytes) for batch in ds.blockwise())
    status = Path("/proc/self/status").read_text("utf-8")
    return pixels, int(status.partition("VmHWM:")[2].split()[0]) << 10


def fail_with_its_source(ds: at.Dataset[Any]) -> None:
    raise RuntimeError(f"could not read {ds.source!r}")
