"""Session: the sample that is open in full, and the answers to what its page asks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar

from atdata_nb.views.pictures import picture_of_file
from atdata_nb.views.places import shard_name
from atdata_nb.views.sounds import media_type, rate_of, wave_file
from atdata_nb.views.text import one_line
from atdata_nb.widgets.whole.finding import Finder
from atdata_nb.widgets.whole.numbers import numbers_wire
from atdata_nb.widgets.whole.parts import parts_wire, text_wire
from atdata_nb.widgets.whole.planes import SIDE, plane_wire
from atdata_nb.widgets.whole.requests import (
    KINDS,
    BranchRequest,
    BytesRequest,
    NumbersRequest,
    PictureRequest,
    PlayRequest,
    SampleRequest,
    TextRequest,
    WholeRequest,
    read_whole_request,
)
from atdata_nb.widgets.whole.values import items, value_at

if TYPE_CHECKING:
    from collections.abc import Callable

    from atdata_nb.dataset import Dataset
    from atdata_nb.widgets.channel import Answer
    from atdata_nb.widgets.whole.finding import Found

T = TypeVar("T")

# As much of a sound is sent to be played.
MOST_SOUND: Final = 16 << 20


class WholeSamples:
    """One sample at a time, of the datasets that a widget shows.

    Args:
        open: opens the dataset of a key.
    """

    kinds = KINDS

    def __init__(self, open: Callable[[str], Dataset[Any]]) -> None:  # noqa: A002 - what it does
        self._open = open
        self._key: str | None = None
        self._finder: Finder | None = None
        self._found: Found | None = None

    def answer(self, content: dict[str, Any]) -> Answer:
        """Return the answer to a request.

        Raises:
            msgspec.ValidationError: it is none.
        """
        asked = read_whole_request(content)
        if isinstance(asked, SampleRequest):
            return self._sample(asked), []
        found = self._held(asked)
        if isinstance(asked, BytesRequest):
            return _bytes(found, asked)
        value = value_at(found.sample, asked.path)
        match asked:
            case BranchRequest():
                return parts_wire(value, asked.path, asked.first), []
            case TextRequest():
                return text_wire(_only(value, str), asked.offset), []
            case NumbersRequest():
                return numbers_wire(_array(value)), []
            case PictureRequest():
                return _picture(value, asked)
            case PlayRequest():
                return _play(found.sample, value, asked)

    def _sample(self, asked: SampleRequest) -> dict[str, Any]:
        if asked.fresh or asked.key != self._key:
            self._key = self._finder = self._found = None
        finder = self._finder
        if finder is None:
            finder = self._finder = Finder(self._open(asked.key))
            self._key = asked.key
        self._found = finder.find(asked.row)
        if self._found is None:
            return {"done": False, "looked": finder.looked}
        return {"done": True, **_head(self._found, finder.total), **_parts(self._found)}

    def _held(self, asked: WholeRequest) -> Found:
        found = self._found
        if found is None or asked.key != self._key or found.row != asked.row:
            # Another view of the same widget opened another sample in between.
            self._sample(SampleRequest(asked.id, key=asked.key, row=asked.row))
            found = self._found
        if found is None:
            raise LookupError("this sample is still being looked for: ask again")
        return found


def _head(found: Found, total: int | None) -> dict[str, Any]:
    return {
        "row": found.row,
        "total": total,
        "key": one_line(found.key, 200),
        "shard": shard_name(found.shard),
        "offset": found.offset,
        "size": len(found.payload),
        "fault": found.fault,
    }


def _parts(found: Found) -> dict[str, Any]:
    if found.fault:
        return {"parts": [], "first": 0, "count": 0}
    return parts_wire(found.sample, [], 0)


def _bytes(found: Found, asked: BytesRequest) -> Answer:
    value = _only(value_at(found.sample, asked.path), bytes) if asked.path else found.payload
    data = memoryview(value)[asked.offset : asked.offset + asked.count]
    return {"offset": asked.offset, "size": len(value)}, [bytes(data)]


def _only(value: Any, kind: type[T]) -> T:
    if not isinstance(value, kind):
        message = f"this value is no {kind.__name__}: the sample has changed, open it again"
        raise ValueError(message)  # noqa: TRY004 - said to the page, which asked for it
    return value


def _array(value: Any) -> Any:
    import numpy as np

    if not hasattr(value, "dtype"):
        raise ValueError("this value is no array: the sample has changed, open it again")
    return np.asarray(value)


def _picture(value: Any, asked: PictureRequest) -> Answer:
    if not isinstance(value, bytes):
        return plane_wire(_array(value), asked.at)
    picture = picture_of_file(value, SIDE, level=1)
    if picture is None:
        raise ValueError("this image is damaged, or larger than can be shown")
    return {"width": picture.width, "height": picture.height, "low": "", "high": ""}, [
        picture.png,
        b"",
    ]


def _play(sample: Any, value: Any, asked: PlayRequest) -> Answer:
    if isinstance(value, bytes) and media_type(value):
        if len(value) > MOST_SOUND:
            raise ValueError("this sound file is too large to be sent to the page")
        return {"media": media_type(value), "cut": 0.0}, [value]
    around = value_at(sample, asked.path[:-1])
    rate = rate_of(dict(items(around, 0, 1_000)))
    if rate is None or not hasattr(value, "dtype"):
        raise ValueError("this value is no sound")
    frames = MOST_SOUND // 2 // (value.shape[1] if value.ndim > 1 else 1)
    cut = frames / rate if len(value) > frames else 0.0
    return {"media": "audio/wav", "cut": cut}, [wave_file(value[:frames], rate)]
