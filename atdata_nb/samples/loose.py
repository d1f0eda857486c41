"""Loose codecs: of samples without declared fields, and of other people's classes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

import msgspec
import numpy as np

from atdata_nb.errors import SampleDecodeError, SampleFieldError
from atdata_nb.samples.columns import stack_arrays
from atdata_nb.samples.dicts import guess_array, pack_map, read_map
from atdata_nb.samples.joined import decode_joined, forget

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from atdata_nb.protocols import Buffer

T = TypeVar("T")


class DictCodec(Generic[T]):
    """Codec of DictSample: every sample has the fields it has."""

    def __init__(self, cls: type[T]) -> None:
        self.sample_type = cls
        self._many = msgspec.msgpack.Decoder(list[dict[str, Any] | None]).decode

    def field_names(self) -> None:
        return None

    def pack(self, sample: T, /) -> bytes:
        return pack_map(sample._fields)  # type: ignore[attr-defined]

    def pack_many(self, samples: Sequence[T], /) -> list[bytes]:
        return [self.pack(sample) for sample in samples]

    def unpack(self, data: Buffer, /) -> T:
        return self.sample_type(read_map(data))  # type: ignore[call-arg]

    def from_data(self, data: Mapping[str, Any], /) -> T:
        return self.sample_type(data)  # type: ignore[call-arg]

    def record(self, payload: Buffer, /) -> Any:
        return read_map(payload)

    def records(self, payloads: Sequence[Buffer], /) -> list[Any]:
        return decode_joined(self._many, payloads)

    def samples(self, records: Sequence[Any], /) -> list[T]:
        return list(map(self.sample_type, records))

    def column(self, records: Sequence[Any], name: str, /, *, stack: bool = True) -> Any:
        if not any(name in record for record in records):
            known = ", ".join(dict.fromkeys(key for record in records for key in record))
            message = f"no field {name!r}; there are: {known or 'none'}"
            raise SampleFieldError(message)
        return _column([guess_array(record.get(name)) for record in records], stack=stack)

    def dump(self, records: Sequence[Any], /) -> list[Any]:
        return list(records)

    def load(self, dumped: list[Any], /) -> list[Any]:
        return dumped

    def __reduce__(self) -> tuple[Any, ...]:
        return forget, ()


class ForeignCodec(Generic[T]):
    """Codec of somebody else's class that keeps the Packable protocol; its records are samples."""

    def __init__(self, cls: type[T]) -> None:
        self.sample_type = cls

    def field_names(self) -> None:
        return None

    def pack(self, sample: T, /) -> bytes:
        packed: bytes = sample.packed  # type: ignore[attr-defined]
        return packed

    def pack_many(self, samples: Sequence[T], /) -> list[bytes]:
        return [self.pack(sample) for sample in samples]

    def unpack(self, data: Buffer, /) -> T:
        try:
            sample: T = self.sample_type.from_bytes(bytes(data))  # type: ignore[attr-defined]
        except Exception as error:  # whatever somebody else's class raises
            message = f"not a {self.sample_type.__qualname__}: {error}"
            raise SampleDecodeError(message) from error
        return sample

    def from_data(self, data: Mapping[str, Any], /) -> T:
        sample: T = self.sample_type.from_data(dict(data))  # type: ignore[attr-defined]
        return sample

    def record(self, payload: Buffer, /) -> Any:
        return self.unpack(payload)

    def records(self, payloads: Sequence[Buffer], /) -> list[Any]:
        return [self.unpack(payload) for payload in payloads]

    def samples(self, records: Sequence[Any], /) -> list[T]:
        return list(records)

    def column(self, records: Sequence[Any], name: str, /, *, stack: bool = True) -> Any:
        try:
            values = [getattr(record, name) for record in records]
        except AttributeError as error:
            raise SampleFieldError(str(error)) from error
        return _column(values, stack=stack)

    def dump(self, records: Sequence[Any], /) -> list[Any]:
        return list(records)

    def load(self, dumped: list[Any], /) -> list[Any]:
        return dumped

    def __reduce__(self) -> tuple[Any, ...]:
        return forget, ()


def _column(values: list[Any], *, stack: bool) -> Any:
    arrays = any(isinstance(value, np.ndarray) for value in values)
    return stack_arrays(values) if stack and arrays else values
