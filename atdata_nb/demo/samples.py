"""Types of the demo's samples."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from atdata_nb.samples import packable


@packable
class Digit:
    """A handwritten digit."""

    image: Annotated[NDArray[np.float32], (8, 8), "ink, from 0 (none) to 1"]
    label: Annotated[int, "which digit it is, 0 to 9"]


@packable
class Wine:
    """What a chemist measured in one wine."""

    alcohol: float
    malic_acid: float
    ash: float
    alcalinity_of_ash: float
    magnesium: float
    total_phenols: float
    flavanoids: float
    nonflavanoid_phenols: float
    proanthocyanins: float
    color_intensity: float
    hue: float
    od280_od315: Annotated[float, "OD280/OD315 of the diluted wine"]
    proline: float
    target: Annotated[int, "number of the cultivar, 0 to 2"]
    cultivar: Annotated[str | None, "name of the cultivar"] = None


@packable
class Tile:
    """A piece of a photograph."""

    image: Annotated[NDArray[np.uint8], (None, None, 3), "red, green, blue"]
    photograph: str
    row: int
    column: int
    photographer: str


@packable
class Sound:
    """A short recording."""

    waveform: Annotated[NDArray[np.int16], (None, None), "frames × channels"]
    sample_rate: Annotated[int, "frames per second"]
    title: str
    author: str
    license: str
