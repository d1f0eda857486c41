"""Composition: lenses one after the other, as one lens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from atdata_nb.errors import LensError
from atdata_nb.lenses.definitions import same_definition, type_name
from atdata_nb.lenses.lens import Lens

if TYPE_CHECKING:
    from collections.abc import Callable

    from atdata_nb.lenses.declarative import DeclarativeLens

S = TypeVar("S")
V = TypeVar("V")
W = TypeVar("W")


def compose(first: Lens[S, V], then: Lens[V, W]) -> Lens[S, W]:
    """Return the lens that is ``first``, then ``then``; the same as ``first | then``.

    Raises:
        LensError: the second lens does not start where the first one ends.
    """
    met, wanted = first.view_type, then.source_type
    if not (issubclass(met, wanted) or same_definition(met, wanted)):
        message = (
            f"lens {then.name} can't follow {first.name}: it takes a {type_name(wanted)}, "
            f"but {first.name} gives a {type_name(met)}"
        )
        raise LensError(message)
    return ComposedLens((*first.steps, *then.steps))


class ComposedLens(Lens[Any, Any]):
    """Lenses one after the other."""

    def __init__(self, steps: tuple[Lens[Any, Any], ...]) -> None:
        self._steps = steps
        super().__init__(
            _GetThrough(steps),
            _PutThrough(steps) if all(step.can_put for step in steps) else None,
            name=" | ".join(step.name for step in steps),
            source_type=steps[0].source_type,
            view_type=steps[-1].view_type,
        )

    @property
    def steps(self) -> tuple[Lens[Any, Any], ...]:
        """The lenses this one was composed of, in the order they are applied."""
        return self._steps

    @property
    def declaration(self) -> DeclarativeLens | None:
        """The lens as data, where every step of it is."""
        parts = [step.declaration for step in self.steps]
        if not all(parts):
            return None
        from atdata_nb.lenses.declarative import DeclarativeLens

        return DeclarativeLens(tuple(step for part in parts if part for step in part.steps))

    def putter(self, put: Callable[[Any, Any], Any], /) -> Callable[[Any, Any], Any]:  # noqa: ARG002
        """Refuse: a composed lens writes back through the putters of its steps.

        Raises:
            LensError: always.
        """
        message = f"lens {self.name} is composed; give each of its steps a putter instead"
        raise LensError(message)

    def __reduce__(self) -> tuple[Any, ...]:
        return ComposedLens, (self._steps,)


class _GetThrough:
    """The getters of several lenses, one after the other."""

    def __init__(self, steps: tuple[Lens[Any, Any], ...]) -> None:
        self._gets = tuple(step.get for step in steps)

    def __call__(self, sample: Any) -> Any:
        for get in self._gets:
            sample = get(sample)
        return sample


class _PutThrough:
    """The putters of several lenses, from the last to the first."""

    def __init__(self, steps: tuple[Lens[Any, Any], ...]) -> None:
        self._steps = steps

    def __call__(self, view: Any, source: Any) -> Any:
        sources = [source]
        for step in self._steps[:-1]:
            sources.append(step.get(sources[-1]))
        for step, seen in zip(reversed(self._steps), reversed(sources), strict=True):
            view = step.put(view, seen)
        return view
