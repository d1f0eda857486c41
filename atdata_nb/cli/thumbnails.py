"""Thumbnails: pictures in a terminal, two pixels a character."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Final

from rich.color import Color
from rich.style import Style
from rich.text import Text

from atdata_nb.views.arrays import blocks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from atdata_nb.views.cells import Cell
    from atdata_nb.views.pictures import Picture

SIDE: Final = 20
_GREY, _ALPHA = 1, 4
_OPAQUE = 128


def can_draw(console: Console) -> bool:
    """Whether somebody sees colours there."""
    return console.is_terminal and console.color_system is not None and not console.no_color


def drawn(cell: Cell) -> Text:
    """Return a cell with its thumbnail or outline above what it says."""
    if cell.picture is not None:
        return Text("\n").join((thumbnail(cell.picture), Text(cell.text, "dim")))
    if cell.kind == "audio" and cell.curve:
        return Text(f"{blocks(cell.curve)} {cell.text}")
    # Text, not markup: a stranger's brackets are no instruction.
    return Text(cell.text)


def thumbnail(picture: Picture) -> Text:
    """Return a picture in half blocks; what is transparent keeps the terminal's own colour."""
    rows = [[_colour(pixel) for pixel in row] for row in picture.pixels.tolist()]
    if len(rows) % 2:
        rows.append([None] * picture.width)
    return Text("\n").join(map(_line, rows[::2], rows[1::2]))


def _colour(pixel: list[int]) -> Color | None:
    if len(pixel) == _ALPHA and pixel[3] < _OPAQUE:
        return None
    red, green, blue = pixel * 3 if len(pixel) == _GREY else pixel[:3]
    return Color.from_rgb(red, green, blue)


def _line(upper: Sequence[Color | None], lower: Sequence[Color | None]) -> Text:
    """Return two rows of pixels as one of characters, equal ones together."""
    return Text.assemble(
        *(
            (character * len(list(same)), style)
            for (character, style), same in groupby(map(_half_block, upper, lower))
        )
    )


def _half_block(top: Color | None, bottom: Color | None) -> tuple[str, Style]:
    if top is None:
        return (" ", Style()) if bottom is None else ("▄", Style.from_color(bottom))
    return "▀", Style.from_color(top, bottom)
