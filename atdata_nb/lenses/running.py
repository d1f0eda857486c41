"""Running: each step done to the values of one record, and undone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from atdata_nb.errors import LensError
from atdata_nb.lenses.casts import cast_value, type_of
from atdata_nb.lenses.following import Literal, Types
from atdata_nb.samples.packable import same_value
from atdata_nb.schemas.steps import Cast, Constant, Default, Rename, Select, Step
from atdata_nb.schemas.values import fresh

if TYPE_CHECKING:
    from atdata_nb.samples import TypeSpec

Record = dict[str, Any]


def run_step(step: Step, record: Record) -> Record:
    """Return what a record is after a step.

    Raises:
        LensError: a value can't be cast.
    """
    after: Record = _FORWARD[type(step)](step, record)
    return after


def undo_step(step: Step, record: Record, before: Record, types: Types) -> Record:
    """Return what a record is before a step, so that the step makes it what it is.

    Args:
        step: the step.
        record: what there is to be after it.
        before: what there was before it.
        types: what is known of the fields before it.

    Raises:
        LensError: nothing that the source can hold becomes that by the step.
    """
    earlier: Record = _BACKWARD[type(step)](step, record, before, types)
    return earlier


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
            f"{step.field} was filled with {step.value!r:.80} and has no place in the source, so "
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
        message = f"{field}: {value!r:.80} would not come back the same after being put"
        raise LensError(message)
    return record | {field: back}


def _cast_origin(value: Any, known: TypeSpec | Literal) -> str:
    if value is not None or isinstance(known, Literal):
        return type_of(value)
    return str(known.dtype) if known.kind == "ndarray" else known.kind


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
