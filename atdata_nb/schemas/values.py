"""Default values: plain data, spelled in JSON so that nothing of them is lost.

JSON has no bytes, no arrays, no NaN and no integer past 2**53 that every reader keeps; records of
the AT Protocol have no floats either (https://atproto.com/specs/data-model). Such a value is a map
of one key that says what it is: ``{"float": "0.1"}``, ``{"bytes": base64}``, ``{"int": "…"}``,
``{"map": [[key, value], …]}``, ``{"ndarray": {"dtype", "shape", "data": base64}}``.
"""

from __future__ import annotations

import base64
import binascii
import dataclasses
import json
import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from atdata_nb.errors import SchemaError
from atdata_nb.schemas.dtypes import dtype_text, parse_dtype
from atdata_nb.schemas.names import is_unicode

if TYPE_CHECKING:
    from atdata_nb.schemas.model import FieldType

MAX_DEPTH: Final = 32
MAX_BYTES: Final = 1 << 20
_MAX_INT: Final = 1 << 53
# What msgpack, and so a sample, can hold.
_INT_RANGE: Final = range(-(1 << 63), 1 << 64)


def plain(value: Any, where: str, depth: int = 0) -> Any:
    """Return a value as plain data of its own: numpy scalars as numbers, tuples as lists.

    Raises:
        SchemaError: it is nothing that a schema can carry.

    Example:
        >>> plain((1, np.float32(0.5)), "Digit.size")
        [1, 0.5]
    """
    if depth > MAX_DEPTH:
        message = f"{where}: a default nested deeper than {MAX_DEPTH}"
        raise SchemaError(message)
    if isinstance(value, np.generic) and not isinstance(value, np.void):
        value = value.item()
    if isinstance(value, np.ndarray):
        return _plain_array(value, where)
    if isinstance(value, dict):
        return {_key(key, where): plain(item, where, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item, where, depth + 1) for item in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = [field.name for field in dataclasses.fields(value)]
        return {name: plain(getattr(value, name), where, depth + 1) for name in names}
    return _plain_scalar(value, where)


def _key(key: Any, where: str) -> str:
    if isinstance(key, str) and is_unicode(key):
        return str(key)
    message = f"{where}: a key of its default is {key!r:.60}, keys are text"
    raise SchemaError(message)


def _plain_scalar(value: Any, where: str) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int) and value in _INT_RANGE:
        return int(value)
    if isinstance(value, float):
        return float(value)
    if isinstance(value, str) and is_unicode(value) and len(value) <= MAX_BYTES:
        return str(value)
    if isinstance(value, bytes | bytearray | memoryview) and len(value) <= MAX_BYTES:
        return bytes(value)
    message = f"{where}: the default {value!r:.60} can't be carried by a schema"
    raise SchemaError(message)


def _plain_array(array: np.ndarray[Any, Any], where: str) -> np.ndarray[Any, Any]:
    if array.dtype.hasobject or array.nbytes > MAX_BYTES or isinstance(array, np.ma.MaskedArray):
        message = f"{where}: a default array of {array.dtype} {array.shape} can't be carried"
        raise SchemaError(message)
    copy = np.array(array, order="C", subok=False)
    copy.flags.writeable = False
    return copy


def fresh(value: Any) -> Any:
    """Return a copy of a plain value that its holder may change.

    >>> shared = [1, {"a": []}]
    >>> fresh(shared) == shared, fresh(shared) is shared
    (True, False)
    """
    if isinstance(value, np.ndarray):
        return value.copy()
    if isinstance(value, list):
        return [fresh(item) for item in value]
    if isinstance(value, dict):
        return {key: fresh(item) for key, item in value.items()}
    return value


def is_shared(value: Any) -> bool:
    """Whether two samples must not have the same object as this value.

    >>> is_shared([]), is_shared("a")
    (True, False)
    """
    return isinstance(value, list | dict | np.ndarray)


def fits(kind: FieldType, value: Any) -> bool:
    """Whether a plain value is one of a field's type; None is up to the field."""
    match kind.kind:
        case "primitive":
            return _fits_primitive(kind.primitive, value)
        case "ndarray":
            return isinstance(value, np.ndarray) and _fits_array(kind, value)
        case "array":
            return isinstance(value, list) and all(_fits_item(kind, item) for item in value)
        case "map":
            return isinstance(value, dict) and all(_fits_item(kind, i) for i in value.values())
        case "ref":
            return isinstance(value, dict) and _fits_record(kind, value)


def _fits_primitive(primitive: str | None, value: Any) -> bool:
    match primitive:
        case "str":
            return isinstance(value, str)
        case "int":
            return isinstance(value, int)
        case "float":
            return isinstance(value, int | float)
        case "bool":
            return isinstance(value, bool)
        case "bytes":
            return isinstance(value, bytes)
        case _:
            return primitive == "any"


