"""LensNetwork: the graph of all lenses, and the cheapest way from one type to another."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import islice
from threading import RLock
from typing import TYPE_CHECKING, Any, ClassVar, Final, Self, TypeVar

from atdata_nb.display import Displayed
from atdata_nb.errors import AmbiguousLensError, LensError, LensNotFoundError
from atdata_nb.lenses.composition import ComposedLens
from atdata_nb.lenses.definitions import definition_of, place_of, type_name
from atdata_nb.lenses.dicts import DecodingLens
from atdata_nb.lenses.lens import Lens, identity_lens
from atdata_nb.lenses.missing import explain_ambiguous, explain_missing, explain_stale
from atdata_nb.lenses.paths import PricedEdge, cheapest_paths
from atdata_nb.lenses.rebinding import rebind
from atdata_nb.samples import DictSample

if TYPE_CHECKING:
    from collections.abc import Iterator

    from atdata_nb.lenses.references import CodeReference

S = TypeVar("S")
V = TypeVar("V")

# Below it, costs would be lost in the rounding of sums.
MIN_COST: Final = 1e-6
SHOWN_WAYS: Final = 4
SHOWN_LENSES: Final = 20


@dataclass(frozen=True, slots=True)
class RegisteredLens:
    """A lens in a network.

    Attributes:
        lens: the lens.
        cost: what a path through it costs.
        implements: the stored code reference that the user said this lens is, if any.
    """

    lens: Lens[Any, Any]
    cost: float = 1
    implements: CodeReference | None = None

    def priced(self) -> PricedEdge[RegisteredLens]:
        """The lens as an edge between the definitions of its types."""
        source, view = self.lens.source_type, self.lens.view_type
        return PricedEdge(definition_of(source), definition_of(view), self.cost, self)


class LensNetwork(Displayed):
    """Lenses as a directed graph between sample types.

    ``LensNetwork()`` is the one network of the process, as in the published ``atdata``, and the
    one ``@lens`` registers in; `fresh` makes an empty one of its own.

    A lens is known by its function's module and qualified name together with the names of its
    two types: defining it again replaces it. Types are known by their name and their fields:
    after only the cell of a class was run again, its lenses still hold if the fields are the
    same; if they are not, `transform` says which lens was written for the earlier class. What
    was replaced is not kept alive.

    From `DictSample` there is a way to every sample type, by decoding, at cost 1, unless a
    registered lens leads there directly; it is never part of a longer path.

    All methods may be called from several threads.

    Example:
        >>> from atdata_nb.samples import packable
        >>> @packable
        ... class Metres:
        ...     metres: float
        >>> @packable
        ... class Feet:
        ...     feet: float
        >>> def to_feet(sample: Metres) -> Feet:
        ...     return Feet(sample.metres / 0.3048)
        >>> network = LensNetwork.fresh()
        >>> network.register(Lens(to_feet))
        >>> network
        LensNetwork of 1 lens:
          to_feet: Metres → Feet
        >>> network.transform(Metres, Feet)(Metres(3.048))
        Feet(feet=10.0)
    """

    _default: ClassVar[LensNetwork | None] = None
    _creation: ClassVar[RLock] = RLock()
    _lenses: dict[tuple[Any, ...], RegisteredLens]
    _lock: RLock

    def __new__(cls) -> Self:
        """Return the network of the process."""
        with LensNetwork._creation:
            if LensNetwork._default is None:
                LensNetwork._default = cls.fresh()
        return LensNetwork._default  # type: ignore[return-value]

    @classmethod
    def default(cls) -> LensNetwork:
        """Return the network of the process, where ``@lens`` registers."""
        return cls()

    @classmethod
    def fresh(cls) -> Self:
        """Return a new, empty network."""
        network = super().__new__(cls)
        network._lenses, network._lock = {}, RLock()
        return network

    def register(
        self,
        lens: Lens[Any, Any],
        /,
        *,
        cost: float = 1,
        implements: CodeReference | None = None,
    ) -> None:
        """Add a lens, or replace the earlier definition of it.

        Args:
            lens: the lens.
            cost: what a path through it costs; the cheapest path is taken.
            implements: a stored reference to code which, you say, this lens is. It is the only
                way for a stored lens with code in it to run.

        Raises:
            LensError: the cost is not a number of at least 0.000001.
        """
        if not MIN_COST <= cost < math.inf:
            message = f"lens {lens.name}: its cost {cost!r} is not a number of at least {MIN_COST}"
            raise LensError(message)
        with self._lock:
            self._lenses[_key(lens)] = RegisteredLens(lens, cost, implements)

    def unregister(self, lens: Lens[Any, Any] | str, /) -> None:
        """Remove a lens, or every lens of that name.

        Raises:
            LensNotFoundError: it is not registered.
        """
        with self._lock:
            keys = [
                key
                for key, known in self._lenses.items()
                if (known.lens.name == lens if isinstance(lens, str) else known.lens is lens)
            ]
            for key in keys:
                del self._lenses[key]
        if not keys:
            name = lens if isinstance(lens, str) else lens.name
            message = f"no lens {name} is registered here; there are: {self._names() or 'none'}"
            raise LensNotFoundError(message)

    def transform(self, source_type: type[S], view_type: type[V], /) -> Lens[S, V]:
        """Return the lens from one type to another: registered, or composed of registered ones.

        A type leads to itself by the identity. Fields are never copied by name unasked.

        Raises:
            LensNotFoundError: no path leads there, or a lens that did was written for an earlier
                definition of one of the types; the message says which lenses come nearest.
            AmbiguousLensError: several paths of the same, lowest cost lead there.
        """
        start, end = definition_of(source_type), definition_of(view_type)
        if start == end:
            return rebind(identity_lens(source_type), source_type, view_type)
        known = self.registered
        edges = [item.priced() for item in known]
        if source_type is DictSample and hasattr(view_type, "from_data"):
            edges += _decoding(edges, view_type)
        paths = list(islice(cheapest_paths(edges, start, end), SHOWN_WAYS + 1))
        if not paths or len(paths[0]) > 1 or paths[0][0] not in known:
            _refuse_stale(known, source_type, view_type, paths[0] if paths else ())
        if not paths:
            raise LensNotFoundError(explain_missing(edges, source_type, view_type))
        if len(paths) > 1:
            ways = [tuple(item.lens for item in path) for path in paths]
            raise AmbiguousLensError(
                explain_ambiguous(ways, source_type, view_type, shown=SHOWN_WAYS)
            )
        return rebind(_compose(paths[0]), source_type, view_type)

    def implementation(self, reference: CodeReference, /) -> Lens[Any, Any] | None:
        """Return the lens that was registered as what a stored code reference stands for."""
        return next((item.lens for item in self.registered if item.implements == reference), None)

    @property
    def registered(self) -> tuple[RegisteredLens, ...]:
        """All lenses with their costs, in the order they were first registered."""
        with self._lock:
            return tuple(self._lenses.values())

    @property
    def lenses(self) -> tuple[Lens[Any, Any], ...]:
        """All lenses, in the order they were first registered."""
        return tuple(item.lens for item in self.registered)

    def __iter__(self) -> Iterator[Lens[Any, Any]]:
        return iter(self.lenses)

    def __len__(self) -> int:
        return len(self._lenses)

    def __contains__(self, lens: object) -> bool:
        return any(known is lens for known in self.lenses)

    def __repr__(self) -> str:
        known = self.registered
        lines = [f"LensNetwork of {len(known)} lens{'' if len(known) == 1 else 'es'}"]
        for item in known[:SHOWN_LENSES]:
            source, view = type_name(item.lens.source_type), type_name(item.lens.view_type)
            price = "" if item.cost == 1 else f" (cost {item.cost:g})"
            lines.append(f"  {item.lens.name}: {source} → {view}{price}")
        if len(known) > SHOWN_LENSES:
            lines.append(f"  … and {len(known) - SHOWN_LENSES} more")
        return (":\n" if len(lines) > 1 else "").join([lines[0], "\n".join(lines[1:])])

    def _names(self) -> str:
        return ", ".join(sorted({lens.name for lens in self.lenses}))


def transform(source_type: type[S], view_type: type[V], /) -> Lens[S, V]:
    """Return the lens from one type to another in the network of the process.

    Raises:
        LensNotFoundError: no path leads there.
        AmbiguousLensError: several equally cheap paths do.
    """
    return LensNetwork.default().transform(source_type, view_type)


def _key(lens: Lens[Any, Any]) -> tuple[Any, ...]:
    places = (place_of(lens.source_type), place_of(lens.view_type))
    return (*lens.place, lens.name, *places)


def _compose(path: tuple[RegisteredLens, ...]) -> Lens[Any, Any]:
    steps = tuple(step for item in path for step in item.lens.steps)
    return path[0].lens if len(path) == 1 else ComposedLens(steps)


def _decoding(
    edges: list[PricedEdge[RegisteredLens]], view_type: type
) -> list[PricedEdge[RegisteredLens]]:
    edge = RegisteredLens(DecodingLens(view_type)).priced()
    direct = any(known[:2] == edge[:2] for known in edges)
    return [] if direct else [edge]


def _refuse_stale(
    known: tuple[RegisteredLens, ...],
    source_type: type,
    view_type: type,
    path: tuple[RegisteredLens, ...],
) -> None:
    """Raise where a direct lens exists, but for an earlier definition of one of the types.

    Neither its absence nor a longer way round may silently stand in for it (TRAPS C4). A path
    that leads through the lens itself, by way of the earlier definition, was meant.
    """
    places = (place_of(source_type), place_of(view_type))
    if places[0] == places[1]:
        return
    wanted = (definition_of(source_type), definition_of(view_type))
    for item in known:
        lens = item.lens
        if item in path or (place_of(lens.source_type), place_of(lens.view_type)) != places:
            continue
        if (definition_of(lens.source_type), definition_of(lens.view_type)) != wanted:
            raise LensNotFoundError(explain_stale(lens, source_type, view_type))
