"""Flattening: columns of arrays as one column an element, for tools that know no arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np

from atdata_nb.errors import SampleFieldError, SampleTypeError
from atdata_nb.tables.extras import need

if TYPE_CHECKING:
    from collections.abc import Collection

    import pandas as pd

    Flatten: TypeAlias = bool | Collection[str]

# Larger arrays are pictures, sounds and the like: as columns they are of no use to anybody.
MOST_ELEMENTS: Final = 1_024


def flatten_frame(frame: pd.DataFrame, wanted: Flatten) -> pd.DataFrame:
    """Return a frame in which array columns are replaced by one column an element.

    The element ``profile[3]`` of a column ``profile`` is the column of that name; of a matrix it
    is ``image[0, 3]``. A missing array is NaN in each of its columns.

    Args:
        frame: the frame.
        wanted: names of the columns. True: all whose arrays have one shape and at most 1,024
            elements; the others, such as pictures and sounds, stay as they are.

    Raises:
        SampleFieldError: there is no such column.
        SampleTypeError: a column that was named holds no arrays of one shape.

    Example:
        >>> import pandas as pd
        >>> frame = pd.DataFrame({"n": [1, 2], "xy": [np.array([1, 2]), np.array([3, 4])]})
        >>> flatten_frame(frame, True).to_dict("list")
        {'n': [1, 2], 'xy[0]': [1, 3], 'xy[1]': [2, 4]}
    """
    if wanted is False:
        return frame
    names = set() if wanted is True else {wanted} if isinstance(wanted, str) else set(wanted)
    unknown = sorted(names - set(frame.columns))
    if unknown:
        message = f"no column {unknown[0]!r}; there are: {', '.join(map(str, frame.columns))}"
        raise SampleFieldError(message)
    series: dict[str, Any] = {}
    for name in frame.columns:
        chosen = name in names
        shape = _shape(frame[name]) if chosen or wanted is True else None
        if shape is None or not (chosen or np.prod(shape) <= MOST_ELEMENTS):
            if chosen:
                message = f"column {name!r} cannot be flattened: it holds no arrays of one shape"
                raise SampleTypeError(message)
            series[name] = frame[name]
        else:
            series |= _elements(name, frame[name], shape)
    flat: pd.DataFrame = need("pandas").DataFrame(series, index=frame.index)
    return flat


def _shape(values: Any) -> tuple[int, ...] | None:
    """Return the shape of a column's arrays; None where they are none or differ."""
    shapes = {getattr(value, "shape", None) for value in values if value is not None}
    return next(iter(shapes)) if len(shapes) == 1 and values.dtype == object else None


def _elements(name: str, values: Any, shape: tuple[int, ...]) -> dict[str, Any]:
    present = [value for value in values if value is not None]
    dtype = np.result_type(*{value.dtype for value in present})
    if len(present) < len(values):
        whole = np.full((len(values), *shape), np.nan, np.result_type(dtype, np.float64))
    else:
        whole = np.empty((len(values), *shape), dtype)
    for row, value in enumerate(values):
        if value is not None:
            whole[row] = value
    return {_label(name, at): whole[(slice(None), *at)] for at in np.ndindex(shape)}


def _label(name: str, at: tuple[int, ...]) -> str:
    return f"{name}[{', '.join(map(str, at))}]" if at else name