def _fits_array(kind: FieldType, value: np.ndarray[Any, Any]) -> bool:
    if kind.dtype is not None and value.dtype != parse_dtype(kind.dtype):
        return False
    shape = kind.shape
    return shape is None or (
        len(shape) == value.ndim
        and all(want is None or want == have for want, have in zip(shape, value.shape, strict=True))
    )


def _fits_item(kind: FieldType, value: Any) -> bool:
    if value is None:
        return kind.items_optional
    return kind.items is not None and fits(kind.items, value)


def _fits_record(kind: FieldType, value: dict[str, Any]) -> bool:
    if kind.schema is None:
        return True
    fields = {field.name: field for field in kind.schema.fields}
    required = {name for name, field in fields.items() if field.required}
    return required <= value.keys() <= fields.keys() and all(
        fields[name].optional if item is None else fits(fields[name].type, item)
        for name, item in value.items()
    )


def encode_value(value: Any, *, floats: bool = False) -> Any:
    """Return a plain value in JSON.

    Args:
        value: as ``plain`` returns it.
        floats: write finite floats as numbers, where the form may hold floats.

    Example:
        >>> encode_value([1, 0.5, b"a", {"k": None}])
        [1, {'float': '0.5'}, {'bytes': 'YQ=='}, {'map': [['k', None]]}]
    """
    if isinstance(value, float):
        return value if floats and math.isfinite(value) else {"float": repr(value)}
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > _MAX_INT:
        return {"int": str(value)}
    if isinstance(value, bytes):
        return {"bytes": base64.b64encode(value).decode("ascii")}
    if isinstance(value, list):
        return [encode_value(item, floats=floats) for item in value]
    if isinstance(value, dict):
        return {"map": [[key, encode_value(item, floats=floats)] for key, item in value.items()]}
    if isinstance(value, np.ndarray):
        data = base64.b64encode(value.tobytes()).decode("ascii")
        dtype = dtype_text(value.dtype)
        return {"ndarray": {"dtype": dtype, "shape": list(value.shape), "data": data}}
    return value


def decode_value(data: Any, where: str, depth: int = 0) -> Any:
    """Return the plain value that JSON spells.

    Raises:
        SchemaError: it spells none.

    Example:
        >>> decode_value([1, {"float": "nan"}, {"map": [["k", None]]}], "Digit.size")
        [1, nan, {'k': None}]
    """
    if depth > MAX_DEPTH:
        message = f"{where}: a default nested deeper than {MAX_DEPTH}"
        raise SchemaError(message)
    if isinstance(data, list):
        return [decode_value(item, where, depth + 1) for item in data]
    if not isinstance(data, dict):
        return plain(data, where)
    try:
        return _decode_wrapped(data, where, depth)
    except (ValueError, TypeError, KeyError, binascii.Error) as error:
        if isinstance(error, SchemaError):
            raise
        message = f"{where}: no default is spelled {data!r:.80}"
        raise SchemaError(message) from error


def _decode_wrapped(data: dict[str, Any], where: str, depth: int) -> Any:
    ((kind, inner),) = data.items()
    match kind, inner:
        case "float", str():
            return float(inner)
        case "int", str() if len(inner) <= 20:  # noqa: PLR2004 - digits of 2**64, and a sign
            return plain(int(inner), where)
        case "bytes", str():
            return plain(base64.b64decode(inner, validate=True), where)
        case "map", list():
            return {_key(key, where): decode_value(item, where, depth + 1) for key, item in inner}
        case "ndarray", dict():
            return _decode_array(inner, where)
    message = f"{where}: no default is spelled {data!r:.80}"
    raise SchemaError(message)


def _decode_array(parts: dict[str, Any], where: str) -> np.ndarray[Any, Any]:
    dtype = parse_dtype(parts["dtype"])
    shape = tuple(parts["shape"])
    if not all(type(axis) is int and 0 <= axis <= MAX_BYTES for axis in shape):
        message = f"{where}: {shape!r:.60} is no shape of a default"
        raise SchemaError(message)
    array = np.frombuffer(base64.b64decode(parts["data"], validate=True), dtype).reshape(shape)
    return _plain_array(array, where)


def check_json(value: Any, where: str, depth: int = 0) -> None:
    """Refuse what JSON can't carry and give back as it was.

    Raises:
        SchemaError: the value holds something else, or is nested too deeply.
    """
    if depth > MAX_DEPTH:
        message = f"{where}: nested deeper than {MAX_DEPTH}"
        raise SchemaError(message)
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        for key, item in value.items():
            check_json(item, f"{where}.{key}"[:200], depth + 1)
    elif isinstance(value, list):
        for item in value:
            check_json(item, f"{where}[]"[:200], depth + 1)
    elif value is not None and not isinstance(value, bool | int | float | str):
        message = f"{where}: {value!r:.60} has no form in JSON"
        raise SchemaError(message)


def canonical(value: Any) -> str:
    """Return a text that two plain values share only if nothing tells them apart.

    >>> canonical(1) == canonical(1.0), canonical(float("nan")) == canonical(float("nan"))
    (False, True)
    """
    return json.dumps(encode_value(value), separators=(",", ":"), ensure_ascii=False)
