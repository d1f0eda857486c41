"""DictSample: a sample whose type nobody declared."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any, Self

import msgspec
import numpy as np

from atdata_nb.errors import ArrayFormatError, SampleDecodeError, SampleFieldError, SampleTypeError
from atdata_nb.samples.arrays import array_to_bytes, bytes_to_array, is_npy
from atdata_nb.samples.packable import PackableSample, new_key, same_value, show_value

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

DECODE_FAULTS = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, ValueError)


class DictSample:
    """A sample as a mapping from field name to value, for data without a schema.

    Nothing on the wire marks bytes as an array. Bytes that are, to the last byte, an array in one
    of the two known forms are given as an array; ``raw`` has every value as it was stored.

    Example:
        >>> sample = DictSample(name="a", count=2)
        >>> sample.name, sample["count"], "x" in sample
        ('a', 2, False)
        >>> DictSample.from_bytes(sample.packed) == sample
        True
    """

    __slots__ = ("_fields",)
    _fields: dict[str, Any]

    def __init__(self, _data: Mapping[str, Any] | None = None, **fields: Any) -> None:
        # Through object: __setattr__ of a slot is fine, __getattr__ below must not be.
        self._fields = {**(_data or {}), **fields}

    @classmethod
    def from_data(cls, data: Mapping[str, Any], /) -> Self:
        """Build a sample from field values."""
        return cls(data)

    @classmethod
    def from_bytes(cls, data: bytes, /) -> Self:
        """Build a sample from one msgpack map.

        Raises:
            SampleDecodeError: the bytes are no msgpack map with text keys.
        """
        return cls(read_map(data))

    @property
    def packed(self) -> bytes:
        """The sample as one msgpack map.

        Raises:
            SampleTypeError: a value has no msgpack form.
        """
        return pack_map(self._fields)

    @property
    def as_wds(self) -> dict[str, Any]:
        """The sample as a webdataset writer takes it: a fresh ``__key__``, and ``msgpack``."""
        return {"__key__": new_key(), "msgpack": self.packed}

    @property
    def raw(self) -> dict[str, Any]:
        """The stored values: bytes where the others give arrays."""
        return dict(self._fields)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name == "_fields":
            raise AttributeError(name)
        try:
            return self[name]
        except KeyError:
            message = f"no field {name!r}; there are: {', '.join(self._fields) or 'none'}"
            raise SampleFieldError(message) from None

    def __getitem__(self, name: str) -> Any:
        return guess_array(self._fields[name])

    def __contains__(self, name: object) -> bool:
        return name in self._fields

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)

    def keys(self) -> list[str]:
        """Names of the fields."""
        return list(self._fields)

    def values(self) -> list[Any]:
        """Values of the fields."""
        return [guess_array(value) for value in self._fields.values()]

    def items(self) -> list[tuple[str, Any]]:
        """Names and values of the fields."""
        return list(zip(self._fields, self.values(), strict=True))

    def get(self, name: str, default: Any = None) -> Any:
        """Value of a field, or a default where there is none."""
        return self[name] if name in self._fields else default

    def to_dict(self) -> dict[str, Any]:
        """The fields as a dict."""
        return dict(self.items())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DictSample) and same_value(self.to_dict(), other.to_dict())

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._fields,)

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *(name for name in self._fields if name.isidentifier())]

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={show_value(value)}" for name, value in self.items())
        return f"DictSample({shown})"


PackableSample.register(DictSample)


def guess_array(value: Any) -> Any:
    """Return the array that bytes hold wholly and exactly, or the value itself."""
    if not isinstance(value, bytes) or not (is_npy(value) or _fills_compact(value)):
        return value
    try:
        return bytes_to_array(value)
    except ArrayFormatError:
        return value


def _fills_compact(value: bytes) -> bool:
    # Text of a dtype always begins with its byte order; then everything must add up.
    if len(value) < 5 or value[1:2] not in b"<>|" or not 3 <= value[0] <= 16:  # noqa: PLR2004
        return False
    end = value[0] + 1
    ndim = value[end] if len(value) > end else 255
    start = end + 1 + 8 * ndim
    if start > len(value):
        return False
    count = 1
    for axis in struct.unpack_from(f"<{ndim}q", value, end + 1):
        count *= axis
    try:
        dtype = np.dtype(value[1:end].decode("ascii"))
    except (TypeError, ValueError, SyntaxError, OverflowError):
        return False
    return start + count * dtype.itemsize == len(value)


_read = msgspec.msgpack.Decoder(dict[str, Any]).decode


def read_map(data: Any) -> dict[str, Any]:
    """Return one msgpack map with text keys.

    Raises:
        SampleDecodeError: the bytes are something else.
    """
    try:
        return _read(data)
    except DECODE_FAULTS as error:
        message = f"no msgpack map of fields: {error}"
        raise SampleDecodeError(message) from error


def _encode_other(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return array_to_bytes(value)
    if isinstance(value, np.generic):
        return value.item()
    packed = getattr(value, "packed", None)
    if isinstance(packed, bytes):
        return msgspec.msgpack.decode(packed)
    message = f"{type(value).__qualname__} has no msgpack form"
    raise TypeError(message)


_write = msgspec.msgpack.Encoder(enc_hook=_encode_other).encode


def pack_map(fields: Mapping[str, Any]) -> bytes:
    """Return fields as one msgpack map.

    Raises:
        SampleTypeError: a value has no msgpack form.
    """
    try:
        return _write(fields)
    except (TypeError, OverflowError, ValueError, RecursionError) as error:
        message = f"the sample can't be stored: {error}"
        raise SampleTypeError(message) from error
