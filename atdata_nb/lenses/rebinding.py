"""Rebinding: a lens between classes whose notebook cells were run again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from atdata_nb.errors import LensError
from atdata_nb.lenses.composition import ComposedLens
from atdata_nb.lenses.definitions import same_definition, type_name
from atdata_nb.lenses.lens import Lens
from atdata_nb.samples import field_specs

if TYPE_CHECKING:
    from collections.abc import Callable

S = TypeVar("S")
V = TypeVar("V")


def rebind(lens: Lens[Any, Any], source_type: type[S], view_type: type[V]) -> Lens[S, V]:
    """Return the lens for re-defined classes with the same fields as its own.

    The lens's functions are called as they are: in a notebook, the class names in them stand for
    the new classes already. A result that is of the old class is made one of the new.
    """
    if lens.source_type is source_type and lens.view_type is view_type:
        return lens
    first, last = lens.steps[0], lens.steps[-1]
    if first is not last:
        begin = rebind(first, source_type, first.view_type)
        end = rebind(last, last.source_type, view_type)
        return ComposedLens((begin, *lens.steps[1:-1], end))
    if lens.declaration is not None:
        return lens.declaration.as_lens(source_type, view_type, name=lens.name)
    get, put = lens.functions
    return Lens(
        _Converted(get, view_type, lens.name),
        None if put is None else _Converted(put, source_type, lens.name),
        name=lens.name,
        source_type=source_type,
        view_type=view_type,
    )


class _Converted:
    """A function whose results are made samples of the current class."""

    def __init__(self, function: Callable[..., Any], wanted: type, name: str) -> None:
        self._function, self._wanted, self._name = function, wanted, name

    def __call__(self, sample: Any, *source: Any) -> Any:
        result = self._function(sample, *source)
        if isinstance(result, self._wanted):
            return result
        return convert(result, self._wanted, self._name)


def convert(sample: Any, wanted: type[V], name: str) -> V:
    """Return a sample of an earlier definition of a class as one of the class itself.

    Raises:
        LensError: it is of some other class, or of a definition with other fields.
    """
    if not same_definition(type(sample), wanted):
        message = (
            f"lens {name} gave a {type_name(type(sample))} that is not the current "
            f"{type_name(wanted)}; run the cell that defines the lens again"
        )
        raise LensError(message)
    fields = {spec.name: getattr(sample, spec.name) for spec in field_specs(wanted)}
    return wanted(**fields)
