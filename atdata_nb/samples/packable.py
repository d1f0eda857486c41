"""Packable: the decorator and the base class that make a class a sample type."""

from __future__ import annotations

import dataclasses
import re
import secrets
import sys
import time
from abc import ABCMeta
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar, dataclass_transform, overload

import numpy as np

from atdata_nb.errors import SampleTypeError
from atdata_nb.samples.annotations import field_specs

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

T = TypeVar("T")


def new_key() -> str:
    """Return a sample key that sorts by the time it was made and is unique across processes.

    TRAPS C12: 64 bits of nanoseconds, then 64 random bits.
    """
    return f"{time.time_ns():016x}-{secrets.token_hex(8)}"


class PackableSample(metaclass=ABCMeta):  # noqa: B024 - a marker, see packable
    """Base of sample types: deriving from it, or decorating with ``@packable``, is enough.

    A decorated class keeps its bases; it is registered here, so ``isinstance`` holds for both.
    Derive from it as well where a type checker should know ``packed`` and ``from_bytes``.

    Example:
        >>> @packable
        ... class Row(PackableSample):
        ...     name: str
        ...     count: int = 0
        >>> Row.from_bytes(Row("a", 2).packed)
        Row(name='a', count=2)
    """

    __atdata_scope__: ClassVar[dict[str, Any]] = {}

    @classmethod
    def from_data(cls, data: Mapping[str, Any], /) -> Self:
        """Build a sample from field values; bytes become arrays where the field is an array.

        Raises:
            SampleDecodeError: a field is missing, unknown, or of another type.
        """
        from atdata_nb.samples.codec import codec_of

        return codec_of(cls).from_data(data)

    @classmethod
    def from_bytes(cls, data: bytes, /) -> Self:
        """Build a sample from one msgpack map.

        Raises:
            SampleDecodeError: the bytes are no sample of this type.
        """
        from atdata_nb.samples.codec import codec_of

        return codec_of(cls).unpack(data)

    @property
    def packed(self) -> bytes:
        """The sample as one msgpack map, fields in the order of definition.

        Raises:
            SampleTypeError: a value is not of its field's type.
        """
        return _pack(self)

    @property
    def as_wds(self) -> dict[str, Any]:
        """The sample as a webdataset writer takes it: a fresh ``__key__``, and ``msgpack``."""
        return {"__key__": new_key(), "msgpack": _pack(self)}


def _pack(sample: Any) -> bytes:
    from atdata_nb.samples.codec import codec_of

    return codec_of(type(sample)).pack(sample)


_SHARED = ("from_data", "from_bytes", "packed", "as_wds")


@overload
def packable(cls: type[T], /) -> type[T]: ...
@overload
def packable(*, frozen: bool = False, kw_only: bool = False) -> Callable[[type[T]], type[T]]: ...
@dataclass_transform(field_specifiers=(dataclasses.field,))
def packable(
    cls: type[T] | None = None, /, *, frozen: bool = False, kw_only: bool = False
) -> type[T] | Callable[[type[T]], type[T]]:
    """Make a class a sample type: a dataclass with a msgpack form.

    The class itself is returned, with its bases, its ``__post_init__`` and its methods untouched.
    Samples compare by value, arrays included, and show arrays by dtype and shape.

    Raises:
        SampleTypeError: a field's annotation is none that a sample can hold.

    Example:
        >>> @packable
        ... class Digit:
        ...     image: np.ndarray
        ...     label: int
        >>> Digit(np.zeros((8, 8)), 3)
        Digit(image=<float64 8×8>, label=3)
    """
    scope = sys._getframe(1).f_locals  # noqa: SLF001 - string annotations may name what is there

    def decorate(target: type[T]) -> type[T]:
        return _make_packable(target, scope, frozen=frozen, kw_only=kw_only)

    return decorate if cls is None else decorate(cls)


