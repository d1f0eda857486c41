"""Codec: how samples of one type become bytes and come back, one by one or by the block.

A block is decoded in one call into *records*, msgspec structs that hold the values as they were
stored: arrays stay bytes until somebody asks. From records come samples, or whole columns without
any sample being made. What a block decode refuses is decoded one by one, so that the error names
the sample.
"""

from __future__ import annotations

import dataclasses
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

import msgspec

from atdata_nb.errors import SampleDecodeError, SampleTypeError
from atdata_nb.samples.annotations import field_specs
from atdata_nb.samples.columns import decode_column, stack_column
from atdata_nb.samples.dicts import DECODE_FAULTS, DictSample, pack_map, read_map
from atdata_nb.samples.joined import decode_joined, forget
from atdata_nb.samples.loose import DictCodec, ForeignCodec
from atdata_nb.samples.reading import accept
from atdata_nb.samples.wire import wire_struct
from atdata_nb.samples.writing import writer_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from atdata_nb.protocols import Buffer
    from atdata_nb.samples.annotations import FieldSpec

T = TypeVar("T")


class Codec(Protocol[T]):
    """Bytes to samples and back, for one sample type."""

    sample_type: type[T]

    def field_names(self) -> tuple[str, ...] | None:
        """Names of the fields in order; None where every sample has its own."""
        ...

    def pack(self, sample: T, /) -> bytes:
        """One sample as one msgpack map."""
        ...

    def pack_many(self, samples: Sequence[T], /) -> list[bytes]:
        """Several samples, each as one msgpack map."""
        ...

    def unpack(self, data: Buffer, /) -> T:
        """One sample from its bytes."""
        ...

    def from_data(self, data: Mapping[str, Any], /) -> T:
        """One sample from field values."""
        ...

    def record(self, payload: Buffer, /) -> Any:
        """One record; SampleDecodeError where the bytes are none."""
        ...

    def records(self, payloads: Sequence[Buffer], /) -> list[Any]:
        """Many records in one call; any error means: ask one by one."""
        ...

    def samples(self, records: Sequence[Any], /) -> list[T]:
        """Samples of records."""
        ...

    def column(self, records: Sequence[Any], name: str, /, *, stack: bool = True) -> Any:
        """One field of many records: a list, or for arrays of one shape a stacked array."""
        ...

    def dump(self, records: Sequence[Any], /) -> Any:
        """Records in a form that pickle takes to another process."""
        ...

    def load(self, dumped: Any, /) -> list[Any]:
        """Records of such a form."""
        ...


def codec_of(cls: type[T]) -> Codec[T]:
    """Return the codec of a sample type, made once per class.

    Raises:
        SampleTypeError: the class is no sample type.
    """
    codec: Codec[T] | None = cls.__dict__.get("__atdata_codec__")
    if codec is None:
        codec = _make_codec(cls)
        cls.__atdata_codec__ = codec  # type: ignore[attr-defined]
    return codec


def _make_codec(cls: type[T]) -> Codec[T]:
    if issubclass(cls, DictSample):
        return DictCodec(cls)
    if dataclasses.is_dataclass(cls):
        return StructCodec(cls)
    if all(hasattr(cls, name) for name in ("from_bytes", "packed")):
        return ForeignCodec(cls)
    message = f"{cls.__qualname__} is no sample class: decorate it with @packable"
    raise SampleTypeError(message)


