"""Wire: what a field's value is in msgpack, and the checks on the way out and in."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import msgspec
import numpy as np

from atdata_nb.errors import ArrayFormatError, SampleDecodeError, SampleTypeError
from atdata_nb.samples.annotations import MAX_DEPTH, Shape, TypeSpec, field_specs
from atdata_nb.samples.arrays import array_to_bytes, bytes_to_array, encode_header

if TYPE_CHECKING:
    from atdata_nb.samples.annotations import FieldSpec

Writer: TypeAlias = Callable[[list[Any]], list[Any]]
Reader: TypeAlias = Callable[[Any], Any]

PYTHON_TYPES: Final[Mapping[str, type]] = {
    "str": str,
    "int": int,
    "float": float,
    "bool": bool,
    "bytes": bytes,
}
# Up to here one concatenation is faster than a join over buffers.
_SMALL = 1024


def wire_struct(specs: tuple[FieldSpec, ...], name: str = "Record") -> type[msgspec.Struct]:
    """Return the struct that a block of samples is decoded into.

    Its attributes are numbered: a field's own name might be one that msgspec uses itself.
    """
    fields = [(f"f{i}", _wire_type(spec.type, 0)) for i, spec in enumerate(specs)]
    return msgspec.defstruct(
        name,
        fields,
        rename={f"f{i}": spec.name for i, spec in enumerate(specs)},
        forbid_unknown_fields=True,
        gc=False,
    )


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
            wire = list[_wire_type(_items(spec), depth + 1)]  # type: ignore[misc]
        case "dict":
            wire = dict[str, _wire_type(_items(spec), depth + 1)]  # type: ignore[misc]
        case "packable":
            nested = field_specs(_sample_type(spec))
            fields = [(f"f{i}", _wire_type(field.type, depth + 1)) for i, field in enumerate(nested)]
            wire = msgspec.defstruct(
                "Nested",
                fields,
                rename={f"f{i}": field.name for i, field in enumerate(nested)},
                forbid_unknown_fields=True,
            )
        case kind:
            wire = PYTHON_TYPES[kind]
    return wire | None if spec.optional else wire


def _items(spec: TypeSpec) -> TypeSpec:
    assert spec.items is not None  # noqa: S101 - annotations give every list and dict its items
    return spec.items


def _sample_type(spec: TypeSpec) -> type:
    assert spec.sample_type is not None  # noqa: S101 - likewise
    return spec.sample_type


# ---- out ----------------------------------------------------------------------------------------


def writer_of(spec: TypeSpec, where: str) -> Writer:
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


def _one_writer(spec: TypeSpec, where: str) -> Reader:
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
            message = f"{where}: {_describe(value)} is no {describe_type(spec)}: {error}"
            raise SampleTypeError(message) from error

    return write


def _converter(spec: TypeSpec, where: str) -> Reader:
    match spec.kind:
        case "ndarray":
            return lambda value: _array_bytes(_fit_array(value, spec))
        case "list":
            item = _one_writer(_items(spec), f"{where}[]") if spec.items else None
            return lambda value: _write_list(value, item)
        case "dict":
            item = _one_writer(_items(spec), f"{where}{{}}")
            return lambda value: {_text_key(key): item(part) for key, part in value.items()}
        case "packable":
            return _nested_writer(_sample_type(spec), where)
        case "any":
            return _plain
        case kind:
            return _CONVERTERS[kind]


def _write_list(value: Any, item: Reader | None) -> list[Any]:
    if isinstance(value, str | bytes | dict):
        message = "not a list"
        raise TypeError(message)
    return [item(part) if item else part for part in value]


def _text_key(key: Any) -> str:
    if not isinstance(key, str):
        message = f"the key {key!r} is not str"
        raise TypeError(message)
    return key


def _nested_writer(cls: type, where: str) -> Reader:
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


_CONVERTERS: Final[Mapping[str, Reader]] = {
    "str": _to_str,
    "int": operator.index,
    "float": _to_float,
    "bool": _to_bool,
    "bytes": _to_bytes,
}


def _array_writer(spec: TypeSpec, one: Reader) -> Writer:
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
            out.append(
                header + value.tobytes() if value.nbytes < _SMALL else _join(header, value)
            )
        return out

    return write


def _checked(value: Any, spec: TypeSpec, one: Reader) -> Any:
    try:
        return _fit_array(value, spec)
    except (TypeError, ValueError):
        one(value)  # raises the same with the field's name
        raise


def _header_of(value: Any, one: Reader) -> bytes:
    try:
        return encode_header(value)
    except ArrayFormatError:
        one(value)
        raise


def _join(header: bytes, value: Any) -> bytes:
    if value.dtype.kind in "mM":  # datetimes have no buffer form
        return header + bytes(value.tobytes())
    return b"".join((header, value.data))


def _array_bytes(value: Any) -> bytes:
    return array_to_bytes(value)


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


# ---- in -----------------------------------------------------------------------------------------


def reader_of(spec: TypeSpec) -> Reader | None:
    """Return a function from a stored value to a sample's, or None where they are the same."""
    match spec.kind:
        case "ndarray":
            read: Reader | None = bytes_to_array
        case "list":
            item = reader_of(_items(spec))
            read = item and (lambda values: [item(value) for value in values])
        case "dict":
            item = reader_of(_items(spec))
            read = item and (lambda values: {key: item(value) for key, value in values.items()})
        case "packable":
            read = _nested_reader(_sample_type(spec))
        case _:
            return None
    if read is None or not spec.optional:
        return read
    return lambda value: None if value is None else read(value)


