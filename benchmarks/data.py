"""The files that are measured: small samples, and large ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

import atdata_nb as at
from atdata_nb.shards import write_shard

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@at.packable
class Small:
    number: int
    name: str
    vector: NDArray[np.float32]


@at.packable
class Large:
    number: int
    image: NDArray[np.float32]


SMALL, LARGE = 20_000, 4_000


def small_samples(count: int = SMALL) -> list[Any]:
    vectors = np.random.default_rng(1).random((count, 16), np.float32)
    return [Small(i, f"sample {i}", vector) for i, vector in enumerate(vectors)]


def large_samples(count: int = LARGE) -> list[Any]:
    images = np.random.default_rng(2).random((8, 64, 64, 3), np.float32)
    return [Large(i, images[i % 8]) for i in range(count)]


KINDS: dict[str, tuple[type, str, int, Callable[[], list[Any]]]] = {
    "small": (Small, "vector", SMALL, small_samples),
    "large": (Large, "image", LARGE, large_samples),
}


def shard(folder: Path, kind: str) -> Path:
    """Return the file of one kind, written if it is not there."""
    path = folder / f"{kind}.tar"
    if not path.exists():
        write_shard(path, KINDS[kind][3]())
    return path
