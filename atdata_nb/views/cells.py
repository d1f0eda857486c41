"""Cells: what a table shows of one value, decided by the value alone."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from atdata_nb.views.amounts import number, size
from atdata_nb.views.arrays import array_facts, blocks
from atdata_nb.views.pictures import Picture, looks_like_image, picture_of_array, picture_of_file
from atdata_nb.views.sounds import Sound, sound_of_file
from atdata_nb.views.text import one_line, visible

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Kind = Literal[
    "missing", "number", "bool", "text", "bytes", "image", "audio", "array", "nested", "fault"
]

SHORT, LONG = 120, 2_000
_DEEPEST, _MOST = 3, 8


@dataclass(frozen=True, slots=True)
class Cell:
    """One value of one sample, ready to be shown.

    Attributes:
        kind: how it is shown.
        text: one line that is enough where nothing else can be shown.
        long: the unfolded form, where ``text`` had to be cut.
        picture: of image-like values.
        curve: of other arrays, heights within [0, 1].
        type: name of the value's type, with dtype and shape.
        low: smallest number in it, of a number or an array.
        high: likewise the largest.
    """

    kind: Kind
    text: str
    type: str = ""
    long: str = ""
    picture: Picture | None = None
    curve: tuple[float, ...] = ()
    low: float | None = None
    high: float | None = None


MISSING = Cell("missing", "missing")


def cell_of(value: Any, *, side: int = 64) -> Cell:
    """Return the cell of a value; pictures are at most ``side`` pixels each way.

    >>> cell_of(3).text, cell_of(b"12345").text, cell_of(None).kind
    ('3', 'bytes (5 bytes)', 'missing')
    """
    if value is None:
        return MISSING
    if isinstance(value, bool):
        return _number_cell("bool", str(value).lower(), "bool", value)
    if isinstance(value, (int, float)):
        name = "int" if isinstance(value, int) else "float"
        return _number_cell("number", number(value), name, value)
    if isinstance(value, str):
        return _text_cell("text", value, "str")
    if isinstance(value, (bytes, bytearray, memoryview)):
        return _bytes_cell(bytes(value), side)
    if hasattr(value, "dtype") and hasattr(value, "shape"):
        return _array_cell(value, side)
    return _nested_cell(value)


def fault(error: BaseException) -> Cell:
    """Return the cell of a value that could not be had."""
    return Cell("fault", one_line(f"{type(error).__name__}: {error}", SHORT * 2))


def _number_cell(kind: Kind, text: str, type_name: str, value: float) -> Cell:
    try:
        place = float(value)
    except OverflowError:
        return Cell(kind, text, type_name)
    return Cell(kind, text, type_name, low=place, high=place)


def _text_cell(kind: Kind, text: str, type_name: str) -> Cell:
    short = one_line(text, SHORT)
    folded = short != text
    return Cell(kind, short, type_name, visible(text, LONG) if folded else "")


def _bytes_cell(data: bytes, side: int) -> Cell:
    text = f"bytes ({size(len(data))})"
    sound = sound_of_file(data)
    if sound is not None:
        return sound_cell(sound, "bytes")
    picture = picture_of_file(data, side)
    if picture is None:
        return Cell("bytes", text, "bytes")
    return Cell("image", f"{picture.source} ({size(len(data))})", "bytes", picture=picture)


def sound_cell(sound: Sound, type_name: str) -> Cell:
    """Return the cell of a recording: what it is, how long, and its outline if that is known."""
    text = " · ".join(filter(None, (sound.format, sound.length)))
    curve = array_facts(sound.waveform).curve if sound.waveform is not None else ()
    return Cell("audio", text, type_name, sound.length, curve=curve)


def _array_cell(value: Any, side: int) -> Cell:
    import numpy as np

    array = np.asarray(value)
    if array.ndim == 0 and array.dtype.kind in "biuf":
        return _number_cell("number", number(array.item()), str(array.dtype), array.item())
    if looks_like_image(array):
        facts = array_facts(array)
        picture = picture_of_array(array, side)
        return Cell("image", facts.kind, facts.kind, "", picture, (), facts.low, facts.high)
    return _curve_cell(array)


def _curve_cell(array: NDArray[np.generic]) -> Cell:
    facts = array_facts(array)
    parts = (facts.kind, blocks(facts.curve), facts.span)
    text = " ".join(filter(None, parts))
    return Cell("array", text, facts.kind, facts.span, None, facts.curve, facts.low, facts.high)


def _nested_cell(value: Any) -> Cell:
    name = "list" if isinstance(value, (list, tuple)) else type(value).__name__
    text = outline(value)
    return _text_cell("nested", text, one_line(name, 40))


def outline(value: Any, depth: int = _DEEPEST) -> str:
    """Return the outline of a nested value: its first items, a few floors deep.

    >>> outline({"a": [1, 2], "b": None})
    '{a: [1, 2], b: missing}'
    """
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = [field.name for field in dataclasses.fields(value)]
        value = {name: getattr(value, name) for name in names}
    if isinstance(value, Mapping):
        inside = _items([f"{visible(k, 40)}: " for k in _first(value)], list(value.values()), depth)
        return "{" + inside + "}"
    if isinstance(value, (list, tuple)):
        return "[" + _items([""] * min(len(value), _MOST), value, depth) + "]"
    if isinstance(value, str):
        return f'"{visible(value, 80)}"'
    if isinstance(value, (set, frozenset)) or not _is_plain(value):
        return f"<{type(value).__name__}>"
    return cell_of(value).text


def _items(labels: Sequence[str], values: Sequence[Any], depth: int) -> str:
    if values and depth == 0:
        return "…"
    shown = [f"{label}{outline(v, depth - 1)}" for label, v in zip(labels, values, strict=False)]
    if len(values) > len(shown):
        shown.append(f"… {len(values) - len(shown):,} more")
    return ", ".join(shown)


def _first(value: Mapping[Any, Any]) -> list[Any]:
    return [key for key, _ in zip(value, range(_MOST), strict=False)]


def _is_plain(value: Any) -> bool:
    scalar = value is None or isinstance(value, (bool, int, float, bytes, bytearray, memoryview))
    return scalar or hasattr(value, "dtype")