def _make_packable(
    cls: type[T], scope: Mapping[str, Any], *, frozen: bool, kw_only: bool
) -> type[T]:
    own = cls.__dict__
    annotations = dict(own.get("__annotations__", {}))
    shadowed = [name for name in annotations if name in _SHARED and name not in own]
    for name in shadowed:
        # Else the inherited property would be taken for the field's default (TRAPS C29).
        setattr(cls, name, dataclasses.field())
    dataclasses.dataclass(eq=False, repr=False, frozen=frozen, kw_only=kw_only)(cls)
    _note_scope(cls, annotations, scope)
    fields = {field.name for field in dataclasses.fields(cls)}  # type: ignore[arg-type]
    for name in shadowed:
        # A plain attribute: the instance's value wins over it, as it would not over a property.
        setattr(cls, name, None)
    for name, value in _methods(cls).items():
        if name not in fields and name not in own:
            setattr(cls, name, value)
    PackableSample.register(cls)
    _check_fields(cls)
    return cls


def _methods(cls: type) -> dict[str, Any]:
    methods: dict[str, Any] = {"__eq__": _equal, "__repr__": _show}
    if cls.__dict__.get("__hash__") is None:
        methods["__hash__"] = None
    if not issubclass(cls, PackableSample) or PackableSample not in cls.__mro__:
        methods |= {name: PackableSample.__dict__[name] for name in _SHARED}
    return methods


def _note_scope(cls: type, annotations: Mapping[str, Any], scope: Mapping[str, Any]) -> None:
    words = " ".join(hint for hint in annotations.values() if isinstance(hint, str))
    names = set(re.findall(r"[^\W\d]\w*", words))
    # Only what the annotations name: the whole frame would keep a notebook's data alive.
    found = {name: scope[name] for name in names if name in scope and scope is not _module(cls)}
    if found:
        cls.__atdata_scope__ = found  # type: ignore[attr-defined]


def _module(cls: type) -> dict[str, Any] | None:
    module = sys.modules.get(cls.__module__)
    return None if module is None else vars(module)


def _check_fields(cls: type) -> None:
    try:
        field_specs(cls)
    except SampleTypeError as error:
        # A name may be defined later in the module; the codec asks again.
        if not isinstance(error.__cause__, NameError):
            raise


def is_packable(cls: object) -> bool:
    """Whether a class is a sample type whose fields are known."""
    return isinstance(cls, type) and dataclasses.is_dataclass(cls)


def _equal(self: Any, other: object) -> Any:
    names = [field.name for field in dataclasses.fields(self) if field.compare]
    if type(other) is not type(self):
        return NotImplemented
    return all(same_value(getattr(self, name), getattr(other, name)) for name in names)


def same_value(a: Any, b: Any) -> bool:
    """Whether two field values are equal; arrays by dtype, shape and elements, NaN as itself."""
    if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
        return _same_array(a, b)
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same_value(a[key], b[key]) for key in a)
    if isinstance(a, list | tuple) and isinstance(b, list | tuple):
        return len(a) == len(b) and all(map(same_value, a, b))
    return bool(a == b) or (a != a and b != b)  # noqa: PLR0124 - NaN


def _same_array(a: Any, b: Any) -> bool:
    if not (isinstance(a, np.ndarray) and isinstance(b, np.ndarray)):
        return False
    if a.dtype != b.dtype or a.shape != b.shape:
        return False
    return np.array_equal(a, b, equal_nan=a.dtype.kind in "fcmM")


def _show(self: Any) -> str:
    shown = ", ".join(
        f"{field.name}={show_value(getattr(self, field.name))}"
        for field in dataclasses.fields(self)
        if field.repr
    )
    return f"{type(self).__qualname__.rpartition('.')[2]}({shown})"


MAX_TEXT = 80


def show_value(value: Any) -> str:
    """Return a field value in a few characters: arrays as dtype and shape, bytes as a count."""
    if isinstance(value, np.ndarray):
        shape = "×".join(map(str, value.shape)) or "scalar"
        return f"<{value.dtype} {shape}>"
    if isinstance(value, bytes | bytearray | memoryview) and len(value) > MAX_TEXT // 2:
        return f"<{len(value):,} bytes>"
    if isinstance(value, list | tuple) and any(isinstance(item, np.ndarray) for item in value):
        return "[" + ", ".join(map(show_value, value)) + "]"
    text = repr(value)
    return text if len(text) <= MAX_TEXT else f"{text[: MAX_TEXT - 1]}…"
