"""Data sets that ship inside scikit-learn: digits, wines, photographs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from atdata_nb.demo import earlier
from atdata_nb.demo.samples import Digit, Tile, Wine

if TYPE_CHECKING:
    from collections.abc import Iterator

INK = 16.0
TILE = (142, 160)
PHOTOGRAPHERS = {"china.jpg": "danielbuechele", "flower.jpg": "vultilion"}


def read_digits() -> Iterator[Digit]:
    """1,797 handwritten digits."""
    from sklearn.datasets import load_digits

    digits = load_digits()
    for image, label in zip(digits.images, digits.target, strict=True):
        yield Digit((image / INK).astype(np.float32), int(label))


def read_wines() -> Iterator[Wine]:
    """178 wines."""
    for measured, target, cultivar in _wines():
        yield Wine(**measured, target=target, cultivar=cultivar)


def read_first_wines() -> Iterator[earlier.Wine]:
    """The same wines, without the cultivars' names."""
    for measured, target, _ in _wines():
        yield earlier.Wine(**measured, target=target)


def _wines() -> Iterator[tuple[dict[str, float], int, str]]:
    from sklearn.datasets import load_wine

    wines = load_wine()
    names = [
        name.replace("/", "_").removesuffix("_of_diluted_wines") for name in wines.feature_names
    ]
    for row, target in zip(wines.data.tolist(), wines.target.tolist(), strict=True):
        yield dict(zip(names, row, strict=True)), target, str(wines.target_names[target])


def read_tiles() -> Iterator[Tile]:
    """Two photographs, each in three rows of four tiles."""
    from sklearn.datasets import load_sample_images

    photographs = load_sample_images()
    for path, pixels in zip(photographs.filenames, photographs.images, strict=True):
        name = path.replace("\\", "/").rpartition("/")[2]
        height, width = TILE
        for row in range(pixels.shape[0] // height):
            for column in range(pixels.shape[1] // width):
                top, left = row * height, column * width
                image = np.ascontiguousarray(pixels[top : top + height, left : left + width])
                yield Tile(image, name, row, column, PHOTOGRAPHERS[name])
