"""Recipes: what the demo's datasets are made of, and whose work they are."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from atdata_nb.demo import earlier, scikit_learn, sounds
from atdata_nb.demo.samples import Digit, Sound, Tile, Wine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Recipe:
    """One version of one dataset of the demo.

    Attributes:
        samples: makes the samples; called only when the dataset is not there yet.
        license: SPDX expression of the data's own licence.
    """

    name: str
    version: str
    sample_type: type
    samples: Callable[[], Iterable[Any]]
    description: str
    tags: tuple[str, ...]
    license: str
    metadata: dict[str, Any] = field(default_factory=dict)


DIGITS = Recipe(
    name="digits",
    version="1.0.0",
    sample_type=Digit,
    samples=scikit_learn.read_digits,
    description="Handwritten digits of 13 people, scanned and reduced to 8 by 8 pixels.",
    tags=("demo", "image", "classification"),
    license="CC-BY-4.0",
    metadata={
        "creator": "E. Alpaydin, C. Kaynak",
        "source": "UCI Machine Learning Repository: Optical Recognition of Handwritten Digits",
        "doi": "10.24432/C50P49",
    },
)

_WINE_SOURCE = {
    "creator": "S. Aeberhard, M. Forina",
    "source": "UCI Machine Learning Repository: Wine",
    "doi": "10.24432/C5PC7J",
}

FIRST_WINE = Recipe(
    name="wine",
    version="1.0.0",
    sample_type=earlier.Wine,
    samples=scikit_learn.read_first_wines,
    description="Chemical analysis of wines from three cultivars of one region in Italy.",
    tags=("demo", "tabular", "classification"),
    license="CC-BY-4.0",
    metadata=_WINE_SOURCE,
)

WINE = Recipe(
    name="wine",
    version="1.1.0",
    sample_type=Wine,
    samples=scikit_learn.read_wines,
    description=(
        "Chemical analysis of wines from three cultivars of one region in Italy. "
        "This version also names the cultivar."
    ),
    tags=("demo", "tabular", "classification"),
    license="CC-BY-4.0",
    metadata=_WINE_SOURCE,
)

PHOTOGRAPHS = Recipe(
    name="photographs",
    version="1.0.0",
    sample_type=Tile,
    samples=scikit_learn.read_tiles,
    description="Two photographs, a temple in China and a flower, in tiles of 160 by 142 pixels.",
    tags=("demo", "image"),
    license="CC-BY-2.0",
    metadata={
        "creator": "danielbuechele, vultilion",
        "source": "Flickr, by way of scikit-learn's sample images",
    },
)


def sound_recipe(theme: Path) -> Recipe:
    """Return the recipe of the recordings in a folder."""
    return Recipe(
        name="sounds",
        version="1.0.0",
        sample_type=Sound,
        samples=lambda: sounds.read_sounds(theme),
        description=(
            "Signals and spoken words that a desktop plays. "
            "Each recording names its author and its licence."
        ),
        tags=("demo", "audio"),
        license=" AND ".join(sorted({licence for _, licence in sounds.CREDITS.values()})),
        metadata={"source": "freedesktop.org sound theme 0.8, by way of Debian"},
    )
