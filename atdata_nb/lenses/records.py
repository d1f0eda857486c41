"""RecordLens: a sequence of steps as the getter and the putter between two types."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from atdata_nb.errors import LensError
from atdata_nb.lenses.casts import type_of
from atdata_nb.lenses.compatible import is_value
from atdata_nb.lenses.definitions import type_name
from atdata_nb.lenses.following import check_end, fields_of, follow_steps, nested_values
from atdata_nb.lenses.running import Record, run_step, undo_step
from atdata_nb.samples.packable import same_value
from atdata_nb.samples.wire import describe_type

if TYPE_CHECKING:
    from collections.abc import Sequence

    from atdata_nb.lenses.declarative import DeclarativeLens
    from atdata_nb.schemas.steps import Step


class RecordLens:
    """The getter (as a call) and the putter of a sequence of steps between two types.

    Raises:
        LensError: the steps do not lead from the fields of the source to those of the view.
    """

    def __init__(
        self,
        steps: Sequence[Step],
        source_type: type,
        view_type: type,
        *,
        declaration: DeclarativeLens | None = None,
    ) -> None:
        self.declaration = declaration
        self._steps = tuple(steps)
        self._source_type, self._view_type = source_type, view_type
        self._source_fields = fields_of(source_type)
        self._types = follow_steps(self._steps, {f.name: f.type for f in self._source_fields})
        self._nested = nested_values(self._types[-1], view_type)
        check_end(self._types[-1], view_type, self._nested)

    def __call__(self, source: Any) -> Any:
        """Return the view of a source."""
        record = self._read(source)
        for step in self._steps:
            record = run_step(step, record)
        for name, value in self._nested.items():
            record[name] = value.made()
        return self._view_type(**record)

    def put(self, view: Any, source: Any) -> Any:
        """Return the source with the view's values in it.

        Raises:
            LensError: the source has no place for a value of the view.
        """
        stages = [self._read(source)]
        for step in self._steps:
            stages.append(run_step(step, stages[-1]))
        record = {name: getattr(view, name) for name in stages[-1]}
        for name, value in self._nested.items():
            if same_value(record[name], value.made()):
                record[name] = value.plain
        for place in reversed(range(len(self._steps))):
            record = undo_step(self._steps[place], record, stages[place], self._types[place])
        self._check_source(record, stages[0])
        return replace(source, **record)

    def _read(self, source: Any) -> Record:
        return {spec.name: getattr(source, spec.name) for spec in self._source_fields}

    def _check_source(self, record: Record, before: Record) -> None:
        for spec in self._source_fields:
            unchanged = record[spec.name] is before[spec.name]
            if not (unchanged or is_value(record[spec.name], spec.type)):
                message = (
                    f"{type_name(self._source_type)}.{spec.name} is {describe_type(spec.type)}; a "
                    f"{type_of(record[spec.name])} of the view can't be put into it"
                )
                raise LensError(message)
