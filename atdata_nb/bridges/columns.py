"""Column rows: samples of what is kept by column, cut into parts of a bearable size."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

from atdata_nb.errors import SampleTypeError
from atdata_nb.samples import field_specs
from atdata_nb.samples.codec import codec_of
from atdata_nb.schemas import Field, Schema, schema_to_type
from atdata_nb.schemas.names import class_name
from atdata_nb.shards.made import Rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from atdata_nb.samples import TypeSpec

# A part is made at once when a sample is asked for by number, and is one shard when it is copied.
_MOST_ROWS: Final = 10_000
_MOST_BYTES: Final = 64 << 20
_STRIDE: Final = 256


class Read(Protocol):
    """How a stretch of a column becomes field values; picklable."""

    def __call__(self, values: Any, /) -> list[Any]:
        """Field values of some rows."""
        ...


@dataclass(frozen=True, slots=True)
class Column:
    """One column on its way to a field.

    Attributes:
        source: what the other side calls it.
        field: what it becomes.
        read: how its values become the field's.
    """

    source: Any
    field: Field
    read: Read


class ColumnRows(Rows):
    """Rows of what gives stretches of its columns.

    Args:
        columns: the columns, in order.
        count: number of rows.
        row_bytes: about how many bytes a row has.
        name: what to call the sample type and the parts.
        sample_type: the type to make, where it is not made of the columns.

    Raises:
        SampleTypeError: a field of ``sample_type`` has no column.
    """

    def __init__(
        self,
        columns: Sequence[Column],
        count: int,
        row_bytes: float,
        name: str,
        sample_type: type[Any] | None,
    ) -> None:
        self.columns = tuple(columns if sample_type is None else chosen(columns, sample_type))
        self.sample_type = sample_type or type_of(columns, name)
        most = max(1, min(_MOST_ROWS, int(_MOST_BYTES / max(row_bytes, 1))))
        self._starts = {
            f"{name}-{number:06d}": (start, min(start + most, count))
            for number, start in enumerate(range(0, count, most))
        }

    @abstractmethod
    def stretch(self, start: int, stop: int) -> list[list[Any]]:
        """Field values of rows ``start`` to ``stop``, a list a column."""

    def parts(self) -> Mapping[str, int | None]:
        """Parts of at most ten thousand rows."""
        return {part: stop - start for part, (start, stop) in self._starts.items()}

    def read(self, part: str, start: int = 0, stop: int | None = None) -> Iterator[Any]:
        """Samples of one part."""
        first, end = self._starts[part]
        begin, end = first + start, end if stop is None else min(end, first + stop)
        for at in range(begin, end, _STRIDE):
            values = self.stretch(at, min(end, at + _STRIDE))
            yield from samples_of(self.sample_type, self.columns, values)


def samples_of(
    sample_type: type[Any], columns: Sequence[Column], values: list[list[Any]]
) -> Iterator[Any]:
    """Make samples of field values, a list a column."""
    names = [column.field.name for column in columns]
    nested = any(_is_nested(spec.type) for spec in field_specs(sample_type))
    make = codec_of(sample_type).from_data if nested else None
    for row in zip(*values, strict=True):
        data = dict(zip(names, row, strict=True))
        yield sample_type(**data) if make is None else make(data)


def _is_nested(spec: TypeSpec) -> bool:
    return spec.kind == "packable" or (spec.items is not None and _is_nested(spec.items))


def type_of(columns: Sequence[Column], name: str) -> type[Any]:
    """Return the sample type that columns make."""
    return schema_to_type(Schema(class_name(name), "1.0.0", tuple(c.field for c in columns)))


def chosen(columns: Sequence[Column], sample_type: type[Any]) -> list[Column]:
    """Return those columns that a sample type has fields for.

    Raises:
        SampleTypeError: a field that needs a value has no column.
    """
    found = {column.field.name: column for column in columns}
    specs = field_specs(sample_type)
    missing = [spec.name for spec in specs if spec.required and spec.name not in found]
    if missing:
        message = (
            f"{sample_type.__qualname__} needs {', '.join(missing)}, and there is no such column; "
            f"there are: {', '.join(found)}"
        )
        raise SampleTypeError(message)
    return [found[spec.name] for spec in specs if spec.name in found]
