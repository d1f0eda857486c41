"""Lists: offsets and missing values of Arrow lists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from atdata_nb.tables.extras import need
from atdata_nb.tables.forms import MAX_ITEMS

if TYPE_CHECKING:
    from collections.abc import Sequence


def offsets_of(lengths: Sequence[int] | Any) -> Any:
    """Return Arrow list offsets for the lengths of lists.

    Raises:
        OverflowError: together they are longer than Arrow's offsets count.
    """
    offsets = np.zeros(len(lengths) + 1, np.int64)
    np.cumsum(lengths, out=offsets[1:])
    if offsets[-1] > MAX_ITEMS:
        message = f"{offsets[-1]:,} items in one column; take smaller batches"
        raise OverflowError(message)
    return need("pyarrow").array(offsets.astype(np.int32))


def null_mask(values: Sequence[Any]) -> Any:
    """Return which values are missing, or None where none is."""
    missing = [value is None for value in values]
    return need("pyarrow").array(missing) if any(missing) else None
