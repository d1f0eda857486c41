"""Writing: field values as msgpack stores them, each checked against its field's type."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np

from atdata_nb.errors import ArrayFormatError, SampleTypeError
from atdata_nb.samples.annotations import field_specs
from atdata_nb.samples.arrays import array_to_bytes, bytes_to_array, encode_header
from atdata_nb.samples.wire import PYTHON_TYPES, class_of, describe_type, describe_value, items_of

if TYPE_CHECKING:
    from atdata_nb.samples.annotations import Shape, TypeSpec

ColumnWriter: TypeAlias = Callable[[list[Any]], list[Any]]
Writer: TypeAlias = Callable[[Any], Any]

# Up to here one concatenation is faster than a join over buffers.
_SMALL: Final = 1024


def writer_of(spec: TypeSpec, where: str) -> ColumnWriter:
    """Return a function from the values of one field to what msgpack stores for them.

    It raises SampleTypeError, naming ``where``, for a value that is not of the field's type.
    """
    if spec.kind == "any":
        return _write_any
    one = _one_writer(spec, where)
    if spec.kind == "ndarray":
        return _array_writer(spec, one)
    if spec.kind not in PYTHON_TYPES:
        return lambda values: [one(value) for value in values]
    exact = {PYTHON_TYPES[spec.kind]} | ({type(None)} if spec.optional else set())

    def write(values: list[Any]) -> list[Any]:
        # Nearly always all values have exactly the declared type: one pass in C says so.
        return values if set(map(type, values)) <= exact else [one(value) for value in values]

    return write


def _write_any(values: list[Any]) -> list[Any]:
    return [_plain(value) for value in values]


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return array_to_bytes(value)
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


def _one_writer(spec: TypeSpec, where: str) -> Writer:
    convert = _converter(spec, where)

    def write(value: Any) -> Any:
        if value is None:
            if spec.optional:
                return None
            message = f"{where}: None, but the field is not optional"
            raise SampleTypeError(message)
        try:
            return convert(value)
        except (TypeError, ValueError, OverflowError) as error:
            if isinstance(error, SampleTypeError):
                raise
            message = f"{where}: {describe_value(value)} is no {describe_type(spec)}: {error}"
            raise SampleTypeError(message) from error

    return write


def _converter(spec: TypeSpec, where: str) -> Writer:
    match spec.kind:
        case "ndarray":
            return lambda value: array_to_bytes(_fit_array(value, spec))
        case "list":
            item = _one_writer(items_of(spec), f"{where}[]") if spec.items else None
            return lambda value: write_list(value, item)
        case "dict":
            item = _one_writer(items_of(spec), f"{where}{{}}")
            return lambda value: {_text_key(key): item(part) for key, part in value.items()}
        case "packable":
            return _nested_writer(class_of(spec), where)
        case "any":
            return _plain
        case kind:
            return CONVERTERS[kind]


def write_list(value: Any, item: Writer | None) -> list[Any]:
    """Return a list's items, written; refuse what only iterates like a list."""
    if isinstance(value, str | bytes | dict):
        message = "not a list"
        raise TypeError(message)
    return [item(part) if item else part for part in value]


def _text_key(key: Any) -> str:
    if not isinstance(key, str):
        message = f"the key {key!r} is not str"
        raise TypeError(message)
    return key


def _nested_writer(cls: type, where: str) -> Writer:
    parts = [(f.name, _one_writer(f.type, f"{where}.{f.name}")) for f in field_specs(cls)]

    def write(value: Any) -> dict[str, Any]:
        if not isinstance(value, cls):
            message = f"expected a {cls.__qualname__}"
            raise TypeError(message)
        return {name: part(getattr(value, name)) for name, part in parts}

    return write


def _to_str(value: Any) -> str:
    if isinstance(value, str):
        return str(value)
    message = "expected text"
    raise TypeError(message)


def _to_bool(value: Any) -> bool:
    if isinstance(value, bool | np.bool_):
        return bool(value)
    message = "expected True or False"
    raise TypeError(message)


def _to_float(value: Any) -> float:
    if isinstance(value, str | bytes):
        message = "expected a number"
        raise TypeError(message)
    return float(value)


def _to_bytes(value: Any) -> bytes:
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value)
    message = "expected bytes"
    raise TypeError(message)


CONVERTERS: Final[Mapping[str, Writer]] = {
    "str": _to_str,
    "int": operator.index,
    "float": _to_float,
    "bool": _to_bool,
    "bytes": _to_bytes,
}


def _array_writer(spec: TypeSpec, one: Writer) -> ColumnWriter:
    dtype, shape = spec.dtype, spec.shape

    def write(values: list[Any]) -> list[Any]:
        out: list[Any] = []
        last_dtype: Any = None
        last_shape: Any = None
        header = b""
        for value in values:
            if type(value) is not np.ndarray or not value.flags.c_contiguous:
                out.append(one(value))
                continue
            if value.dtype is not last_dtype or value.shape != last_shape:
                if (dtype is not None and value.dtype != dtype) or shape is not None:
                    value = _checked(value, spec, one)  # noqa: PLW2901
                header = _header_of(value, one)
                last_dtype, last_shape = value.dtype, value.shape
            out.append(header + value.tobytes() if value.nbytes < _SMALL else _join(header, value))
        return out

    return write


def _checked(value: Any, spec: TypeSpec, one: Writer) -> Any:
    try:
        return _fit_array(value, spec)
    except (TypeError, ValueError):
        one(value)  # raises the same with the field's name
        raise


def _header_of(value: Any, one: Writer) -> bytes:
    try:
        return encode_header(value)
    except ArrayFormatError:
        one(value)
        raise


def _join(header: bytes, value: Any) -> bytes:
    if value.dtype.kind in "mM":  # datetimes have no buffer form
        return header + bytes(value.tobytes())
    return b"".join((header, value.data))


def _fit_array(value: Any, spec: TypeSpec) -> Any:
    if isinstance(value, bytes | bytearray | memoryview):
        value = bytes_to_array(value)
    elif not isinstance(value, np.ndarray):
        value = np.asarray(value)
    if spec.dtype is not None and value.dtype != spec.dtype:
        value = value.astype(spec.dtype, casting="same_kind")
    if spec.shape is not None and not fits_shape(value.shape, spec.shape):
        message = f"shape {value.shape}, declared {spec.shape}"
        raise ValueError(message)
    return value


def fits_shape(shape: tuple[int, ...], declared: Shape) -> bool:
    """Whether an array's shape is the declared one, None standing for any length."""
    return len(shape) == len(declared) and all(
        want is None or have == want for have, want in zip(shape, declared, strict=True)
    )
