"""Frames: samples as a pandas DataFrame whose cells are the fields' own values."""

from __future__ import annotations

from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from atdata_nb.tables.columns import (
    Columns,
    columns_of_batch,
    read_columns,
    specs_of,
    survey_all,
)
from atdata_nb.tables.extras import need
from atdata_nb.tables.flattening import flatten_frame
from atdata_nb.tables.forms import INT64

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from atdata_nb.batch import SampleBatch
    from atdata_nb.dataset import Dataset
    from atdata_nb.tables.flattening import Flatten
    from atdata_nb.tables.forms import Form


def batch_to_pandas(batch: SampleBatch[Any]) -> pd.DataFrame:
    """Return a batch as a DataFrame; see `dataset_to_pandas`."""
    return _frame([columns_of_batch(batch, stack=False)], batch.sample_type)


def dataset_to_pandas(
    ds: Dataset[Any], limit: int | None = None, *, flatten: Flatten = False
) -> pd.DataFrame:
    """Return a dataset as a DataFrame, a row a sample, a column a field, in order.

    Integers are ``int64`` (``uint64`` where needed) and optional ones ``Int64``, booleans ``bool``
    or ``boolean``, floats ``float64`` with NaN for what is missing, text pandas' own string type.
    Arrays stay arrays, read-only and without a copy where they are large; bytes, lists, dicts and
    nested samples stay what they are.

    Args:
        ds: the dataset.
        limit: rows at most.
        flatten: array columns to be made one column an element; see `flatten_frame`.

    Raises:
        MissingExtraError: pandas is not installed.
        ShardError: a shard or a sample can't be read.
    """
    need("pandas")
    frame = _frame(list(read_columns(ds, limit=limit, stack=False)), ds.sample_type)
    return flatten_frame(frame, flatten)


def _frame(pieces: list[Columns], sample_type: type) -> pd.DataFrame:
    pandas = need("pandas")
    specs = specs_of(sample_type)
    forms = survey_all([_typed_by_values(piece) for piece in pieces], specs)
    rows = sum(piece.rows for piece in pieces)
    series = {
        name: _series(form, _whole(pieces, name), declared=name in specs)
        for name, form in forms.items()
    }
    frame: pd.DataFrame = pandas.DataFrame(
        series, index=pandas.RangeIndex(rows), columns=list(forms), copy=False
    )
    return frame


def _typed_by_values(piece: Columns) -> Columns:
    # Cells of declared arrays, lists and dicts are objects, whatever is in them.
    kept = {
        name: column
        for name, column in piece.fields.items()
        if name not in piece.specs or piece.specs[name].kind not in _OBJECTS
    }
    return Columns(piece.rows, kept, piece.specs)


def _whole(pieces: list[Columns], name: str) -> list[Any]:
    columns = (piece.column(name) for piece in pieces)
    return list(chain.from_iterable(columns))


def _series(form: Form, values: list[Any], *, declared: bool) -> Any:
    pandas = need("pandas")
    # A declared field has one dtype, whatever its values; of others only the values are known.
    missing = form.nullable and (declared or any(value is None for value in values))
    make: Any = _objects
    match form.kind:
        case "int" if form.high < INT64 and form.low >= -INT64:
            make = _nullable("Int64") if missing else partial(np.array, dtype=np.int64)
        case "int" if form.low >= 0 and form.high < 2 * INT64:
            make = _nullable("UInt64") if missing else partial(np.array, dtype=np.uint64)
        case "bool":
            make = _nullable("boolean") if missing else partial(np.array, dtype=np.bool_)
        case "float":
            make = partial(np.array, dtype=np.float64)
        case "str":
            make = _texts
    return pandas.Series(make(values), copy=False)


_OBJECTS: Final = frozenset({"ndarray", "bytes", "list", "dict", "packable"})
_NUMPY_TYPES: Final = {"Int64": np.int64, "UInt64": np.uint64, "boolean": np.bool_}


def _nullable(dtype: str) -> Any:
    def make(values: Sequence[Any]) -> Any:
        pandas = need("pandas")
        missing = np.fromiter((value is None for value in values), np.bool_, len(values))
        numpy_type: Any = _NUMPY_TYPES[dtype]
        # By hand: pandas would go through float and lose integers past 2**53.
        plain: Any = np.array([0 if value is None else value for value in values], numpy_type)
        array = pandas.arrays.BooleanArray if dtype == "boolean" else pandas.arrays.IntegerArray
        return array(plain, missing)

    return make


def _texts(values: list[Any]) -> Any:
    pandas = need("pandas")
    if int(pandas.__version__.partition(".")[0]) < 3:  # noqa: PLR2004 - since then text has a dtype
        return _objects(values)
    try:
        return pandas.array(values, dtype="str")
    except (UnicodeEncodeError, ValueError):
        # A lone surrogate: no UTF-8.
        return _objects(values)


def _objects(values: list[Any]) -> Any:
    # np.array would stack arrays of one shape.
    return np.fromiter(values, np.object_, len(values))
