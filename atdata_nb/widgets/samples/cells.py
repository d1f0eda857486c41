"""Cells of rows: what the grid shows of each value, small whatever the value's size."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, Final

from atdata_nb.views.arrays import array_kind, span
from atdata_nb.views.cells import Cell, cell_of, fault, sound_cell
from atdata_nb.views.pictures import looks_like_image, picture_of_array
from atdata_nb.views.sounds import rate_of, sound_of_array
from atdata_nb.widgets.samples.headers import thin

if TYPE_CHECKING:
    from collections.abc import Sequence

SIDE: Final = 72
# Larger arrays are shown from evenly spaced elements.
LARGE: Final = 1 << 20
_PLANE: Final = 2


def fields_of(sample: Any) -> dict[str, Any]:
    """Return a sample's fields; whatever is none is one field, ``value``."""
    if dataclasses.is_dataclass(sample) and not isinstance(sample, type):
        names = [field.name for field in dataclasses.fields(sample)]
        return {name: getattr(sample, name, None) for name in names}
    if hasattr(sample, "to_dict"):
        return dict(sample.to_dict())
    return dict(sample) if isinstance(sample, dict) else {"value": sample}


def row_cells(sample: Any, names: Sequence[str], *, side: int = SIDE) -> list[Cell]:
    """Return the cells of some fields of a sample, in the order of the names."""
    fields = fields_of(sample)
    rate = rate_of(fields)
    return [_cell(fields.get(name), rate, side) for name in names]


def _cell(value: Any, rate: float | None, side: int) -> Cell:
    try:
        if getattr(value, "ndim", 0) > 0 and hasattr(value, "dtype"):
            return _array_cell(value, rate, side)
        return cell_of(value, side=side)
    except Exception as error:  # noqa: BLE001 - one value that cannot be shown hides no other
        return fault(error)


def _array_cell(array: Any, rate: float | None, side: int) -> Cell:
    sound = sound_of_array(array, rate) if rate is not None else None
    if sound is not None:
        return sound_cell(sound, array_kind(array))
    if array.ndim == _PLANE and not looks_like_image(array) and _is_plane(array):
        return _heat_map(array, side)
    if array.size <= LARGE or looks_like_image(array):
        return cell_of(array, side=side)
    found = cell_of(thin(array).reshape(-1), side=side)
    kind = array_kind(array)
    about = f"≈ {found.long}" if found.long else ""
    return dataclasses.replace(found, type=kind, text=kind, long=about)


def _is_plane(array: Any) -> bool:
    return array.dtype.kind in "biuf" and min(array.shape) > 1


def _heat_map(array: Any, side: int) -> Cell:
    import numpy as np

    picture = picture_of_array(array, side)
    values = thin(array) if array.size > LARGE else array
    finite = values[np.isfinite(values)]
    if not finite.size:
        return cell_of(array, side=side)
    low, high = float(finite.min()), float(finite.max())
    return Cell(
        "array", array_kind(array), array_kind(array), span(low, high), picture, (), low, high
    )
