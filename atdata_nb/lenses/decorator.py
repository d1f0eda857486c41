"""The ``@lens`` decorator: a function between two sample types becomes a registered lens."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar, overload

from atdata_nb.lenses.lens import Lens, hide_function
from atdata_nb.lenses.network import LensNetwork

if TYPE_CHECKING:
    from collections.abc import Callable

S = TypeVar("S")
V = TypeVar("V")


@overload
def lens(get: Callable[[S], V], /) -> Lens[S, V]: ...
@overload
def lens(
    *, name: str | None = None, cost: float = 1, network: LensNetwork | None = None
) -> Callable[[Callable[[S], V]], Lens[S, V]]: ...
def lens(
    get: Callable[[S], V] | None = None,
    /,
    *,
    name: str | None = None,
    cost: float = 1,
    network: LensNetwork | None = None,
) -> Lens[S, V] | Callable[[Callable[[S], V]], Lens[S, V]]:
    """Make a function a lens and register it, replacing its earlier definition.

    Args:
        get: takes one sample and returns a view of it; annotated with both types.
        name: what the lens is called; by default the function's name.
        cost: what a path through it costs (`LensNetwork.register`).
        network: where to register it; by default the network of the process.

    Raises:
        LensError: the function does not take exactly one parameter, or an annotation is missing
            or names no class.

    Example:
        >>> from atdata_nb.samples import packable
        >>> @packable
        ... class Celsius:
        ...     degrees: float
        >>> @packable
        ... class Kelvin:
        ...     kelvin: float
        >>> @lens(network=LensNetwork.fresh())
        ... def to_kelvin(sample: Celsius) -> Kelvin:
        ...     return Kelvin(sample.degrees + 273.0)
        >>> @to_kelvin.putter
        ... def from_kelvin(view: Kelvin, source: Celsius) -> Celsius:
        ...     return Celsius(view.kelvin - 273.0)
        >>> to_kelvin
        Lens to_kelvin: Celsius → Kelvin (get and put)
    """

    def decorate(function: Callable[[S], V]) -> Lens[S, V]:
        made = Lens(function, name=name)
        hide_function(function)
        # An empty network is false, as an empty list is.
        place = LensNetwork.default() if network is None else network
        place.register(made, cost=cost)
        return made

    return decorate if get is None else decorate(get)
