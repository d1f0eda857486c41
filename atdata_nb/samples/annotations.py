"""Field specifications: what a sample class says about its fields, resolved once per class."""

from __future__ import annotations

import dataclasses
import inspect
import sys
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, dataclass, replace
from typing import Annotated, Any, Final, Literal, TypeAlias, Union, get_args, get_origin

import numpy as np

from atdata_nb.errors import SampleTypeError

Kind: TypeAlias = Literal[
    "str", "int", "float", "bool", "bytes", "ndarray", "list", "dict", "packable", "any"
]
Shape: TypeAlias = tuple[int | None, ...]

PRIMITIVES: Final[Mapping[type, Kind]] = {
    str: "str",
    int: "int",
    float: "float",
    bool: "bool",
    bytes: "bytes",
}
MAX_DEPTH: Final = 32


@dataclass(frozen=True, slots=True)
class TypeSpec:
    """The type of a field, or of the items of a list or dict.

    Attributes:
        kind: which of the ten kinds a value is.
        optional: whether the value may be None.
        dtype: element type of an array; None means any.
        shape: declared shape of an array, None for a free axis; None means any.
        items: type of the items of a list, or of the values of a dict (its keys are str).
        sample_type: the nested sample class.
    """

    kind: Kind
    optional: bool = False
    dtype: np.dtype[Any] | None = None
    shape: Shape | None = None
    items: TypeSpec | None = None
    sample_type: type | None = None


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """One field of a sample class, in the order of definition."""

    name: str
    type: TypeSpec
    default: Any = MISSING
    default_factory: Callable[[], Any] | Any = MISSING
    description: str | None = None

    @property
    def required(self) -> bool:
        """Whether a sample can't be made without a value for it."""
        return self.default is MISSING and self.default_factory is MISSING


def field_specs(cls: type) -> tuple[FieldSpec, ...]:
    """Return the fields of a sample class, in order.

    Raises:
        SampleTypeError: a field's annotation is none that a sample can hold, or names something
            that is not defined.

    Example:
        >>> import numpy as np
        >>> from numpy.typing import NDArray
        >>> from atdata_nb.samples import packable
        >>> @packable
        ... class Point:
        ...     label: str
        ...     xy: NDArray[np.float32]
        >>> [(f.name, f.type.kind) for f in field_specs(Point)]
        [('label', 'str'), ('xy', 'ndarray')]
    """
    # Kept on the class, and only for itself: a re-defined class leaves nothing behind.
    found: tuple[FieldSpec, ...] | None = cls.__dict__.get("__atdata_fields__")
    if found is None:
        found = _read_fields(cls)
        cls.__atdata_fields__ = found  # type: ignore[attr-defined]
    return found


def _read_fields(cls: type) -> tuple[FieldSpec, ...]:
    if not dataclasses.is_dataclass(cls):
        message = f"{cls.__qualname__} is no sample class: decorate it with @packable"
        raise SampleTypeError(message)
    hints = _resolve_hints(cls)
    # What __post_init__ derives (init=False) is not stored.
    stored = [field for field in dataclasses.fields(cls) if field.init]
    return tuple(_read_field(cls, field, hints[field.name]) for field in stored)


def _read_field(cls: type, field: dataclasses.Field[Any], hint: Any) -> FieldSpec:
    where = f"{cls.__qualname__}.{field.name}"
    spec, description = _read_type(hint, where, depth=0)
    return FieldSpec(
        name=field.name,
        type=spec,
        default=field.default,
        default_factory=field.default_factory,
        description=field.metadata.get("description", description),
    )


def _resolve_hints(cls: type) -> dict[str, Any]:
    hints: dict[str, Any] = {}
    stored = {field.name for field in dataclasses.fields(cls)}
    for base in reversed(cls.__mro__):
        annotations = _own_annotations(base)
        # Names a class body saw: its module, what @packable noted of the function it stood in,
        # and the class itself.
        names = dict(vars(sys.modules.get(base.__module__, typing)))
        names |= base.__dict__.get("__atdata_scope__", {})
        names.setdefault(base.__name__, base)
        for name, hint in annotations.items():
            if name in stored:
                hints[name] = _resolve(hint, names, f"{cls.__qualname__}.{name}")
    return hints


def _own_annotations(cls: type) -> dict[str, Any]:
    if sys.version_info >= (3, 14):
        import annotationlib

        return annotationlib.get_annotations(cls, format=annotationlib.Format.FORWARDREF)
    return inspect.get_annotations(cls)


def _resolve(hint: Any, names: dict[str, Any], where: str) -> Any:
    holder = types.SimpleNamespace(__annotations__={"hint": hint})
    try:
        return typing.get_type_hints(holder, globalns=names, include_extras=True)["hint"]
    except NameError as error:
        message = f"{where}: the annotation {hint!r} names {error.name!r}, which is not defined"
        raise SampleTypeError(message) from error
    except (TypeError, SyntaxError, AttributeError) as error:
        message = f"{where}: the annotation {hint!r} can't be resolved: {error}"
        raise SampleTypeError(message) from error


