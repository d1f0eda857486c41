"""Compatibility: whether a value of one field's type may stand in another field."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from atdata_nb.lenses.definitions import same_definition

if TYPE_CHECKING:
    from atdata_nb.samples import TypeSpec

_CLASSES: Final[dict[str, tuple[type, ...]]] = {
    "str": (str,),
    "int": (int, np.integer),
    "float": (float, int, np.floating, np.integer),
    "bool": (bool, np.bool_),
    "bytes": (bytes, bytearray, memoryview),
    "ndarray": (np.ndarray,),
    "list": (list, tuple),
    "dict": (dict,),
}


def may_stand(given: TypeSpec, wanted: TypeSpec) -> bool:
    """Whether every value of one type is also a value of the other, as it is.

    >>> from atdata_nb.samples import TypeSpec
    >>> may_stand(TypeSpec("int"), TypeSpec("int", optional=True))
    True
    >>> may_stand(TypeSpec("int", optional=True), TypeSpec("int"))
    False
    """
    if wanted.kind == "any":
        return True
    if given.kind != wanted.kind or (given.optional and not wanted.optional):
        return False
    if wanted.dtype is not None and given.dtype != wanted.dtype:
        return False
    if not _shape_fits(given.shape, wanted.shape):
        return False
    if given.sample_type is not None and wanted.sample_type is not None:
        return same_definition(given.sample_type, wanted.sample_type)
    if wanted.items is None:
        return True
    return given.items is not None and may_stand(given.items, wanted.items)


def is_value(value: Any, spec: TypeSpec) -> bool:
    """Whether a value may stand in a field of this type."""
    if value is None or spec.kind == "any":
        return spec.optional or spec.kind == "any"
    if spec.kind == "packable":
        return spec.sample_type is not None and isinstance(value, spec.sample_type)
    if not isinstance(value, _CLASSES[spec.kind]):
        return False
    if isinstance(value, bool):
        return spec.kind == "bool"
    if isinstance(value, np.ndarray):
        right_dtype = spec.dtype is None or spec.dtype == value.dtype
        return right_dtype and _shape_fits(value.shape, spec.shape)
    return spec.items is None or _are_values(value, spec.items)


def _are_values(value: Any, spec: TypeSpec) -> bool:
    items = value.values() if isinstance(value, dict) else value
    return all(is_value(item, spec) for item in items)


def _shape_fits(
    given: tuple[int | None, ...] | None, wanted: tuple[int | None, ...] | None
) -> bool:
    if wanted is None:
        return True
    if given is None or len(given) != len(wanted):
        return False
    return all(want is None or have == want for have, want in zip(given, wanted, strict=True))
