"""Python spelling, read: the schema of a sample class."""

from __future__ import annotations

import inspect
import warnings
from dataclasses import MISSING as NO_DEFAULT
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from atdata_nb.errors import SchemaError, SchemaWarning
from atdata_nb.samples.annotations import field_specs
from atdata_nb.schemas.dtypes import dtype_text
from atdata_nb.schemas.fields import named
from atdata_nb.schemas.model import MISSING, Field, FieldType, Schema
from atdata_nb.schemas.values import canonical, plain

if TYPE_CHECKING:
    from atdata_nb.samples.annotations import FieldSpec, TypeSpec

_FIRST_VERSION = "1.0.0"

# Every dataset asks for the schema of its type. Weakly, so that a re-defined class goes.
_known: WeakKeyDictionary[type, tuple[Schema, str | None]] = WeakKeyDictionary()


def schema_from_type(
    cls: type,
    *,
    name: str | None = None,
    version: str | None = None,
    description: str | None = None,
) -> Schema:
    """Return the schema of a sample class.

    The name is the class's, the description its docstring if it was given one, the version 1.0.0.
    A class that was built from a schema gives that schema.

    Raises:
        SampleTypeError: the class is no sample class.
        SchemaError: a field can't be carried by a schema; the message names it.

    Example:
        >>> from atdata_nb.samples import packable
        >>> @packable
        ... class Reading:
        ...     '''One temperature.'''
        ...     station: str
        ...     celsius: float = 0.0
        >>> schema_from_type(Reading)
        Reading 1.0.0
        One temperature.
        field    type   default  description
        station  str
        celsius  float  0.0
    """
    schema = _schema_of(cls, ())
    return replace(
        schema,
        name=schema.name if name is None else name,
        version=schema.version if version is None else version,
        description=schema.description if description is None else description,
    )


def own_docstring(cls: type) -> str | None:
    """Return the docstring that somebody wrote for a class; not the signature dataclass makes."""
    text = cls.__dict__.get("__doc__")
    if not isinstance(text, str) or not text.strip() or text == _generated_docstring(cls):
        return None
    return inspect.cleandoc(text)


def _generated_docstring(cls: type) -> str | None:
    try:
        return cls.__name__ + str(inspect.signature(cls)).replace(" -> None", "")
    except (TypeError, ValueError):
        return None


def _schema_of(cls: type, outer: tuple[type, ...]) -> Schema:
    built = cls.__dict__.get("__schema__")
    if isinstance(built, Schema):
        return built
    # A docstring can be given to a class later.
    known, doc = _known.get(cls, (None, None))
    if known is not None and doc == cls.__doc__:
        return known
    if cls in outer:
        message = f"{cls.__qualname__} holds itself: a schema in place would have no end"
        raise SchemaError(message)
    specs = field_specs(cls)
    schema = Schema(
        name=cls.__name__,
        version=_FIRST_VERSION,
        fields=tuple(_field(cls, spec, (*outer, cls)) for spec in specs),
        description=own_docstring(cls),
    )
    if all(map(_lasts, specs)):
        _known[cls] = schema, cls.__doc__
    return schema


def _lasts(spec: FieldSpec) -> bool:
    """Whether a field says the same each time: not if a factory or a nested sample is asked."""
    kind: TypeSpec | None = spec.type
    while kind is not None:
        if kind.sample_type is not None:
            return False
        kind = kind.items
    return spec.default_factory is NO_DEFAULT


def _field(cls: type, spec: FieldSpec, outer: tuple[type, ...]) -> Field:
    where = f"{cls.__qualname__}.{spec.name}"
    try:
        return Field(
            name=spec.name,
            type=_type(spec.type, outer),
            optional=spec.type.optional,
            default=_default(spec, where),
            description=spec.description,
        )
    except SchemaError as error:
        raise named(error, where) from error


def _type(spec: TypeSpec, outer: tuple[type, ...]) -> FieldType:
    match spec.kind:
        case "ndarray":
            dtype = None if spec.dtype is None else dtype_text(spec.dtype)
            return FieldType(kind="ndarray", dtype=dtype, shape=spec.shape)
        case "list" | "dict":
            items = spec.items
            return FieldType(
                kind="array" if spec.kind == "list" else "map",
                items=None if items is None else _type(items, outer),
                items_optional=items is not None and items.optional,
            )
        case "packable":
            nested = None if spec.sample_type is None else _schema_of(spec.sample_type, outer)
            return FieldType(kind="ref", schema=nested)
        case kind:
            return FieldType(kind="primitive", primitive=kind)


def _default(spec: FieldSpec, where: str) -> Any:
    if spec.default is not NO_DEFAULT:
        return plain(spec.default, where)
    if spec.default_factory is NO_DEFAULT:
        return MISSING
    first, second = plain(spec.default_factory(), where), plain(spec.default_factory(), where)
    if canonical(first) == canonical(second):
        return first
    # An identifier or a time: a schema can only hold values, so the field becomes a required one.
    warnings.warn(
        f"{where}: the default is lost, its factory gives another value each time",
        SchemaWarning,
        stacklevel=5,
    )
    return MISSING
