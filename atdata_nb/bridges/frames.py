"""Frames: a pandas DataFrame as a Dataset."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar, overload

from atdata_nb.bridges.columns import Column, ColumnRows
from atdata_nb.bridges.values import all_numbers, is_nan, observed_field, plain
from atdata_nb.dataset import Dataset
from atdata_nb.errors import SampleTypeError
from atdata_nb.schemas import Field, FieldType
from atdata_nb.schemas.names import field_names
from atdata_nb.shards.made import MadeSource
from atdata_nb.tables.extras import need

if TYPE_CHECKING:
    import pandas as pd

T = TypeVar("T")
# Categories that a description can list.
_FEW: Final = 20


@overload
def from_pandas(
    frame: pd.DataFrame, *, name: str = ..., sample_type: type[T], index: bool | None = ...
) -> Dataset[T]: ...
@overload
def from_pandas(
    frame: pd.DataFrame, *, name: str = ..., sample_type: None = ..., index: bool | None = ...
) -> Dataset[Any]: ...
def from_pandas(
    frame: pd.DataFrame,
    *,
    name: str = "rows",
    sample_type: type[Any] | None = None,
    index: bool | None = None,
) -> Dataset[Any]:
    """Return a DataFrame as a Dataset, a sample a row.

    Fields follow from the columns: numbers, truth values and text by dtype, anything else by its
    values. A column with missing values is an optional field (NaN in a column of floats stays
    NaN), arrays get dtype and shape, times become ISO 8601 text, categories what they stand for.
    A column whose name no field can have is renamed, and described by its name.

    Args:
        frame: the rows; they are not copied.
        name: what to call the dataset, and in CamelCase the sample type.
        sample_type: the type of the samples, where it is declared already; columns without a
            field are left out.
        index: whether the index is a column too; None: where it has a name.

    Raises:
        SampleTypeError: ``frame`` is no DataFrame, or has no column for a field of
            ``sample_type``.

    Example:
        >>> import pandas as pd
        >>> ds = from_pandas(pd.DataFrame({"city": ["Lund", None], "°C": [-3.5, 4.0]}))
        >>> ds.schema
        Rows 1.0.0
        field  type        default  description
        city   str | None  None
        C      float                °C
        >>> ds[0]
        Rows(city='Lund', C=-3.5)
    """
    pd = need("pandas")
    if not isinstance(frame, pd.DataFrame):
        message = f"from_pandas takes a DataFrame, got {type(frame).__name__}"
        raise SampleTypeError(message)
    named = any(level is not None for level in frame.index.names)
    whole = frame.reset_index() if (named if index is None else index) else frame
    rows = FrameRows(whole, name, sample_type)
    return Dataset(MadeSource(rows), sample_type=rows.sample_type, name=name)


class FrameRows(ColumnRows):
    """The rows of a DataFrame."""

    def __init__(self, frame: pd.DataFrame, name: str, sample_type: type[Any] | None) -> None:
        self._frame = frame
        labels = [_label(label) for label in frame.columns]
        columns = [
            _column(place, frame.iloc[:, place], field, None if field == label else label)
            for place, (label, field) in enumerate(zip(labels, field_names(labels), strict=True))
        ]
        super().__init__(columns, len(frame), _row_bytes(frame), name, sample_type)

    def stretch(self, start: int, stop: int) -> list[list[Any]]:
        """Field values of rows ``start`` to ``stop``, a list a column."""
        part = self._frame.iloc[start:stop]
        return [column.read(part.iloc[:, column.source]) for column in self.columns]


@dataclass(frozen=True, slots=True)
class _Cells:
    """Reads cells as they are; ``missing`` says whether some may be missing."""

    missing: bool

    def __call__(self, series: pd.Series[Any]) -> list[Any]:
        values: list[Any] = series.tolist()
        if not self.missing:
            return values
        return [None if gone else value for value, gone in zip(values, series.isna(), strict=True)]


@dataclass(frozen=True, slots=True)
class _Objects:
    """Reads Python objects; ``numbers`` says whether a NaN among them is one."""

    numbers: bool

    def __call__(self, series: pd.Series[Any]) -> list[Any]:
        found = [plain(value) for value in series.astype(object).tolist()]
        return found if self.numbers else [None if is_nan(value) else value for value in found]


def _column(place: int, series: pd.Series[Any], name: str, label: str | None) -> Column:
    kind, description = _primitive(series), label
    if kind is None:
        values = [plain(value) for value in series.astype(object).tolist()]
        numbers = all_numbers(values)
        if not numbers:
            values = [None if is_nan(value) else value for value in values]
        description = ": ".join(filter(None, (label, _meaning(series)))) or None
        field = observed_field(name, values, description)
        return Column(place, field, _Objects(numbers))
    extended = not hasattr(series.dtype, "char")
    optional = extended and bool(series.isna().any())
    default: dict[str, Any] = {"optional": True, "default": None} if optional else {}
    field = Field(name, FieldType(kind="primitive", primitive=kind), description=label, **default)
    return Column(place, field, _Cells(optional))


def _primitive(series: pd.Series[Any]) -> str | None:
    """Return the primitive that a column's dtype says by itself."""
    types = need("pandas").api.types
    dtype = series.dtype
    if types.is_bool_dtype(dtype):
        return "bool"
    if types.is_integer_dtype(dtype):
        return "int"
    if types.is_float_dtype(dtype):
        return "float"
    return "str" if isinstance(dtype, need("pandas").StringDtype) else None


def _meaning(series: pd.Series[Any]) -> str | None:
    pd = need("pandas")
    if isinstance(series.dtype, pd.CategoricalDtype):
        names = [str(name) for name in series.dtype.categories]
        return "one of " + ", ".join(names) if len(names) <= _FEW else None
    is_time = series.dtype.kind in "mM" or isinstance(series.dtype, pd.DatetimeTZDtype)
    return "ISO 8601" if is_time else None


def _label(label: Any) -> str:
    # Columns of several levels have tuples for names.
    return "_".join(map(str, label)) if isinstance(label, tuple) else str(label)


def _row_bytes(frame: pd.DataFrame) -> float:
    """Return about how many bytes a row has, by looking at the first few."""
    looked_at = frame.head(_FEW)
    sizes = (
        getattr(value, "nbytes", 8) for row in looked_at.itertuples(index=False) for value in row
    )
    texts = looked_at.memory_usage(deep=True, index=False).sum()
    return (sum(sizes) + float(texts)) / max(len(looked_at), 1)
