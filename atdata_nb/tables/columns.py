"""Columns: the fields of neighbouring samples side by side, before they are a table."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, Any, Final

from atdata_nb.errors import SampleTypeError
from atdata_nb.samples import DictSample, field_specs, is_packable
from atdata_nb.tables.forms import NULL, Form, declared, join, survey

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from atdata_nb.batch import SampleBatch
    from atdata_nb.dataset import Dataset
    from atdata_nb.samples import TypeSpec

FIRST_ROWS: Final = 4096


@dataclass(frozen=True, slots=True)
class Columns:
    """The fields of neighbouring samples.

    Attributes:
        rows: number of samples.
        fields: each field's values: a list, or arrays stacked along a first axis.
        specs: what the sample type says of a field, where it says anything.
    """

    rows: int
    fields: dict[str, Any]
    specs: Mapping[str, TypeSpec]

    def forms(self) -> dict[str, Form]:
        """Forms of the columns."""
        return {name: self._form(name) for name in self.fields}

    def _form(self, name: str) -> Form:
        try:
            return survey(self.fields[name], self.specs.get(name))
        except SampleTypeError as error:
            message = f"column {name!r}: {error}"
            raise SampleTypeError(message) from error

    def column(self, name: str) -> Any:
        """Values of one field; of one that these samples lack, None for each."""
        values = self.fields.get(name)
        return [None] * self.rows if values is None else values

    def cut(self, start: int, stop: int) -> Columns:
        """Return a stretch of the rows."""
        if start == 0 and stop >= self.rows:
            return self
        values = {name: column[start:stop] for name, column in self.fields.items()}
        return Columns(min(stop, self.rows) - start, values, self.specs)


def specs_of(sample_type: type) -> dict[str, TypeSpec]:
    """Return what a sample type says of its fields; nothing for a DictSample."""
    if not is_packable(sample_type):
        return {}
    return {spec.name: spec.type for spec in field_specs(sample_type)}


def columns_of_batch(batch: SampleBatch[Any], *, stack: bool) -> Columns:
    """Return the columns of a batch.

    Args:
        batch: the samples.
        stack: whether arrays of one shape become one array; else they are listed.
    """
    specs = specs_of(batch.sample_type)
    if is_packable(batch.sample_type):
        values = {name: batch.column(name, stack=stack) for name in specs}
        return Columns(len(batch), values, specs)
    return columns_of_rows([_row(sample) for sample in batch.samples])


def _row(sample: Any) -> Mapping[str, Any]:
    # Somebody else's class is known by its bytes alone.
    known = sample if isinstance(sample, DictSample) else DictSample.from_bytes(sample.packed)
    return known.to_dict()


def columns_of_rows(rows: list[Mapping[str, Any]]) -> Columns:
    """Return the columns of rows that have the fields they have."""
    names = dict.fromkeys(name for row in rows for name in row)
    return Columns(len(rows), {name: [row.get(name) for row in rows] for name in names}, {})


def read_columns(
    ds: Dataset[Any], *, limit: int | None = None, stack: bool = True
) -> Iterator[Columns]:
    """Read a dataset as columns, block by block, no further than ``limit`` rows."""
    if limit is not None and limit < 0:
        message = f"limit is {limit}; it must not be negative"
        raise ValueError(message)
    left = limit
    if left == 0:
        return
    for batch in ds.blockwise(first=FIRST_ROWS if left is None else min(left, FIRST_ROWS)):
        wanted = batch if left is None or len(batch) <= left else batch[:left]
        yield columns_of_batch(wanted, stack=stack)
        if left is not None:
            left -= len(wanted)
            if left <= 0:
                return


def map_columns(
    ds: Dataset[Any], sample_map: Callable[[Any], Mapping[str, Any]]
) -> Iterator[Columns]:
    """Read a dataset as the columns of rows that are made of its samples."""
    for batch in ds.blockwise():
        yield columns_of_rows([sample_map(sample) for sample in batch.samples])


def declared_forms(specs: Mapping[str, TypeSpec]) -> dict[str, Form]:
    """Return the forms of columns of which no value was seen."""
    return {name: declared(spec) for name, spec in specs.items()}


def join_forms(first: Mapping[str, Form], *others: Mapping[str, Form]) -> dict[str, Form]:
    """Return forms that hold all columns of both; a column that some rows lack is nullable."""
    return reduce(_join_two, others, dict(first))


def _join_two(a: Mapping[str, Form], b: Mapping[str, Form]) -> dict[str, Form]:
    return {name: join(a.get(name, NULL), b.get(name, NULL)) for name in {**a, **b}}


def survey_all(pieces: Iterable[Columns], specs: Mapping[str, TypeSpec]) -> dict[str, Form]:
    """Return forms that hold every column of every piece."""
    forms = declared_forms(specs)
    for piece in pieces:
        forms = _join_two(forms, piece.forms())
    return forms
