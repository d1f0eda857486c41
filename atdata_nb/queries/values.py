"""Values: one column's values of one kind, with what is missing, however they were given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

import numpy as np

from atdata_nb.queries.matching import no_field, plain, step
from atdata_nb.queries.operands import Field

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from atdata_nb.queries.expressions import Booleans

# int, float and truth are numpy arrays; text and objects are lists.
Kind: TypeAlias = Literal["int", "float", "truth", "text", "objects", "nothing"]
FAMILIES: Final[Mapping[Kind, str]] = {
    "int": "a number",
    "float": "a number",
    "truth": "true or false",
    "text": "text",
}
_INT64: Final = 1 << 63


@dataclass(frozen=True, slots=True)
class Values:
    """The values of a column.

    Attributes:
        kind: what they are; ``objects`` may be anything, and are looked at one by one.
        data: the values; where one is missing, whatever stands there.
        present: which are there.
    """

    kind: Kind
    data: Any
    present: Booleans

    def __len__(self) -> int:
        return len(self.present)

    def objects(self) -> list[Any]:
        """The values as Python objects; None for what is missing."""
        data = self.data.tolist() if isinstance(self.data, np.ndarray) else self.data
        if self.kind == "objects" or self.present.all():
            return list(data)
        return [one if there else None for one, there in zip(data, self.present, strict=True)]


def values_at(columns: Mapping[str, Any], path: tuple[str, ...]) -> Values:
    """Return the values of a field, or of one inside of it.

    Raises:
        ExpressionError: there is no such field.
    """
    if path[0] not in columns:
        raise no_field(path[0], Field(()), list(columns))
    column = columns[path[0]]
    for depth, name in enumerate(path[1:], 1):
        column = _inside(column, name, Field(path[:depth]))
    return values_of(column)


def _inside(column: Any, name: str, where: Field) -> Any:
    if _is_arrow(column):
        column = _combined(column)
        names = [field.name for field in column.type] if _is_struct(column.type) else []
        if name in names:
            # flatten() takes along what is missing outside; field() would not.
            return column.flatten()[names.index(name)]
        if names:
            raise no_field(name, where, names)
        column = _listed(column)
    return [None if one is None else step(one, name, where) for one in column]


def values_of(column: Any) -> Values:
    """Return a column's values.

    Args:
        column: a numpy or Arrow array, or a sequence.
    """
    if _is_arrow(column):
        return _of_arrow(_combined(column))
    if isinstance(column, np.ndarray):
        if column.ndim == 1 and column.dtype.kind in "biuf":
            return _of_numbers(column, np.ones(len(column), np.bool_))
        column = list(column) if column.ndim > 1 else column.tolist()
    return _of_objects(column)


def _of_numbers(data: np.ndarray[Any, Any], present: Booleans) -> Values:
    match data.dtype.kind:
        case "b":
            return Values("truth", data, present)
        case "f":
            return Values("float", data.astype(np.float64, copy=False), present)
        case _:
            return Values("int", data, present)


def _of_objects(column: Sequence[Any]) -> Values:
    types = set(map(type, column))
    missing = type(None) in types
    if missing:
        present = np.fromiter((value is not None for value in column), np.bool_, len(column))
    else:
        present = np.ones(len(column), np.bool_)
    types.discard(type(None))
    if not types:
        return Values("nothing", column, present)
    if types == {str}:
        return Values("text", column, present)
    fill: Any = next(
        (one for one, t in ((False, bool), (0, int), (0.0, float)) if types == {t}), None
    )
    if fill is None:
        return Values("objects", [plain(value) for value in column], present)
    filled = [fill if value is None else value for value in column] if missing else column
    if types == {int} and not -_INT64 <= min(filled) <= max(filled) < _INT64:
        return Values("objects", column, present)
    dtype = {bool: np.bool_, int: np.int64, float: np.float64}[types.pop()]
    return _of_numbers(np.array(filled, dtype), present)


# ---- Arrow --------------------------------------------------------------------------------------


def _is_arrow(column: Any) -> bool:
    # Without importing pyarrow, which need not be there.
    return type(column).__module__.partition(".")[0] == "pyarrow"


def _combined(column: Any) -> Any:
    import pyarrow as pa

    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    if isinstance(column, pa.ChunkedArray):  # an empty one stays what it was
        column = pa.array([], column.type)
    if isinstance(column, pa.DictionaryArray):
        column = column.dictionary_decode()
    return column


def _is_struct(kind: Any) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_struct(kind))


def _of_arrow(column: Any) -> Values:
    import pyarrow as pa

    kind, is_a = column.type, pa.types
    present = column.is_valid().to_numpy(zero_copy_only=False)
    if is_a.is_integer(kind) or is_a.is_floating(kind) or is_a.is_boolean(kind):
        fill = pa.scalar(False if is_a.is_boolean(kind) else 0, kind)
        whole = column if not column.null_count else column.fill_null(fill)
        return _of_numbers(whole.to_numpy(zero_copy_only=False), present)
    if is_a.is_string(kind) or is_a.is_large_string(kind) or is_a.is_string_view(kind):
        return Values("text", column.to_numpy(zero_copy_only=False).tolist(), present)
    return _of_objects(_listed(column))


def _listed(column: Any) -> list[Any]:
    import pyarrow as pa

    if pa.types.is_map(column.type):
        return [None if one is None else dict(one) for one in column.to_pylist()]
    return list(column.to_pylist())
