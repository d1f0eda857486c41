"""Parts: what the page is told of each value of a sample before it asks for more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from atdata_nb.views.amounts import counted, number, size
from atdata_nb.views.arrays import array_kind
from atdata_nb.views.cells import outline
from atdata_nb.views.pictures import file_facts
from atdata_nb.views.sounds import media_type, rate_of, sound_of_array, sound_of_file
from atdata_nb.views.text import one_line, visible
from atdata_nb.widgets.whole.numbers import envelope, thinned
from atdata_nb.widgets.whole.planes import plane_of
from atdata_nb.widgets.whole.requests import MOST_PARTS
from atdata_nb.widgets.whole.values import is_nested, item_count, items

if TYPE_CHECKING:
    from collections.abc import Sequence

TEXT: Final = 20_000
_NAME: Final = 200
_OUTLINE: Final = 300


def parts_wire(value: Any, path: Sequence[int], first: int) -> dict[str, Any]:
    """Return the items of a nested value from ``first`` on, a page of them."""
    page = list(items(value, first, MOST_PARTS))
    # Names of a page are enough to find a sampling rate: it stands beside its waveform.
    rate = rate_of(dict(page))
    parts = [_part(n, v, [*path, first + i], rate) for i, (n, v) in enumerate(page)]
    return {"parts": parts, "first": first, "count": item_count(value)}


def _part(name: str, value: Any, path: list[int], rate: float | None) -> dict[str, Any]:
    try:
        told = _told(value, rate)
    except Exception as error:  # noqa: BLE001 - one value that cannot be shown hides no other
        told = {"kind": "fault", "text": one_line(f"{type(error).__name__}: {error}", 500)}
    return {"name": one_line(name, _NAME) or "\u00a0", "path": path, "type": "", **told}


def _told(value: Any, rate: float | None) -> dict[str, Any]:
    if value is None:
        return {"kind": "missing", "text": "missing"}
    if isinstance(value, bool):
        return {"kind": "bool", "type": "bool", "text": str(value).lower()}
    if isinstance(value, (int, float)):
        # In full where a table cell rounds; but not an integer of a million digits.
        whole = number(value) if isinstance(value, int) else repr(value)
        return {"kind": "number", "type": type(value).__name__, "text": whole}
    if isinstance(value, str):
        return {"kind": "text", "type": "str", **text_wire(value, 0)}
    if isinstance(value, (bytes, bytearray, memoryview)):
        return _bytes(bytes(value))
    if hasattr(value, "dtype") and hasattr(value, "shape"):
        return _array(value, rate)
    if is_nested(value):
        name = "list" if isinstance(value, (list, tuple)) else one_line(type(value).__name__, 40)
        kind = f"{name} of {counted(item_count(value), 'item')}"
        text = one_line(outline(value), _OUTLINE)
        return {"kind": "nested", "type": kind, "text": text, "count": item_count(value)}
    return {"kind": "fault", "text": f"<{one_line(type(value).__name__, 80)}>"}


def text_wire(text: str, offset: int) -> dict[str, Any]:
    """Return a stretch of a text; ``next`` is where the rest begins, 0 if that was all."""
    end = offset + TEXT
    shown = visible(text[offset:end], TEXT)
    return {"text": shown, "length": len(text), "next": end if end < len(text) else 0}


def _bytes(data: bytes) -> dict[str, Any]:
    told: dict[str, Any] = {"kind": "bytes", "type": "bytes", "size": len(data)}
    told["text"] = size(len(data))
    if sound := sound_of_file(data):
        curve = [] if sound.waveform is None else envelope(thinned(sound.waveform))
        text = " · ".join(filter(None, (sound.format, sound.length, told["text"])))
        return told | {"kind": "sound", "text": text, "curve": curve, "media": media_type(data)}
    if facts := file_facts(data):
        text = f"{facts.format} {facts.width}×{facts.height} · {told['text']}"
        return told | {"kind": "image", "text": text, "width": facts.width, "height": facts.height}
    return told


def _array(value: Any, rate: float | None) -> dict[str, Any]:
    import numpy as np

    array = np.asarray(value)
    told: dict[str, Any] = {"kind": "array", "type": array_kind(array), "size": int(array.nbytes)}
    told["text"] = f"{counted(array.size, 'element')} · {size(int(array.nbytes))}"
    sound = None if rate is None else sound_of_array(array, rate)
    if sound is not None:
        text = " · ".join((sound.format, sound.length, size(int(array.nbytes))))
        curve = envelope(thinned(array))
        return told | {"kind": "sound", "text": text, "curve": curve, "media": "audio/wav"}
    plane = plane_of(array)
    if plane is not None:
        told["plane"] = {
            "axes": list(plane.axes),
            "width": plane.width,
            "height": plane.height,
            "channels": plane.channels,
        }
    return told
