"""Rebinding: a lens between classes whose notebook cells were run again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from atdata_nb.errors import LensError
from atdata_nb.lenses.definitions import same_definition, type_name
from atdata_nb.lenses.lens import Lens
from atdata_nb.samples import field_specs

if TYPE_CHECKING:
    from collections.abc import Callable

    from atdata_nb.lenses.declarative import DeclarativeLens

S = TypeVar("S")
V = TypeVar("V")


def rebind(lens: Lens[Any, Any], source_type: type[S], view_type: type[V]) -> Lens[S, V]:
    """Return the lens for re-defined classes with the same fields as its own.

    The lens's functions are called as they are: in a notebook, the class names in them stand for
    the new classes already. A result that is of the old class is made one of the new.
    """
    if lens.source_type is source_type and lens.view_type is view_type:
        return lens
    return ReboundLens(lens, source_type, view_type)


class ReboundLens(Lens[Any, Any]):
    """A lens seen through re-defined classes."""

    def __init__(self, lens: Lens[Any, Any], source_type: type, view_type: type) -> None:
        self._original = lens
        super().__init__(
            _Converted(lens.get, view_type, lens.name),
            _Converted(lens.put, source_type, lens.name) if lens.can_put else None,
            name=lens.name,
            source_type=source_type,
            view_type=view_type,
        )

    @property
    def steps(self) -> tuple[Lens[Any, Any], ...]:
        """The lenses the original was composed of."""
        steps = self._original.steps
        return steps if len(steps) > 1 else (self,)

    @property
    def declaration(self) -> DeclarativeLens | None:
        """The original as data, where it was made from data."""
        return self._original.declaration

    def __reduce__(self) -> tuple[Any, ...]:
        return ReboundLens, (self._original, self.source_type, self.view_type)


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