def _read_type(hint: Any, where: str, *, depth: int) -> tuple[TypeSpec, str | None]:
    if depth > MAX_DEPTH:
        message = f"{where}: types nested deeper than {MAX_DEPTH}"
        raise SampleTypeError(message)
    if get_origin(hint) is Annotated:
        return _read_annotated(hint, where, depth=depth)
    if get_origin(hint) in {Union, types.UnionType}:
        return _read_optional(hint, where, depth=depth)
    if hint in PRIMITIVES:
        return TypeSpec(PRIMITIVES[hint]), None
    if hint is Any:
        return TypeSpec("any", optional=True), None
    if _is_array(hint):
        return TypeSpec("ndarray", dtype=_array_dtype(hint, where)), None
    origin = get_origin(hint) or hint
    if origin in {list, Sequence}:
        return _read_container("list", get_args(hint), where, depth=depth), None
    if origin in {dict, Mapping}:
        return _read_dict(get_args(hint), where, depth=depth), None
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        return TypeSpec("packable", sample_type=hint), None
    message = (
        f"{where}: {_spell(hint)} can't be stored in a sample; use str, int, float, bool, bytes, "
        "NDArray, list[T], dict[str, T], a @packable class, or one of these | None"
    )
    raise SampleTypeError(message)


def _read_annotated(hint: Any, where: str, *, depth: int) -> tuple[TypeSpec, str | None]:
    inner, *notes = get_args(hint)
    spec, description = _read_type(inner, where, depth=depth + 1)
    for note in notes:
        if isinstance(note, str):
            description = note
        elif isinstance(note, tuple) and spec.kind == "ndarray":
            spec = replace(spec, shape=_check_shape(note, where))
        elif isinstance(note, np.dtype) and spec.kind == "ndarray":
            # What a scalar type can't say: byte order, width, structure.
            spec = replace(spec, dtype=note)
    return spec, description


def _check_shape(shape: tuple[Any, ...], where: str) -> Shape:
    for axis in shape:
        if axis is not None and (not isinstance(axis, int) or isinstance(axis, bool) or axis < 0):
            message = f"{where}: an axis of the shape {shape!r} is neither a length nor None"
            raise SampleTypeError(message)
    return shape


def _read_optional(hint: Any, where: str, *, depth: int) -> tuple[TypeSpec, str | None]:
    members = [arg for arg in get_args(hint) if arg is not type(None)]
    if len(members) != 1:
        names = " | ".join(_spell(member) for member in members)
        message = f"{where}: {names}: a field has one type (or None), not several"
        raise SampleTypeError(message)
    spec, description = _read_type(members[0], where, depth=depth + 1)
    return replace(spec, optional=True), description


def _read_container(kind: Kind, args: tuple[Any, ...], where: str, *, depth: int) -> TypeSpec:
    if not args or isinstance(args[0], typing.TypeVar):
        return TypeSpec(kind, items=TypeSpec("any", optional=True))
    items, _ = _read_type(args[0], f"{where}[]", depth=depth + 1)
    return TypeSpec(kind, items=items)


def _read_dict(args: tuple[Any, ...], where: str, *, depth: int) -> TypeSpec:
    if args and args[0] is not str and not isinstance(args[0], typing.TypeVar):
        message = f"{where}: the keys of a dict are str, not {_spell(args[0])}"
        raise SampleTypeError(message)
    return _read_container("dict", args[1:], where, depth=depth)


def _is_array(hint: Any) -> bool:
    return hint is np.ndarray or get_origin(hint) is np.ndarray


def _array_dtype(hint: Any, where: str) -> np.dtype[Any] | None:
    for arg in get_args(hint):
        if get_origin(arg) is np.dtype:
            (scalar,) = get_args(arg)
            return _scalar_dtype(scalar, where)
    return None


def _scalar_dtype(scalar: Any, where: str) -> np.dtype[Any] | None:
    # NDArray without an argument is ndarray[Any, dtype[TypeVar]]; np.floating is no one dtype.
    if scalar is Any or not isinstance(scalar, type) or scalar in _ABSTRACT_SCALARS:
        return None
    dtype = np.dtype(scalar)
    if dtype.hasobject:
        message = f"{where}: arrays of Python objects can't be stored (they would need pickle)"
        raise SampleTypeError(message)
    # A flexible scalar type (np.str_) says nothing of its width.
    return None if dtype.itemsize == 0 else dtype


_ABSTRACT_SCALARS: Final = frozenset(
    {
        np.generic,
        np.number,
        np.integer,
        np.signedinteger,
        np.unsignedinteger,
        np.inexact,
        np.floating,
        np.complexfloating,
        np.flexible,
        np.character,
    }
)


def _spell(hint: Any) -> str:
    return hint.__qualname__ if isinstance(hint, type) and not get_args(hint) else str(hint)