def _nested_reader(cls: type) -> Reader:
    specs = field_specs(cls)
    parts = [(f"f{i}", spec.name, reader_of(spec.type)) for i, spec in enumerate(specs)]

    def read(record: Any) -> Any:
        values = {name: _read(part, getattr(record, attr)) for attr, name, part in parts}
        return cls(**values)

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
        message = f"{where}: {_describe(value)} is no {describe_type(spec)}: {error}"
        raise SampleDecodeError(message) from error


def _accept(spec: TypeSpec, value: Any, where: str) -> Any:
    match spec.kind:
        case "ndarray":
            if isinstance(value, bytes | bytearray | memoryview):
                return bytes_to_array(value)
            return value if isinstance(value, np.ndarray) else np.asarray(value)
        case "list":
            return [accept(_items(spec), part, f"{where}[]") for part in _write_list(value, None)]
        case "dict":
            parts = value.items()
            return {key: accept(_items(spec), part, f"{where}[{key!r}]") for key, part in parts}
        case "packable":
            cls = _sample_type(spec)
            if isinstance(value, cls):
                return value
            fields = {field.name: field for field in field_specs(cls)}
            return cls(
                **{key: accept(fields[key].type, part, f"{where}.{key}") for key, part in value.items()}
            )
        case kind:
            return _CONVERTERS[kind](value)


def describe_type(spec: TypeSpec) -> str:
    """Return a type in the words of an annotation."""
    match spec.kind:
        case "ndarray":
            inner = "" if spec.dtype is None else f"[{spec.dtype}]"
            text = f"array{inner}" + ("" if spec.shape is None else f" of shape {spec.shape}")
        case "list":
            text = f"list[{describe_type(_items(spec))}]"
        case "dict":
            text = f"dict[str, {describe_type(_items(spec))}]"
        case "packable":
            text = _sample_type(spec).__qualname__
        case kind:
            text = kind
    return f"{text} | None" if spec.optional and spec.kind != "any" else text


def _describe(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return f"an array of {value.dtype} {value.shape}"
    text = repr(value)
    return f"{type(value).__qualname__} {text if len(text) <= _LONG else text[:_LONG] + '…'}"


_LONG: Final = 60
