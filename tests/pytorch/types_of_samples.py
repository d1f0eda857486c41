"""Sample types that workers find by name when they are started afresh."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from atdata_nb import lens, packable


@packable
class Row:
    n: int
    image: NDArray[np.float32]


@packable
class Double:
    twice: int


@packable
class Everything:
    integer: int
    number: float
    flag: bool
    text: str
    data: bytes
    image: NDArray[np.uint8]
    ragged: NDArray[np.float32]
    big_endian: NDArray[Any]
    words: NDArray[Any]
    tags: list[str]
    maybe: NDArray[np.float32] | None = None
    count: int | None = None


@lens
def double(row: Row) -> Double:
    return Double(2 * row.n)
