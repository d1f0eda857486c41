"""Facts of a lens network: its lenses as a table, and as a picture where they are few enough."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from atdata_nb.views.amounts import counted
from atdata_nb.views.drawing import Arrow, Box, draw
from atdata_nb.views.folds import MOST_ROWS, Part, folded
from atdata_nb.views.lenses import direction
from atdata_nb.views.text import one_line

if TYPE_CHECKING:
    from atdata_nb.lenses import LensNetwork, RegisteredLens

MOST_TYPES, MOST_DRAWN = 40, 80
_NAME, _LABEL = 28, 24


@dataclass(frozen=True, slots=True)
class RouteFacts:
    """One lens: its name, its two types, whether it writes back, and its cost unless it is 1."""

    name: str
    source: str
    view: str
    direction: str
    cost: str


@dataclass(frozen=True, slots=True)
class PictureFacts:
    """The graph as a picture: boxes and arrows, each with its text."""

    width: int
    height: int
    boxes: tuple[tuple[Box, str], ...]
    arrows: tuple[tuple[Arrow, str, str], ...]


@dataclass(frozen=True, slots=True)
class NetworkFacts:
    """What a face shows of a lens network.

    Attributes:
        extent: how many lenses and types there are.
        parts: the lenses, all but the first of them folded.
        left_out: how many further lenses there are.
        costs: whether any cost is not 1.
        picture: None where there is nothing to draw, or too much.
    """

    extent: str
    parts: tuple[Part[RouteFacts], ...]
    left_out: int
    costs: bool
    picture: PictureFacts | None


def network_facts(network: LensNetwork) -> NetworkFacts:
    """Return the facts of a network."""
    from atdata_nb.lenses.definitions import definition_of

    known = network.registered
    ends = {
        definition_of(cls): cls
        for item in known
        for cls in (item.lens.source_type, item.lens.view_type)
    }
    routes = tuple(_route(item) for item in known[:MOST_ROWS])
    lenses = f"{len(known):,} lens{'' if len(known) == 1 else 'es'}"
    return NetworkFacts(
        extent=f"{lenses} between {counted(len(ends), 'type')}" if known else lenses,
        parts=folded(routes, lambda route: route.name),
        left_out=max(0, len(known) - MOST_ROWS),
        costs=any(item.cost != 1 for item in known),
        picture=_picture(known, list(ends)),
    )


def _route(item: RegisteredLens) -> RouteFacts:
    return RouteFacts(
        name=one_line(item.lens.name, 60),
        source=_type(item.lens.source_type),
        view=_type(item.lens.view_type),
        direction=direction(item.lens),
        cost=f"{item.cost:g}",
    )


def _type(cls: type) -> str:
    from atdata_nb.lenses.definitions import type_name

    return one_line(type_name(cls), 60)


def _picture(known: tuple[RegisteredLens, ...], types: list[Any]) -> PictureFacts | None:
    from atdata_nb.lenses.definitions import definition_of

    if not known or len(types) > MOST_TYPES or len(known) > MOST_DRAWN:
        return None
    numbers = {definition: number for number, definition in enumerate(types)}
    links = [
        (numbers[definition_of(i.lens.source_type)], numbers[definition_of(i.lens.view_type)])
        for i in known
    ]
    names = [one_line(definition.name, _NAME) for definition in types]
    labels = [one_line(item.lens.name, _LABEL) for item in known]
    drawing = draw(names, links, labels)
    routes = [_route(item) for item in known]
    titles = [f"{route.name}: {route.source} → {route.view}" for route in routes]
    return PictureFacts(
        drawing.width,
        drawing.height,
        tuple(zip(drawing.boxes, names, strict=True)),
        tuple(zip(drawing.arrows, labels, titles, strict=True)),
    )
