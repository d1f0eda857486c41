"""Scalars: the columns of numbers, booleans and text that were read, for filter and order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from atdata_nb.widgets.samples.stretches import Stretch

# Neighbouring stretches are put together up to this many rows: fewer calls for each question.
_TOGETHER: Final = 1 << 16
# Beyond this much, rows are counted but no longer held.
MOST_BYTES: Final = 256 << 20
# A column with longer text is for reading, not for asking.
_LONGEST: Final = 1 << 16
_SCALAR: Final = frozenset({int, float, bool, str, type(None)})


class Scalars:
    """Columns as Arrow arrays in parts, all parts of the same rows.

    A column that anywhere holds something else than scalars of one type is none of these.
    """

    def __init__(self) -> None:
        self.rows = 0
        self.bytes = 0
        self._parts: list[tuple[int, dict[str, Any]]] = []
        self._mixed: set[str] = set()
        self._types: dict[str, Any] = {}

    @property
    def full(self) -> bool:
        """Whether no more is held."""
        return self.bytes >= MOST_BYTES

    @property
    def names(self) -> list[str]:
        """Columns that can be asked for; of missing values alone, too."""
        return [name for name in self._types if name not in self._mixed]

    def add(self, stretch: Stretch) -> None:
        """Take in rows; one that does not decode has no value in any column."""
        import pyarrow as pa

        rows = len(stretch)
        part: dict[str, Any] = {}
        for name, values in stretch.columns.fields.items():
            if name in self._mixed:
                continue
            array = _array(values)
            if array is not None and stretch.faults:
                array = array.take(pa.array(stretch.places(), pa.int64()))
            if array is None or not self._fits(name, array.type):
                self._mixed.add(name)
            else:
                part[name] = array
        self.bytes += sum(array.nbytes for array in part.values())
        self._append(rows, part)
        self.rows += rows

    def _fits(self, name: str, found: Any) -> bool:
        import pyarrow as pa

        known = self._types.get(name, pa.null())
        if pa.types.is_null(known) or known == found:
            self._types[name] = found
        elif {known, found} == {pa.int64(), pa.float64()}:
            self._types[name] = pa.float64()
        elif not pa.types.is_null(found):
            return False
        return True

    def _append(self, rows: int, part: dict[str, Any]) -> None:
        if self._parts and self._parts[-1][0] + rows <= _TOGETHER:
            before, columns = self._parts.pop()
            joined = {
                name: _joined([_column(columns, name, before), _column(part, name, rows)])
                for name in self.names
            }
            self._parts.append((before + rows, joined))
        else:
            self._parts.append((rows, part))

    def parts(self, names: list[str], start: int = 0) -> Iterator[tuple[int, dict[str, Any]]]:
        """Give columns part by part from row ``start`` on, each with its first row's number."""
        at = 0
        for rows, columns in self._parts:
            if at + rows > start:
                skip = max(0, start - at)
                found = {n: self._typed(_column(columns, n, rows), n)[skip:] for n in names}
                yield at + skip, found
            at += rows

    def _typed(self, array: Any, name: str) -> Any:
        wanted = self._types.get(name)
        return array if wanted is None or array.type == wanted else array.cast(wanted, safe=False)

    def column(self, name: str, stop: int) -> Any:
        """Return the first values of one column."""
        import pyarrow as pa

        parts = [columns[name] for _, columns in self.parts([name])]
        return pa.chunked_array(parts, self._types[name])[:stop]


def _array(values: Any) -> Any:
    """Return values as an Arrow array of a scalar type; None if they are no such."""
    import pyarrow as pa

    types = set(map(type, values))
    if not types <= _SCALAR or (str in types and max(map(_length, values)) > _LONGEST):
        return None
    try:
        array = pa.array(values, from_pandas=False)
    except (pa.ArrowException, TypeError, ValueError, OverflowError):
        return None
    scalar = {pa.null(), pa.bool_(), pa.int64(), pa.float64(), pa.string()}
    return array if array.type in scalar else None


def _length(value: Any) -> int:
    return len(value) if isinstance(value, str) else 0


def _column(columns: dict[str, Any], name: str, rows: int) -> Any:
    import pyarrow as pa

    found = columns.get(name)
    return pa.nulls(rows) if found is None else found


def _joined(arrays: list[Any]) -> Any:
    import pyarrow as pa

    types = [array.type for array in arrays if not pa.types.is_null(array.type)]
    if not types:
        return pa.concat_arrays(arrays)
    # Whole numbers beside others are numbers.
    wanted = types[0] if len(set(types)) == 1 else pa.float64()
    return pa.concat_arrays([array.cast(wanted, safe=False) for array in arrays])
