"""Drawing: a small directed graph in pixels, as boxes, arrows and where their labels go."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from atdata_nb.views.layers import Layers, Link, in_layers

BOX, ROW, MARGIN = 28, 60, 20
_CHAR, _LABEL_CHAR = 7.2, 6.2
_LEAST_GAP, _LABEL_ROOM = 70, 36
_TIP = 7
_BETWEEN = 16
_LABEL_HEIGHT, _APART = 12, 4

Point = tuple[float, float]
Stop = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Box:
    """A node: left edge, middle height and width of its rectangle."""

    x: float
    y: float
    width: float


@dataclass(frozen=True, slots=True)
class Arrow:
    """A link: its line and its tip as SVG path data, and where its label goes.

    Attributes:
        line: from one node to the other.
        tip: at its end.
        x: middle of the label.
        y: base line of the label.
        half: half the width of the label.
    """

    line: str
    tip: str
    x: float
    y: float
    half: float


@dataclass(frozen=True, slots=True)
class Drawing:
    """A graph that was laid out."""

    width: int
    height: int
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]


def draw(names: list[str], links: list[Link], labels: list[str]) -> Drawing:
    """Return the drawing of named nodes and of labelled links between them.

    >>> drawing = draw(["Metres", "Feet"], [(0, 1)], ["to_feet"])
    >>> drawing.boxes[0].x < drawing.arrows[0].x < drawing.boxes[1].x
    True
    """
    layers = in_layers(len(names), links)
    widths = [len(name) * _CHAR + 20 for name in names]
    columns = _columns(layers, widths, labels)
    # A link to where it starts stands above its node.
    top = MARGIN + (BOX if any(start == end for start, end in links) else 0)
    highest = min(layers.height, default=0)
    heights = [top + (height - highest) * ROW for height in layers.height]
    boxes = tuple(
        Box(round(sum(columns[layers.column[i]]) / 2 - width / 2, 1), heights[i], round(width, 1))
        for i, width in enumerate(widths)
    )
    arrows: list[Arrow] = []
    for number, chain in enumerate(layers.chains):
        shift = _shift(number, links)
        stops = [_stop(place, layers, columns, boxes, heights[place]) for place in chain]
        arrows.append(_arrow(stops, shift, len(labels[number]) * _LABEL_CHAR / 2, arrows))
    width = columns[-1][1] if columns else 0.0
    height = max(heights, default=0.0) + BOX
    return Drawing(round(width + MARGIN), round(height), boxes, tuple(arrows))


def _columns(layers: Layers, widths: list[float], labels: list[str]) -> list[Point]:
    """Return left and right edge of each column, with room for the labels between them."""
    count = max(layers.column, default=-1) + 1
    wide = [0.0] * count
    for place, width in enumerate(widths):
        wide[layers.column[place]] = max(wide[layers.column[place]], width)
    gaps = [float(_LEAST_GAP)] * count
    for chain, label in zip(layers.chains, labels, strict=True):
        # The label stands in the gap next to where the link starts.
        gap = min(layers.column[chain[0]], layers.column[chain[1]])
        gaps[gap] = max(gaps[gap], len(label) * _LABEL_CHAR + _LABEL_ROOM)
    edges: list[Point] = []
    left = float(MARGIN)
    for wide_as, room in zip(wide, gaps, strict=True):
        edges.append((left, left + wide_as))
        left += wide_as + room
    return edges


def _shift(number: int, links: list[Link]) -> float:
    """Return how far a link stands off the middle, where several join the same two nodes."""
    twins = [i for i, link in enumerate(links) if set(link) == set(links[number])]
    return (twins.index(number) - (len(twins) - 1) / 2) * _BETWEEN


def _stop(
    place: int, layers: Layers, columns: list[Point], boxes: tuple[Box, ...], y: float
) -> Stop:
    """Return left edge, right edge and height of what a link passes or touches."""
    if place < len(boxes):
        return boxes[place].x, boxes[place].x + boxes[place].width, y
    left, right = columns[layers.column[place]]
    return left, right, y


def _arrow(stops: list[Stop], shift: float, half: float, others: list[Arrow]) -> Arrow:
    if len(stops) == 2 and stops[0] == stops[1]:  # noqa: PLR2004 - a link to where it starts
        return _loop(stops[0], shift, half)
    ahead = stops[1][0] > stops[0][0]
    way = 1 if ahead else -1
    gaps = [
        ((here[1 if ahead else 0], here[2] + shift), (there[0 if ahead else 1], there[2] + shift))
        for here, there in itertools.pairwise(stops)
    ]
    (end_x, end_y) = gaps[-1][1]
    gaps[-1] = (gaps[-1][0], (end_x - way * _TIP, end_y))
    line = "M" + "L".join(_curve(*gap) for gap in gaps)
    tip = f"M{_pair((end_x, end_y))}l{-way * _TIP},-4v8z"
    x, y = _label(gaps[0], half, others, below=shift > 0)
    return Arrow(line, tip, x, y, half)


def _curve(start: Point, end: Point) -> str:
    middle = (start[0] + end[0]) / 2
    return f"{_pair(start)}C{_pair((middle, start[1]))} {_pair((middle, end[1]))} {_pair(end)}"


def _label(gap: tuple[Point, Point], half: float, others: list[Arrow], *, below: bool) -> Point:
    """Return a place on a curve where no earlier label is, or else its middle."""
    (x0, y0), (x1, y1) = gap
    places = [
        # A point of a cubic with both handles at half its width, and a little above or below it.
        (
            round(x0 + (x1 - x0) * (1.5 * t * (1 - t) + t**3), 1),
            round(y0 + (y1 - y0) * (3 * t * t - 2 * t**3) + off, 1),
        )
        for off in ((13, -5) if below else (-5, 13))
        for t in (0.5, 0.38, 0.62, 0.28, 0.72)
    ]
    free = [
        place
        for place in places
        if not any(
            abs(other.x - place[0]) < other.half + half + _APART
            and abs(other.y - place[1]) < _LABEL_HEIGHT
            for other in others
        )
    ]
    return (free or places)[0]


def _loop(stop: Stop, shift: float, half: float) -> Arrow:
    x, top = (stop[0] + stop[1]) / 2 + shift, stop[2] - BOX / 2
    start, end = (x - 10, top), (x + 10, top - _TIP)
    line = f"M{_pair(start)}C{_pair((x - 18, top - 26))} {_pair((x + 18, top - 26))} {_pair(end)}"
    return Arrow(
        line, f"M{_pair((x + 10, top))}l-4,-{_TIP}h8z", round(x, 1), round(top - 22, 1), half
    )


def _pair(point: Point) -> str:
    return f"{round(point[0], 1):g},{round(point[1], 1):g}"
