"""Lens laws: whether a putter really undoes what its getter does, tried on samples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar

from atdata_nb.display import Displayed
from atdata_nb.errors import LensError
from atdata_nb.lenses.definitions import type_name
from atdata_nb.lenses.differences import Difference, first_difference

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from atdata_nb.lenses.lens import Lens

S = TypeVar("S")
V = TypeVar("V")

LAWS: Final = {
    "GetPut": "put(get(s), s) == s",
    "PutGet": "get(put(v, s)) == v",
    "PutPut": "put(v2, put(v1, s)) == put(v2, s)",
}
NO_PUTTER: Final = "the lens has no putter"


@dataclass(frozen=True, slots=True)
class CounterExample:
    """One sample for which a law does not hold.

    Attributes:
        sample: place of the sample among those that were given.
        left: what the left side of the law gave; None when it raised.
        right: what the right side gave; None when something raised.
        difference: where the sides differ first, or what was raised.
    """

    sample: int
    left: Any
    right: Any
    difference: Difference | str

    def __str__(self) -> str:
        return f"sample {self.sample}: {self.difference}"


@dataclass(frozen=True, slots=True)
class LawResult:
    """What became of one law.

    Attributes:
        law: its name.
        equation: what it says.
        tried: how often it was tried.
        counter_example: the first sample for which it does not hold.
        reason: why it could not be tried, where it could not.
    """

    law: str
    equation: str
    tried: int
    counter_example: CounterExample | None = None
    reason: str | None = None

    @property
    def ok(self) -> bool:
        """Whether the law was tried and held every time."""
        return self.counter_example is None and self.reason is None

    def __str__(self) -> str:
        head = f"{self.law}: {self.equation}"
        if self.reason is not None:
            return f"{head} – not tried: {self.reason}"
        if self.counter_example is not None:
            return f"{head} – fails for {self.counter_example}"
        return f"{head} – held {_times(self.tried, 'time')}"


@dataclass(frozen=True, slots=True)
class LawReport(Displayed):
    """What became of the lens laws; true in a condition when all of them held.

    Attributes:
        lens: name of the lens.
        way: its types, ``Source → View``.
        samples: number of samples tried.
        results: one for each law.
    """

    lens: str
    way: str
    samples: int
    results: tuple[LawResult, ...]

    @property
    def ok(self) -> bool:
        """Whether all laws were tried and held."""
        return all(result.ok for result in self.results)

    @property
    def counter_example(self) -> CounterExample | None:
        """The first counter-example there is."""
        found = (result.counter_example for result in self.results)
        return next((example for example in found if example is not None), None)

    def __bool__(self) -> bool:
        return self.ok

    def __repr__(self) -> str:
        verdict = "holds" if self.ok else "does not hold"
        head = f"Lens {self.lens}: {self.way} {verdict} on {_times(self.samples, 'sample')}"
        return "\n".join([head, *(f"  {result}" for result in self.results)])


def check_lens_laws(
    lens: Lens[S, V],
    samples: Iterable[S],
    *,
    views: Iterable[V] = (),
    tolerance: float = 0.0,
) -> LawReport:
    """Try the three lens laws on samples, and report the first counter-example to each.

    What is put into a sample is the view of the next samples and of the sample itself, and each
    of ``views``: different samples make a better test than many.

    Args:
        lens: the lens.
        samples: samples of its source type.
        views: further views to put.
        tolerance: how far floats may lie apart, relative to their size.

    Raises:
        LensError: there are no samples.

    Example:
        >>> from atdata_nb.lenses import Lens
        >>> from atdata_nb.samples import packable
        >>> @packable
        ... class Name:
        ...     text: str
        >>> @packable
        ... class Shout:
        ...     text: str
        >>> shout = Lens(lambda s: Shout(s.text.upper()), lambda v, s: Name(v.text.lower()),
        ...              name="shout", source_type=Name, view_type=Shout)
        >>> check_lens_laws(shout, [Name("ann"), Name("Bo")])
        Lens shout: Name → Shout does not hold on 2 samples
          GetPut: put(get(s), s) == s – fails for sample 1: text: 'bo' (str) ≠ 'Bo' (str)
          PutGet: get(put(v, s)) == v – held 4 times
          PutPut: put(v2, put(v1, s)) == put(v2, s) – held 4 times
    """
    tried = list(samples)
    if not tried:
        raise LensError("lens laws can only be tried on samples; none were given")
    way = f"{type_name(lens.source_type)} → {type_name(lens.view_type)}"
    if not lens.can_put:
        untried = [LawResult(law, says, 0, reason=NO_PUTTER) for law, says in LAWS.items()]
        return LawReport(lens.name, way, len(tried), tuple(untried))
    trials = _Trials(lens, tried, list(views), tolerance)
    results = (trials.run("GetPut"), trials.run("PutGet"), trials.run("PutPut"))
    return LawReport(lens.name, way, len(tried), results)


def _times(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


Sides = tuple[Any, Any]


class _Trials:
    """The laws, and what to try them on."""

    def __init__(
        self, lens: Lens[Any, Any], samples: Sequence[Any], views: Sequence[Any], tolerance: float
    ) -> None:
        self._lens, self._samples, self._views = lens, samples, views
        self._tolerance = tolerance

    def run(self, law: str) -> LawResult:
        equation: Callable[[Any, Any, Any], Sides] = {
            "GetPut": self._get_put,
            "PutGet": self._put_get,
            "PutPut": self._put_put,
        }[law]
        tried = 0
        for place, sample in enumerate(self._samples):
            for views in self._pairs(place) if law != "GetPut" else [(None, None)]:
                tried += 1
                found = self._try(equation, place, sample, views)
                if found is not None:
                    return LawResult(law, LAWS[law], tried, found)
        return LawResult(law, LAWS[law], tried)

    def _pairs(self, place: int) -> list[tuple[Any, Any]]:
        """Which views to put into a sample: thunks, so that a getter that raises is reported."""
        near = [self._view_of((place + step) % len(self._samples)) for step in (0, 1, 2)]
        given = [lambda view=view: view for view in self._views]
        return [(near[2], near[1]), (near[1], near[0]), *((view, near[0]) for view in given)]

    def _view_of(self, place: int) -> Callable[[], Any]:
        return lambda: self._lens.get(self._samples[place])

    def _try(
        self, equation: Callable[[Any, Any, Any], Sides], place: int, sample: Any, views: Sides
    ) -> CounterExample | None:
        try:
            left, right = equation(sample, *views)
        except Exception as error:  # noqa: BLE001 - the lens is somebody's code; what it raises is the finding
            return CounterExample(place, None, None, f"raised {type(error).__name__}: {error}")
        found = first_difference(left, right, tolerance=self._tolerance)
        return None if found is None else CounterExample(place, left, right, found)

    def _get_put(self, sample: Any, _first: Any, _second: Any) -> Sides:
        return self._lens.put(self._lens.get(sample), sample), sample

    def _put_get(self, sample: Any, view: Any, _second: Any) -> Sides:
        wanted = view()
        return self._lens.get(self._lens.put(wanted, sample)), wanted

    def _put_put(self, sample: Any, first: Any, second: Any) -> Sides:
        early, late = first(), second()
        lens = self._lens
        return lens.put(late, lens.put(early, sample)), lens.put(late, sample)
