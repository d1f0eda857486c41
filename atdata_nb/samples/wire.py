"""Wire: the msgspec struct that a block of samples is decoded into."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec
import numpy as np

from atdata_nb.errors import SampleTypeError
from atdata_nb.samples.annotations import MAX_DEPTH, TypeSpec, field_specs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from atdata_nb.samples.annotations import FieldSpec

PYTHON_TYPES: Final[Mapping[str, type]] = {
    "str": str,
    "int": int,
    "float": float,
    "bool": bool,
    "bytes": bytes,
}
_LONG: Final = 60


def wire_struct(specs: tuple[FieldSpec, ...], name: str = "Record") -> type[msgspec.Struct]:
    """Return the struct that a block of samples is decoded into.

    Its attributes are numbered: a field's own name might be one that msgspec uses itself.
    """
    return _struct(name, specs, 0)


def _struct(name: str, specs: tuple[FieldSpec, ...], depth: int) -> type[msgspec.Struct]:
    return msgspec.defstruct(
        name,
        [_struct_field(f"f{i}", spec, depth) for i, spec in enumerate(specs)],
        rename={f"f{i}": spec.name for i, spec in enumerate(specs)},
        # A nested field with a default may stand before one without.
        kw_only=depth > 0,
        forbid_unknown_fields=True,
        gc=False,
    )


def _struct_field(name: str, spec: FieldSpec, depth: int) -> Any:
    wire = _wire_type(spec.type, depth)
    if spec.required or depth == 0 or wire is Any:
        return (name, wire)
    # Of a sample itself, missing fields are filled in where a block decode fails; of a nested
    # one, here.
    return (name, wire | msgspec.UnsetType, msgspec.UNSET)


def _wire_type(spec: TypeSpec, depth: int) -> Any:
    if depth > MAX_DEPTH:
        message = f"samples nested deeper than {MAX_DEPTH}; a sample type can't hold itself"
        raise SampleTypeError(message)
    wire: Any
    match spec.kind:
        case "any":
            return Any
        case "ndarray":
            # A memoryview of the input: a large array is never copied while decoding.
            wire = memoryview
        case "list":
            wire = list[_wire_type(items_of(spec), depth + 1)]  # type: ignore[misc]
        case "dict":
            wire = dict[str, _wire_type(items_of(spec), depth + 1)]  # type: ignore[misc]
        case "packable":
            nested = field_specs(class_of(spec))
            wire = _struct("Nested", nested, depth + 1)
        case kind:
            wire = PYTHON_TYPES[kind]
    return wire | None if spec.optional else wire


def items_of(spec: TypeSpec) -> TypeSpec:
    """Type of the items of a list or dict."""
    assert spec.items is not None  # noqa: S101 - annotations give every list and dict its items
    return spec.items


def class_of(spec: TypeSpec) -> type:
    """Class of a nested sample."""
    assert spec.sample_type is not None  # noqa: S101 - likewise
    return spec.sample_type


def describe_type(spec: TypeSpec) -> str:
    """Return a type in the words of an annotation."""
    match spec.kind:
        case "ndarray":
            inner = "" if spec.dtype is None else f"[{spec.dtype}]"
            text = f"array{inner}" + ("" if spec.shape is None else f" of shape {spec.shape}")
        case "list":
            text = f"list[{describe_type(items_of(spec))}]"
        case "dict":
            text = f"dict[str, {describe_type(items_of(spec))}]"
        case "packable":
            text = class_of(spec).__qualname__
        case kind:
            text = kind
    return f"{text} | None" if spec.optional and spec.kind != "any" else text


def describe_value(value: Any) -> str:
    """Return a value in a few words, for an error."""
    if isinstance(value, np.ndarray):
        return f"an array of {value.dtype} {value.shape}"
    text = repr(value)
    return f"{type(value).__qualname__} {text if len(text) <= _LONG else text[:_LONG] + '…'}"
