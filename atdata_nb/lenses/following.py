"""Following: what is known of each field before every step, so that steps are checked once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

from atdata_nb.errors import LensError, SampleDecodeError, SampleTypeError
from atdata_nb.lenses.casts import NUMBERS, SCALARS, cast_value, number_dtype
from atdata_nb.lenses.compatible import is_value, may_stand
from atdata_nb.lenses.definitions import type_name
from atdata_nb.samples import FieldSpec, TypeSpec, codec_of, field_specs
from atdata_nb.samples.wire import describe_type
from atdata_nb.schemas.steps import Cast, Constant, Default, Rename, Select, Step
from atdata_nb.schemas.values import fresh

if TYPE_CHECKING:
    from collections.abc import Sequence

    from atdata_nb.samples.annotations import Kind


class Literal(NamedTuple):
    """A field whose value is known: a step says it."""

    value: Any


Types = dict[str, TypeSpec | Literal]


class NestedValue(NamedTuple):
    """A plain value that a step gives to a field of samples, or of lists of them."""

    plain: Any
    spec: TypeSpec

    def made(self) -> Any:
        """Return the samples that the value stands for, each time new ones."""
        return _make_samples(self.plain, self.spec)


def follow_steps(steps: Sequence[Step], start: dict[str, TypeSpec]) -> tuple[Types, ...]:
    """Return what is known of the fields before each step, and after the last.

    Raises:
        LensError: a step is about a field that is not there, or can't be done to its type.
    """
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
        message = f"default: {step.field} is {describe_type(known)}, not {step.value!r:.80}"
        raise LensError(message)
    return types | {step.field: filled}


def _follow_cast(step: Cast, types: Types) -> Types:
    _require(step, step.field, types)
    known = types[step.field]
    if isinstance(known, Literal):
        return types | {step.field: Literal(cast_value(known.value, step.to, step.field))}
    if known.kind == "ndarray" and (known.dtype is None or known.dtype.kind in NUMBERS):
        return types | {step.field: replace(known, dtype=number_dtype(step.to, step.field))}
    if known.kind in SCALARS and step.to in SCALARS:
        return types | {step.field: replace(known, kind=cast("Kind", step.to))}
    message = f"cast: {step.field} is {describe_type(known)}, which can't become {step.to}"
    raise LensError(message)


def _follow_constant(step: Constant, types: Types) -> Types:
    return types | {step.field: Literal(step.value)}


def fields_of(cls: type) -> tuple[FieldSpec, ...]:
    """Return the fields of a class.

    Raises:
        LensError: it declares none.
    """
    try:
        return field_specs(cls)
    except SampleTypeError as error:
        message = f"{type_name(cls)} declares no fields that steps could be about: {error}"
        raise LensError(message) from error


def nested_values(types: Types, view_type: type) -> dict[str, NestedValue]:
    """Return the fields of a view that steps fill with whole samples."""
    found = {}
    for spec in fields_of(view_type):
        given = types.get(spec.name)
        if isinstance(given, Literal) and given.value is not None and _holds_samples(spec.type):
            found[spec.name] = NestedValue(given.value, spec.type)
    return found


def _holds_samples(spec: TypeSpec) -> bool:
    return spec.kind == "packable" or (spec.items is not None and _holds_samples(spec.items))


def check_end(types: Types, view_type: type, nested: dict[str, NestedValue]) -> None:
    """Check that what the steps leave is what a view has.

    Raises:
        LensError: a field is missing, of another type, or one too many.
    """
    wanted = {spec.name: spec.type for spec in fields_of(view_type)}
    name = type_name(view_type)
    for field, spec in wanted.items():
        if field not in types:
            message = f"{name}.{field}: no step gives it a value; a Default or Constant would"
            raise LensError(message)
        if field in nested:
            _check_nested(f"{name}.{field}", nested[field])
        elif not _fits(types[field], spec):
            shown, spelled = _show(types[field]), describe_type(spec)
            message = f"{name}.{field} is {spelled}, but gets {shown[:80]}"
            raise LensError(message)
    extra = [field for field in types if field not in wanted]
    if extra:
        message = f"{name} has no {', '.join(extra[:5])}; a Select drops what it does not have"
        raise LensError(message)


def _make_samples(value: Any, spec: TypeSpec) -> Any:
    if spec.sample_type is not None and isinstance(value, dict):
        return codec_of(spec.sample_type).from_data(value)
    if spec.items is not None and isinstance(value, list):
        return [_make_samples(item, spec.items) for item in value]
    if spec.items is not None and isinstance(value, dict):
        return {key: _make_samples(item, spec.items) for key, item in value.items()}
    return fresh(value)


def _check_nested(where: str, value: NestedValue) -> None:
    try:
        fits = is_value(value.made(), value.spec)
    except (SampleDecodeError, KeyError, TypeError) as error:
        message = f"{where} can't be made from {value.plain!r:.80}: {error}"
        raise LensError(message) from error
    if not fits:
        message = f"{where} is {describe_type(value.spec)}, but gets {value.plain!r:.80}"
        raise LensError(message)


def _fits(given: TypeSpec | Literal, wanted: TypeSpec) -> bool:
    if isinstance(given, Literal):
        return is_value(given.value, wanted)
    return may_stand(given, wanted)


def _show(given: TypeSpec | Literal) -> str:
    return repr(given.value) if isinstance(given, Literal) else describe_type(given)


_FOLLOW: Final[dict[type, Any]] = {
    Rename: _follow_rename,
    Select: _follow_select,
    Default: _follow_default,
    Cast: _follow_cast,
    Constant: _follow_constant,
}
