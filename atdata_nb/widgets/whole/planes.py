"""Planes: the part of an array that is shown as a picture, and the axes that choose it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from atdata_nb.views.amounts import number
from atdata_nb.views.pictures import looks_like_image, picture_of_array

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

# As large as a picture gets; beyond, it is made smaller.
SIDE: Final = 1_600
# Of so many elements, their values go with the picture, to be read off it.
MOST_VALUES: Final = 16_384
_PLANE, _STACK = 2, 3
_LAST = (1, 3, 4)


@dataclass(frozen=True, slots=True)
class Plane:
    """How an array is cut into pictures.

    Attributes:
        axes: lengths of the axes that choose one.
        height: of a picture, in elements.
        width: likewise.
        channels: 1, 3 or 4; 0 of a heat map.
    """

    axes: tuple[int, ...]
    height: int
    width: int
    channels: int


def plane_of(array: NDArray[Any]) -> Plane | None:
    """Return how an array is shown as pictures; None if it is not.

    >>> import numpy as np
    >>> plane_of(np.zeros((10, 5, 7), np.int32))
    Plane(axes=(10,), height=5, width=7, channels=0)
    >>> plane_of(np.zeros((2, 16, 8, 3), np.uint8))
    Plane(axes=(2,), height=16, width=8, channels=3)
    """
    if array.dtype.kind not in "biuf" or array.ndim < _PLANE or array.size == 0:
        return None
    shape = array.shape
    if array.ndim >= _STACK and _is_image(array, _STACK):
        if shape[-1] in _LAST:
            return Plane(shape[:-3], shape[-3], shape[-2], shape[-1])
        return Plane(shape[:-3], shape[-2], shape[-1], shape[-3])
    return Plane(shape[:-2], shape[-2], shape[-1], 1 if _is_image(array, _PLANE) else 0)


def _is_image(array: NDArray[Any], ndim: int) -> bool:
    first = array[(0,) * (array.ndim - ndim)]
    return looks_like_image(first)


def plane_wire(array: NDArray[Any], at: Sequence[int]) -> tuple[dict[str, Any], list[bytes]]:
    """Return one picture of an array, with the values of its elements where they are few.

    Raises:
        LookupError: the array has no pictures, or none at that place.
    """
    plane = plane_of(array)
    if plane is None or len(at) != len(plane.axes):
        raise LookupError("this array has no such plane")
    if any(not place < length for place, length in zip(at, plane.axes, strict=True)):
        raise LookupError("this plane is outside of the array")
    cut = array[tuple(at)]
    picture = picture_of_array(cut, SIDE, level=1)
    answer = {"width": picture.width, "height": picture.height, **_scale(cut)}
    return answer, [picture.png, _values(cut, plane)]


def _scale(cut: NDArray[Any]) -> dict[str, str]:
    """Return which values are black and white in the picture."""
    import numpy as np

    if str(cut.dtype) == "uint8":
        return {"low": "0", "high": "255"}
    finite = cut[np.isfinite(cut)]
    low, high = (finite.min().item(), finite.max().item()) if finite.size else (0, 1)
    if low >= 0 and high <= 1:
        return {"low": "0", "high": "1"}
    return {"low": number(low), "high": number(high)}


def _values(cut: NDArray[Any], plane: Plane) -> bytes:
    import numpy as np

    if cut.size > MOST_VALUES:
        return b""
    first = cut.ndim == _STACK and cut.shape[-1] not in _LAST
    last = cut.transpose(1, 2, 0) if first and plane.channels else cut
    return np.ascontiguousarray(last, "<f8").tobytes()
