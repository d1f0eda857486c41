"""Record lens: steps run on samples, forwards and, as far as they can be undone, backwards."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

import numpy as np

from atdata_nb.errors import LensError, SampleTypeError
from atdata_nb.lenses.casts import DTYPES, SCALARS, cast_value, type_of
from atdata_nb.lenses.compatible import is_value, may_stand
from atdata_nb.lenses.definitions import type_name
from atdata_nb.samples import FieldSpec, TypeSpec, field_specs
from atdata_nb.samples.packable import same_value
from atdata_nb.samples.wire import describe_type
from atdata_nb.schemas.steps import Cast, Constant, Default, Rename, Select, Step
from atdata_nb.schemas.values import fresh

if TYPE_CHECKING:
    from collections.abc import Sequence

    from atdata_nb.lenses.declarative import DeclarativeLens
    from atdata_nb.samples.annotations import Kind

Record = dict[str, Any]


class Literal(NamedTuple):
    """A field whose value is known: a step says it."""

    value: Any


Types = dict[str, TypeSpec | Literal]


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
        self._source_fields = _fields_of(source_type)
        self._types = _follow(self._steps, {f.name: f.type for f in self._source_fields})
        _check_end(self._types[-1], view_type)

    def __call__(self, source: Any) -> Any:
        """Return the view of a source."""
        record = self._read(source)
        for step in self._steps:
            record = _FORWARD[type(step)](step, record)
        return self._view_type(**record)

    def put(self, view: Any, source: Any) -> Any:
        """Return the source with the view's values in it.

        Raises:
            LensError: the source has no place for a value of the view.
        """
        stages = [self._read(source)]
        for step in self._steps:
            stages.append(_FORWARD[type(step)](step, stages[-1]))
        record = {name: getattr(view, name) for name in stages[-1]}
        for place in reversed(range(len(self._steps))):
            step = self._steps[place]
            record = _BACKWARD[type(step)](step, record, stages[place], self._types[place])
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


def _fields_of(cls: type) -> tuple[FieldSpec, ...]:
    try:
        return field_specs(cls)
    except SampleTypeError as error:
        message = f"{type_name(cls)} declares no fields that steps could be about: {error}"
        raise LensError(message) from error


def _check_end(types: Types, view_type: type) -> None:
    wanted = {spec.name: spec.type for spec in _fields_of(view_type)}
    name = type_name(view_type)
    for field, spec in wanted.items():
        if field not in types:
            message = f"{name}.{field}: no step gives it a value; a Default or Constant would"
            raise LensError(message)
        if not _fits(types[field], spec):
            shown, spelled = _show(types[field]), describe_type(spec)
            message = f"{name}.{field} is {spelled}, but gets {shown[:80]}"
            raise LensError(message)
    extra = [field for field in types if field not in wanted]
    if extra:
        message = f"{name} has no {', '.join(extra[:5])}; a Select drops what it does not have"
        raise LensError(message)


def _fits(given: TypeSpec | Literal, wanted: TypeSpec) -> bool:
    if isinstance(given, Literal):
        return is_value(given.value, wanted)
    return may_stand(given, wanted)


def _show(given: TypeSpec | Literal) -> str:
    return repr(given.value) if isinstance(given, Literal) else describe_type(given)


# What is known of the fields before each step, and after the last.


def _follow(steps: Sequence[Step], start: dict[str, TypeSpec]) -> tuple[Types, ...]:
    types: list[Types] = [dict(start)]
    for step in steps:
        types.append(_FOLLOW[type(step)](step, types[-1]))
    return tuple(types)


def _require(step: Step, field: str, types: Types) -> None:
    if field not in types:
        verb = type(step).__name__.lower()
        known = ", ".join(list(types)[:8]) or "none"
        message = f"{verb}: there is no field {field!r} at that step; there are: {known}"
        raise LensError(message)


def _follow_rename(step: Rename, types: Types) -> Types:
    _require(step, step.old, types)
    if step.new != step.old and step.new in types:
        message = f"rename: {step.old} can't become {step.new}, which is there already"
        raise LensError(message)
    return {step.new if name == step.old else name: known for name, known in types.items()}


def _follow_select(step: Select, types: Types) -> Types:
    for field in step.fields:
        _require(step, field, types)
    return {field: types[field] for field in step.fields}


def _follow_default(step: Default, types: Types) -> Types:
    known = types.get(step.field)
    if known is None:
        return types | {step.field: Literal(step.value)}
    if isinstance(known, Literal):
        return types if known.value is not None else types | {step.field: Literal(step.value)}
    # A None as the default changes nothing.
    filled = replace(known, optional=known.optional and step.value is None)
    if not is_value(step.value, known):
        message = f"default: {step.field} is {describe_type(known)}, not {step.value!r}"
        raise LensError(message)
    return types | {step.field: filled}


def _follow_cast(step: Cast, types: Types) -> Types:
    _require(step, step.field, types)
    known = types[step.field]
    if isinstance(known, Literal):
        return types | {step.field: Literal(cast_value(known.value, step.to, step.field))}
    if known.kind == "ndarray" and step.to in DTYPES:
        return types | {step.field: replace(known, dtype=np.dtype(step.to))}
    if known.kind in SCALARS and step.to in SCALARS:
        return types | {step.field: replace(known, kind=cast("Kind", step.to))}
    message = f"cast: {step.field} is {describe_type(known)}, which can't become {step.to}"
    raise LensError(message)


def _follow_constant(step: Constant, types: Types) -> Types:
    return types | {step.field: Literal(step.value)}


# Forwards.


def _rename(step: Rename, record: Record) -> Record:
    return {step.new if name == step.old else name: value for name, value in record.items()}


def _select(step: Select, record: Record) -> Record:
    return {field: record[field] for field in step.fields}


def _default(step: Default, record: Record) -> Record:
    return record if record.get(step.field) is not None else _constant(step, record)


def _cast(step: Cast, record: Record) -> Record:
    return record | {step.field: cast_value(record[step.field], step.to, step.field)}


def _constant(step: Default | Constant, record: Record) -> Record:
    # Two samples must not share one list: a change to one would change the other.
    return record | {step.field: fresh(step.value)}


# Backwards: what the record was before the step, given what it was then and what is known of it.


def _undo_rename(step: Rename, record: Record, before: Record, types: Types) -> Record:  # noqa: ARG001
    return _rename(Rename(step.new, step.old), record)


def _undo_select(step: Select, record: Record, before: Record, types: Types) -> Record:  # noqa: ARG001
    return before | record


def _undo_default(step: Default, record: Record, before: Record, types: Types) -> Record:  # noqa: ARG001
    if before.get(step.field) is not None:
        return record
    if step.field not in before:
        return _drop_filled(step, record)
    unchanged = same_value(record[step.field], step.value)
    return record | {step.field: None} if unchanged else record


def _undo_constant(step: Constant, record: Record, before: Record, types: Types) -> Record:  # noqa: ARG001
    rest = _drop_filled(step, record)
    return rest | {step.field: before[step.field]} if step.field in before else rest


def _drop_filled(step: Default | Constant, record: Record) -> Record:
    if not same_value(record[step.field], step.value):
        message = (
            f"{step.field} was filled with {step.value!r} and has no place in the source, so "
            f"another value can't be put back"
        )
        raise LensError(message)
    return {name: value for name, value in record.items() if name != step.field}


def _undo_cast(step: Cast, record: Record, before: Record, types: Types) -> Record:
    value, field = record[step.field], step.field
    if same_value(value, cast_value(before[field], step.to, field)):
        return record | {field: before[field]}
    back = cast_value(value, _cast_origin(before[field], types[field]), field)
    if not same_value(cast_value(back, step.to, field), value):
        message = f"{field}: {value!r} would not come back the same after being put"
        raise LensError(message)
    return record | {field: back}


def _cast_origin(value: Any, known: TypeSpec | Literal) -> str:
    if value is not None or isinstance(known, Literal):
        return type_of(value)
    return str(known.dtype) if known.kind == "ndarray" else known.kind


_FOLLOW: Final[dict[type, Any]] = {
    Rename: _follow_rename,
    Select: _follow_select,
    Default: _follow_default,
    Cast: _follow_cast,
    Constant: _follow_constant,
}
_FORWARD: Final[dict[type, Any]] = {
    Rename: _rename,
    Select: _select,
    Default: _default,
    Cast: _cast,
    Constant: _constant,
}
_BACKWARD: Final[dict[type, Any]] = {
    Rename: _undo_rename,
    Select: _undo_select,
    Default: _undo_default,
    Cast: _undo_cast,
    Constant: _undo_constant,
}
