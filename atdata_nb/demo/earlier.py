"""Types of earlier versions: how ``samples`` looked when those were written."""

from __future__ import annotations

from typing import Annotated

from atdata_nb.samples import packable


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