class StructCodec(Generic[T]):
    """Codec of a @packable class."""

    def __init__(self, cls: type[T]) -> None:
        self.sample_type = cls
        self.specs = {spec.name: spec for spec in field_specs(cls)}
        struct = wire_struct(tuple(self.specs.values()), cls.__name__)
        self._struct = struct
        self._get = {
            name: attrgetter(attr)
            for name, attr in zip(self.specs, struct.__struct_fields__, strict=True)
        }
        self._one = msgspec.msgpack.Decoder(struct).decode
        self._many = msgspec.msgpack.Decoder(list[struct | None]).decode  # type: ignore[valid-type]
        self._write = {
            name: writer_of(spec.type, f"{cls.__qualname__}.{name}")
            for name, spec in self.specs.items()
        }
        self._encode = msgspec.msgpack.Encoder().encode
        # map() over columns is the fastest way to make samples, and runs their __post_init__.
        self._positional = not any(f.kw_only for f in dataclasses.fields(cls) if f.init)  # type: ignore[arg-type]

    def field_names(self) -> tuple[str, ...]:
        return tuple(self.specs)

    def pack(self, sample: T, /) -> bytes:
        return self.pack_many((sample,))[0]

    def pack_many(self, samples: Sequence[T], /) -> list[bytes]:
        try:
            columns = [
                write(list(map(attrgetter(name), samples))) for name, write in self._write.items()
            ]
            if not columns:
                return [self._encode(self._struct())] * len(samples)
            return list(map(self._encode, map(self._struct, *columns)))
        except (OverflowError, UnicodeEncodeError, TypeError, RecursionError, AttributeError) as e:
            if isinstance(e, SampleTypeError):
                raise
            message = f"a {self.sample_type.__qualname__} can't be stored: {e}"
            raise SampleTypeError(message) from e

    def unpack(self, data: Buffer, /) -> T:
        return self.samples((self.record(data),))[0]

    def record(self, payload: Buffer, /) -> Any:
        try:
            return self._one(payload)
        except DECODE_FAULTS as error:
            return self._record_with_defaults(read_map(payload), error)

    def records(self, payloads: Sequence[Buffer], /) -> list[Any]:
        return decode_joined(self._many, payloads)

    def from_data(self, data: Mapping[str, Any], /) -> T:
        self._check_names(data)
        where = self.sample_type.__qualname__
        values = {
            name: accept(self.specs[name].type, value, f"{where}.{name}")
            for name, value in data.items()
        }
        return self.sample_type(**values)

    def samples(self, records: Sequence[Any], /) -> list[T]:
        if not self.specs:
            return [self.sample_type() for _ in records]
        columns = [self.column(records, name, stack=False) for name in self.specs]
        if self._positional:
            return list(map(self.sample_type, *columns))
        rows = zip(*columns, strict=True)
        return [self.sample_type(**dict(zip(self.specs, row, strict=True))) for row in rows]

    def column(self, records: Sequence[Any], name: str, /, *, stack: bool = True) -> Any:
        values = list(map(self._get[name], records))
        return (stack_column if stack else decode_column)(self.specs[name].type, values)

    def dump(self, records: Sequence[Any], /) -> bytes:
        return self._encode(list(records))

    def load(self, dumped: bytes, /) -> list[Any]:
        return self._many(dumped)

    def __reduce__(self) -> tuple[Any, ...]:
        # cloudpickle takes a notebook's class along with all its attributes; a decoder can't go.
        return forget, ()

    def _check_names(self, data: Mapping[str, Any]) -> None:
        found = [f"unknown field {str(name)[:80]!r}" for name in data if name not in self.specs]
        found += [
            f"missing field {name!r}"
            for name, spec in self.specs.items()
            if spec.required and name not in data
        ]
        if found:
            more = f" and {len(found) - 5} more" if len(found) > 5 else ""  # noqa: PLR2004
            raise self._refusal(", ".join(found[:5]) + more)

    def _record_with_defaults(self, data: dict[str, Any], cause: Exception) -> Any:
        self._check_names(data)
        missing = [name for name in self.specs if name not in data]
        if not missing:
            raise self._refusal(self._plain(cause)) from cause
        data |= {name: self._write[name]([_default(self.specs[name])])[0] for name in missing}
        try:
            return self._one(pack_map(data))
        except DECODE_FAULTS as error:
            raise self._refusal(self._plain(error)) from error

    def _plain(self, error: Exception) -> str:
        # msgspec says memoryview for arrays and numbers the path: speak of fields instead.
        return str(error).replace("`bytes`", "`bytes` or array").replace("$.", "")

    def _refusal(self, reason: str) -> SampleDecodeError:
        return SampleDecodeError(f"not a {self.sample_type.__qualname__}: {reason}")


def _default(spec: FieldSpec) -> Any:
    return spec.default_factory() if spec.default is dataclasses.MISSING else spec.default
