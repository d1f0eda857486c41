"""Python spelling, written: a sample class from a schema, without any source text.

A class follows from the content of its schema and its version: the same give the same class for as
long as somebody holds it, and schemas that differ in anything never share one (TRAPS S7). Classes
and their samples can be pickled and copied; what travels is the schema.
"""

from __future__ import annotations

import copyreg
import dataclasses
import threading
import types
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any
from weakref import WeakValueDictionary

import numpy as np

from atdata_nb.errors import SchemaError
from atdata_nb.samples.packable import packable
from atdata_nb.schemas.any_schema import read_schema
from atdata_nb.schemas.dtypes import parse_dtype
from atdata_nb.schemas.model import MISSING, Field, FieldType, Schema
from atdata_nb.schemas.schema_dict import SchemaDict
from atdata_nb.schemas.values import fresh, is_shared

if TYPE_CHECKING:
    from collections.abc import Mapping

_PRIMITIVES: dict[str, Any] = {
    "str": str,
    "int": int,
    "float": float,
    "bool": bool,
    "bytes": bytes,
    "any": Any,
}

# As plain values: what is built from them here is no type that a checker could follow.
_ndarray: Any = np.ndarray
_dtype: Any = np.dtype

# Reentrant, as a nested schema's class is made while the outer one is.
_lock = threading.RLock()
_made: WeakValueDictionary[str, type] = WeakValueDictionary()


class DecodedType(type):
    """The type of a sample class that was built from a schema."""

    __schema__: Schema

    def __repr__(cls) -> str:
        schema = cls.__dict__.get("__schema__")
        if schema is None:
            return super().__repr__()
        count = len(schema.fields)
        return f"<sample type {schema.name} {schema.version}: {count} field{'s' * (count != 1)}>"


def schema_to_type(schema: Schema | Mapping[str, Any]) -> type[Any]:
    """Return the sample class of a schema.

    Fields keep their order, defaults and descriptions; a field without a default after one with a
    default is keyword-only. ``__schema__`` is the schema, ``__schema_version__`` its version, and
    ``__schema_ref__`` where the class was first read from.

    Raises:
        SchemaError: the schema can't be read, or refers to one that is not in it.

    Example:
        >>> from atdata_nb.schemas import Field, FieldType, Schema
        >>> label = Field("label", FieldType(kind="primitive", primitive="int"))
        >>> Digit = schema_to_type(Schema("Digit", "1.0.0", (label,)))
        >>> Digit
        <sample type Digit 1.0.0: 1 field>
        >>> Digit.from_bytes(Digit(3).packed)
        Digit(label=3)
    """
    schema = read_schema(schema)
    key = schema.identity_cid
    with _lock:
        cls = _made.get(key)
        if cls is None:
            cls = _made[key] = _build(schema)
    return cls


def _build(schema: Schema) -> type:
    annotations: dict[str, Any] = {}
    namespace: dict[str, Any] = {
        "__module__": __name__,
        "__qualname__": schema.name,
        "__doc__": schema.description or f"A sample of schema {schema.name} {schema.version}.",
        "__annotations__": annotations,
    }
    keyword_only = False
    for item in schema.fields:
        annotations[item.name] = _annotation(schema, item)
        namespace[item.name] = _dataclass_field(item, keyword_only=keyword_only)
        keyword_only = keyword_only or not item.required
    cls: Any = types.new_class(
        schema.name, (), {"metaclass": DecodedType}, lambda body: body.update(namespace)
    )
    cls = packable(cls)
    # Only what follows from the key of the cache, so that it does not matter who came first.
    cls.__schema__ = replace(schema, ref=None, created_at=None, metadata=None)
    cls.__schema_version__ = schema.version
    cls.__schema_ref__ = schema.ref
    made: type = cls
    return made


def _dataclass_field(item: Field, *, keyword_only: bool) -> Any:
    metadata = {} if item.description is None else {"description": item.description}
    if item.default is MISSING:
        return dataclasses.field(kw_only=keyword_only, metadata=metadata)
    if is_shared(item.default):
        factory = partial(_value, item.type, item.default)
        return dataclasses.field(default_factory=factory, metadata=metadata)
    return dataclasses.field(default=item.default, metadata=metadata)


def _value(kind: FieldType, value: Any) -> Any:
    """Return a new value as a sample holds it: nested samples are samples, not dicts."""
    if value is not None and kind.items is not None:
        if kind.kind == "array":
            return [_value(kind.items, item) for item in value]
        return {key: _value(kind.items, item) for key, item in value.items()}
    if value is not None and kind.schema is not None:
        types = {item.name: item.type for item in kind.schema.fields}
        sample_type = schema_to_type(kind.schema)
        return sample_type(**{name: _value(types[name], item) for name, item in value.items()})
    return fresh(value)


def _annotation(schema: Schema, item: Field) -> Any:
    try:
        annotation = _type(item.type)
    except SchemaError as error:
        message = f"{schema.name}.{item.name}: {error}"
        raise SchemaError(message) from error
    return annotation | None if item.optional and annotation is not Any else annotation


def _type(kind: FieldType) -> Any:
    match kind.kind:
        case "primitive":
            return _PRIMITIVES[str(kind.primitive)]
        case "ndarray":
            return _array(kind)
        case "ref":
            return schema_to_type(_nested(kind))
    items: Any = Any if kind.items is None else _type(kind.items)
    if kind.items_optional and items is not Any:
        items |= None
    return list[items] if kind.kind == "array" else dict[str, items]


def _array(kind: FieldType) -> Any:
    dtype = None if kind.dtype is None else parse_dtype(kind.dtype)
    array = _ndarray if dtype is None else _ndarray[Any, _dtype[dtype.type]]
    # The scalar type says nothing of byte order, width or structure; the note does.
    notes = tuple(note for note in (dtype, kind.shape) if note is not None)
    return Annotated[(array, *notes)] if notes else array


def _nested(kind: FieldType) -> Schema:
    if kind.schema is None:
        message = f"the schema {kind.ref} is not in place here: fetch it, and put it in the ref"
        raise SchemaError(message)
    return kind.schema


def _reduce(cls: DecodedType) -> tuple[Any, ...] | str:
    if "__schema__" not in cls.__dict__:
        # Somebody's own class, derived from one that was built: it can be imported.
        return cls.__qualname__
    schema = replace(cls.__schema__, ref=cls.__dict__.get("__schema_ref__"))
    return _rebuild, (dict(SchemaDict.of(schema)),)


def _rebuild(data: dict[str, Any]) -> type:
    return schema_to_type(data)


# Both picklers look here before they take a class for one that can be imported.
copyreg.pickle(DecodedType, _reduce)
