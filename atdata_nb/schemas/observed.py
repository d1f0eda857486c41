"""Observed: the schema of samples whose type nobody declared, from looking at them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from atdata_nb.errors import SchemaError
from atdata_nb.schemas.dtypes import dtype_text
from atdata_nb.schemas.model import Field, FieldType, Schema
from atdata_nb.schemas.names import class_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from atdata_nb.samples import DictSample

ANY: Final = FieldType(kind="primitive", primitive="any")
# By identity: a list without items says nothing of what other lists hold.
_EMPTY: Final = FieldType(kind="array", items=ANY)
_PRIMITIVES: Final = {bool: "bool", int: "int", float: "float", str: "str", bytes: "bytes"}


class Observed:
    """What was seen of the fields of samples without a type.

    Args:
        shapes: whether to say the shapes of arrays too; only for who looks at every sample.

    Example:
        >>> from atdata_nb.samples import DictSample
        >>> seen = Observed()
        >>> for sample in (DictSample(n=1, tag="a"), DictSample(n=2, tag=None)):
        ...     seen.look_at(sample)
        >>> seen.schema("my rows")
        MyRows 1.0.0
        field  type        default  description
        n      int
        tag    str | None  None
    """

    def __init__(self, *, shapes: bool = False) -> None:
        self._shapes = shapes
        self._samples = 0
        self._types: dict[str, FieldType | None] = {}
        self._present: dict[str, int] = {}

    def watch(self, samples: Iterable[Any]) -> Iterator[Any]:
        """Yield the samples on, looking at each."""
        for sample in samples:
            self.look_at(sample)
            yield sample

    def look_at(self, sample: DictSample | Mapping[str, Any]) -> None:
        """Take one sample into account."""
        self._samples += 1
        for name, value in sample.items():
            if value is None:
                self._types.setdefault(name, None)
                continue
            seen = _type_of(value, shapes=self._shapes)
            known = self._types.get(name)
            self._types[name] = seen if known is None else _common(known, seen)
            self._present[name] = self._present.get(name, 0) + 1

    def schema(self, name: str) -> Schema:
        """Return the schema; a field that was absent or None somewhere is optional.

        Raises:
            SchemaError: a field's name is none that a schema can have.
        """
        fields = tuple(self._field(field, kind) for field, kind in self._types.items())
        return Schema(class_name(name), "1.0.0", fields)

    def _field(self, name: str, kind: FieldType | None) -> Field:
        try:
            if self._present.get(name) == self._samples:
                return Field(name, kind or ANY)
            return Field(name, kind or ANY, optional=True, default=None)
        except SchemaError as error:
            raise SchemaError(
                f"{error}; declare a @packable type, or rename the field, to list these samples"
            ) from error


def _type_of(value: object, *, shapes: bool = False) -> FieldType:
    if isinstance(value, np.ndarray):
        shape = value.shape if shapes else None
        return FieldType(kind="ndarray", dtype=dtype_text(value.dtype), shape=shape)
    if isinstance(value, np.generic):
        return _type_of(value.item())
    if isinstance(value, list | tuple):
        kinds = [_type_of(item, shapes=shapes) for item in value if item is not None]
        if not value:
            return _EMPTY
        items = _common(*kinds) if kinds else ANY
        return FieldType(kind="array", items=items, items_optional=len(kinds) < len(value))
    if isinstance(value, dict):
        return FieldType(kind="map", items=ANY)
    primitive = _PRIMITIVES.get(type(value))
    return ANY if primitive is None else FieldType(kind="primitive", primitive=primitive)


def _common(first: FieldType, *others: FieldType) -> FieldType:
    for other in others:
        if other == first or other is _EMPTY:
            continue
        if first is _EMPTY and other.kind == "array":
            first = other
        elif first.kind == other.kind == "array":
            first = FieldType(
                kind="array",
                items=_common(first.items or ANY, other.items or ANY),
                items_optional=first.items_optional or other.items_optional,
            )
        elif first.kind == other.kind == "ndarray":
            first = _common_array(first, other)
        else:
            return ANY
    return first


def _common_array(a: FieldType, b: FieldType) -> FieldType:
    shape = None
    if a.shape is not None and b.shape is not None and len(a.shape) == len(b.shape):
        shape = tuple(x if x == y else None for x, y in zip(a.shape, b.shape, strict=True))
    return FieldType(kind="ndarray", dtype=a.dtype if a.dtype == b.dtype else None, shape=shape)
