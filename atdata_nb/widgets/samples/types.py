"""Types: what a sample type says of a field, in a few words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atdata_nb.views.amounts import shaped
from atdata_nb.views.text import one_line

if TYPE_CHECKING:
    from atdata_nb.samples import TypeSpec


def type_words(spec: TypeSpec) -> str:
    """Return a field's type as it stands above its column."""
    said = _plain(spec)
    return f"{said}, optional" if spec.optional else said


def _plain(spec: TypeSpec) -> str:
    match spec.kind:
        case "ndarray":
            name = "array" if spec.dtype is None else str(spec.dtype)
            return name if spec.shape is None else f"{name} {shaped(spec.shape)}"
        case "list" | "dict" if spec.items is not None:
            return f"{spec.kind} of {_plain(spec.items)}"
        case "packable" if spec.sample_type is not None:
            return one_line(spec.sample_type.__name__, 40)
        case kind:
            return str(kind)
