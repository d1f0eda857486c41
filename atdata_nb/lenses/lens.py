"""Lens: one sample type seen as another, and written back through the view."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from atdata_nb.display import Displayed
from atdata_nb.errors import LensError
from atdata_nb.lenses.definitions import type_name
from atdata_nb.lenses.signatures import check_putter, function_name, read_signature

if TYPE_CHECKING:
    from collections.abc import Callable

    from atdata_nb.lenses.declarative import DeclarativeLens

S = TypeVar("S")
V = TypeVar("V")
W = TypeVar("W")


class Lens(Displayed, Generic[S, V]):
    """A view of samples of one type as samples of another.

    ``get`` makes the view of a source. ``put`` takes a (changed) view and the source it came
    from, and returns the source with the change in it. A lens without a putter only reads: where
    the published ``atdata`` returns the source unchanged, and so loses the change silently,
    `put` here is an error.

    Lenses compose: ``f | g`` is first ``f``, then ``g``; ``g @ f`` is the same.

    Args:
        get: takes exactly one parameter, the source; its annotations name the two types.
        put: takes the view and the source; see also `putter`.
        name: what the lens is called; by default the name of ``get``.
        source_type: instead of the annotation, for functions that have none.
        view_type: instead of the annotation.

    Raises:
        LensError: ``get`` does not take exactly one parameter, ``put`` not two, or the types are
            not known.

    Example:
        >>> from atdata_nb.samples import packable
        >>> @packable
        ... class Celsius:
        ...     degrees: float
        >>> @packable
        ... class Kelvin:
        ...     kelvin: float
        >>> def to_kelvin(sample: Celsius) -> Kelvin:
        ...     return Kelvin(sample.degrees + 273.0)
        >>> view = Lens(to_kelvin)
        >>> view
        Lens to_kelvin: Celsius → Kelvin (get only)
        >>> view(Celsius(20.0))
        Kelvin(kelvin=293.0)
    """

    def __init__(
        self,
        get: Callable[[S], V],
        put: Callable[[V, S], S] | None = None,
        *,
        name: str | None = None,
        source_type: type[S] | None = None,
        view_type: type[V] | None = None,
    ) -> None:
        if source_type is None or view_type is None:
            read_source, read_view = read_signature(get)
            source_type, view_type = source_type or read_source, view_type or read_view
        if put is not None:
            check_putter(put)
        self._get, self._put = get, put
        self._source_type, self._view_type = source_type, view_type
        self.name = name or function_name(get)
        # Like a wrapped function: help(), inspect and pickle find what they look for.
        self.__name__ = function_name(get)
        self.__module__ = getattr(get, "__module__", None) or type(get).__module__
        self.__qualname__ = _decorated_name(getattr(get, "__qualname__", self.name))
        self.place: tuple[str, str] = (self.__module__, self.__qualname__)
        self.__doc__ = getattr(get, "__doc__", None)

    @property
    def source_type(self) -> type[S]:
        """Type of the samples that are looked at."""
        return self._source_type

    @property
    def view_type(self) -> type[V]:
        """Type of the samples that are seen."""
        return self._view_type

    @property
    def can_put(self) -> bool:
        """Whether a view can be written back."""
        return self._put is not None

    @property
    def steps(self) -> tuple[Lens[Any, Any], ...]:
        """The lenses this one was composed of, in the order they are applied."""
        return (self,)

    @property
    def declaration(self) -> DeclarativeLens | None:
        """The lens as data, where it was made from data; None where it is a function."""
        found: DeclarativeLens | None = getattr(self._get, "declaration", None)
        return found

    @property
    def functions(self) -> tuple[Callable[[S], V], Callable[[V, S], S] | None]:
        """The getter and the putter themselves; None where there is no putter."""
        return self._get, self._put

    @property
    def __wrapped__(self) -> Callable[[S], V]:
        return self._get

    def get(self, source: S, /) -> V:
        """Return the view of a source."""
        return self._get(source)

    def __call__(self, source: S, /) -> V:
        """Return the view of a source, as `get` does."""
        return self._get(source)

    def put(self, view: V, source: S, /) -> S:
        """Return the source with what the view says written into it.

        Raises:
            LensError: the lens has no putter, or the view can't be written back.
        """
        if self._put is None:
            message = (
                f"lens {self.name} has no putter, so a {type_name(self.view_type)} can't be "
                f"written back into a {type_name(self.source_type)}; add one with "
                f"@{self.name}.putter"
            )
            raise LensError(message)
        return self._put(view, source)

    def putter(self, put: Callable[[V, S], S], /) -> Callable[[V, S], S]:
        """Give the lens its putter, as a decorator; the function itself is returned.

        Give the function another name than the lens: it stands under that name afterwards.

        Example:
            >>> from atdata_nb.samples import packable
            >>> @packable
            ... class Celsius:
            ...     degrees: float
            >>> @packable
            ... class Kelvin:
            ...     kelvin: float
            >>> to_kelvin = Lens(lambda sample: Kelvin(sample.degrees + 273.0),
            ...                  source_type=Celsius, view_type=Kelvin, name="to_kelvin")
            >>> @to_kelvin.putter
            ... def from_kelvin(view: Kelvin, source: Celsius) -> Celsius:
            ...     return Celsius(view.kelvin - 273.0)
            >>> to_kelvin.put(Kelvin(300.0), Celsius(20.0))
            Celsius(degrees=27.0)
        """
        check_putter(put)
        self._put = put
        return put

    def __or__(self, then: Lens[V, W]) -> Lens[S, W]:
        if not isinstance(then, Lens):
            return NotImplemented
        from atdata_nb.lenses.composition import compose

        return compose(self, then)

    def __matmul__(self, first: Lens[W, S]) -> Lens[W, V]:
        if not isinstance(first, Lens):
            return NotImplemented
        from atdata_nb.lenses.composition import compose

        return compose(first, self)

    def __repr__(self) -> str:
        types = [type_name(step.source_type) for step in self.steps]
        way = " → ".join([*types, type_name(self.view_type)])
        return f"Lens {self.name}: {way} ({'get and put' if self.can_put else 'get only'})"

    def __reduce__(self) -> tuple[Any, ...] | str:
        module, qualname = self.place
        if module != "__main__" and _find(module, qualname) is self:
            return qualname
        return _rebuild, (
            type(self),
            (self._get, self._put, self.name, self._source_type, self._view_type),
        )


def identity_lens(sample_type: type[S], /) -> Lens[S, S]:
    """Return the lens that shows a sample as itself.

    Example:
        >>> from atdata_nb.samples import packable
        >>> @packable
        ... class Digit:
        ...     label: int
        >>> identity_lens(Digit)
        Lens identity: Digit → Digit (get and put)
    """
    return Lens(_same, _put_whole, name="identity", source_type=sample_type, view_type=sample_type)


def _same(source: S) -> S:
    return source


def _put_whole(view: S, source: S) -> S:  # noqa: ARG001 - the view is all of the source
    return view


WRAPPED = ".__wrapped__"


def hide_function(function: Callable[..., Any]) -> None:
    """Tell pickle where a function is found once a lens has taken its name.

    ``@lens`` binds the name to the lens, so that pickle, which saves a function by its name,
    would find something else there; through the lens it finds the function.
    """
    name = getattr(function, "__qualname__", None)
    if isinstance(name, str) and not name.endswith(WRAPPED) and "<" not in name:
        function.__qualname__ = name + WRAPPED


def _decorated_name(name: str) -> str:
    return name.removesuffix(WRAPPED)


def _find(module: str, name: str) -> Any:
    found: Any = sys.modules.get(module)
    for part in name.split("."):
        found = getattr(found, part, None)
    return found


def _rebuild(cls: type[Lens[Any, Any]], parts: tuple[Any, ...]) -> Lens[Any, Any]:
    get, put, name, source_type, view_type = parts
    return cls(get, put, name=name, source_type=source_type, view_type=view_type)
