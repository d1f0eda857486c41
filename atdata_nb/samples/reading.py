"""Reading: field values from what msgpack stored, or from what a caller gives."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from msgspec import UNSET

from atdata_nb.errors import SampleDecodeError
from atdata_nb.samples.annotations import field_specs
from atdata_nb.samples.arrays import bytes_to_array
from atdata_nb.samples.wire import class_of, describe_type, describe_value, items_of
from atdata_nb.samples.writing import CONVERTERS, write_list

if TYPE_CHECKING:
    from atdata_nb.samples.annotations import TypeSpec

Reader: TypeAlias = Callable[[Any], Any]


def reader_of(spec: TypeSpec) -> Reader | None:
    """Return a function from a stored value to a sample's, or None where they are the same."""
    match spec.kind:
        case "ndarray":
            read: Reader | None = bytes_to_array
        case "list":
            read = _list_reader(reader_of(items_of(spec)))
        case "dict":
            read = _dict_reader(reader_of(items_of(spec)))
        case "packable":
            read = _nested_reader(class_of(spec))
        case _:
            return None
    if read is None or not spec.optional:
        return read
    return lambda value: None if value is None else read(value)


def _list_reader(item: Reader | None) -> Reader | None:
    return None if item is None else lambda values: [item(value) for value in values]


def _dict_reader(item: Reader | None) -> Reader | None:
    if item is None:
        return None
    return lambda values: {key: item(value) for key, value in values.items()}


def _nested_reader(cls: type) -> Reader:
    specs = field_specs(cls)
    parts = [(f"f{i}", spec.name, reader_of(spec.type)) for i, spec in enumerate(specs)]

    def read(record: Any) -> Any:
        stored = ((name, part, getattr(record, attr)) for attr, name, part in parts)
        # What is not there has a default, or the record would not have been decoded.
        return cls(**{n: _read(part, value) for n, part, value in stored if value is not UNSET})

    return read


def _read(part: Reader | None, value: Any) -> Any:
    return part(value) if part else value


def accept(spec: TypeSpec, value: Any, where: str) -> Any:
    """Return a value given to ``from_data`` as the field holds it: bytes become arrays.

    Raises:
        SampleDecodeError: the value is not of the field's type.
    """
    if value is None and not spec.optional:
        message = f"{where}: None, but the field is not optional"
        raise SampleDecodeError(message)
    if value is None or spec.kind == "any":
        return value
    try:
        return _accept(spec, value, where)
    except (TypeError, ValueError, OverflowError, AttributeError) as error:
        if isinstance(error, SampleDecodeError):
            raise
        message = f"{where}: {describe_value(value)} is no {describe_type(spec)}: {error}"
        raise SampleDecodeError(message) from error


def _accept(spec: TypeSpec, value: Any, where: str) -> Any:
    match spec.kind:
        case "ndarray":
            if isinstance(value, bytes | bytearray | memoryview):
                return bytes_to_array(value)
            return value if isinstance(value, np.ndarray) else np.asarray(value)
        case "list":
            return [accept(items_of(spec), part, f"{where}[]") for part in write_list(value, None)]
        case "dict":
            parts = value.items()
            return {key: accept(items_of(spec), part, f"{where}[{key!r}]") for key, part in parts}
        case "packable":
            cls = class_of(spec)
            if isinstance(value, cls):
                return value
            fields = {field.name: field for field in field_specs(cls)}
            parts = value.items()
            unknown = [key for key in value if key not in fields]
            if unknown:
                message = f"unknown field {str(unknown[0])[:80]!r}"
                raise ValueError(message)
            return cls(
                **{key: accept(fields[key].type, part, f"{where}.{key}") for key, part in parts}
            )
        case kind:
            return CONVERTERS[kind](value)
