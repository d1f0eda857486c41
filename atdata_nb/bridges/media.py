"""Media: image and sound files as arrays, and what arrays a set of files makes."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any, Final

import numpy as np

from atdata_nb.errors import SampleDecodeError
from atdata_nb.schemas import Field, FieldType
from atdata_nb.tables.extras import need

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from numpy.typing import NDArray

    Openable = Path | bytes

IMAGES: Final = frozenset({"png", "jpg", "jpeg", "gif", "bmp", "tif", "tiff", "webp", "ppm", "pgm"})
SOUNDS: Final = frozenset({"wav", "flac", "ogg", "oga", "opus", "mp3", "aif", "aiff"})

# EXIF 2.32, tag Orientation: these lie on their side.
_ORIENTATION: Final = 0x0112
_ON_ITS_SIDE: Final = frozenset({5, 6, 7, 8})
_CHANNELS: Final = {"RGB": (3,), "RGBA": (4,), "L": (), "I;16": ()}


@dataclass(frozen=True, slots=True)
class Pixels:
    """What arrays images become: those of one field have one dtype and number of channels.

    Attributes:
        mode: Pillow's name for the pixels: ``RGB``, ``RGBA``, ``L`` (grey) or ``I;16`` (likewise).
        height: of every image; None if they differ or not all were looked at.
        width: likewise.
    """

    mode: str = "RGB"
    height: int | None = None
    width: int | None = None

    @classmethod
    def of(cls, files: Iterable[Openable], *, whole: bool) -> Pixels:
        """Return what some image files make; only their headers are read.

        Args:
            files: paths, or what is in the files.
            whole: whether there are no others.
        """
        sizes, modes = set(), set()
        for file in files:
            with _opened(file) as image:
                width, height = image.size
                turned = _is_photograph(image) and image.getexif().get(_ORIENTATION) in _ON_ITS_SIDE
                sizes.add((width, height) if turned else (height, width))
                modes.add(_mode(image))
        same = sizes.pop() if whole and len(sizes) == 1 else (None, None)
        return cls(_common(modes), *same)

    def field(self, name: str, *, optional: bool = False) -> Field:
        """Return the field of these images."""
        dtype = "uint16" if self.mode == "I;16" else "uint8"
        shape = (self.height, self.width, *_CHANNELS[self.mode])
        kind = FieldType(kind="ndarray", dtype=dtype, shape=shape)
        return Field(name, kind, **_missing(optional=optional))

    def read(self, file: Openable) -> NDArray[Any]:
        """Decode an image, upright.

        Raises:
            SampleDecodeError: it is none that Pillow can decode.
        """
        with _opened(file) as image:
            try:
                turn = need("PIL.ImageOps").exif_transpose
                upright = turn(image) if _is_photograph(image) else image
                return np.asarray(
                    upright if image.mode == self.mode else upright.convert(self.mode)
                )
            except (OSError, ValueError, SyntaxError) as error:
                message = f"{_name(file)}: the image is damaged: {error}"
                raise SampleDecodeError(message) from error


def _opened(file: Openable) -> Any:
    pillow = need("PIL.Image")
    try:
        return pillow.open(io.BytesIO(file) if isinstance(file, bytes) else file)
    except (OSError, ValueError, SyntaxError, pillow.DecompressionBombError) as error:
        message = f"{_name(file)}: no image that Pillow can read"
        raise SampleDecodeError(message) from error


def _is_photograph(image: Any) -> bool:
    # Of a PNG, Pillow reads all pixels to find what may stand behind them.
    return bool(image.format != "PNG")


def _mode(image: Any) -> str:
    if image.mode in {"1", "L"}:
        return "L"
    if image.mode.startswith("I;16"):
        return "I;16"
    clear = image.mode in {"RGBA", "LA", "PA"} or "transparency" in image.info
    return "RGBA" if clear else "RGB"


def _common(modes: set[str]) -> str:
    if len(modes) == 1:
        return next(iter(modes))
    return "RGBA" if "RGBA" in modes else "RGB"


@dataclass(frozen=True, slots=True)
class Waves:
    """What arrays recordings become: frames by channels, of one dtype.

    Attributes:
        dtype: int16, int32, float32 or float64: the narrowest that holds every recording.
        channels: of every recording; None if they differ or not all were looked at.
    """

    dtype: str = "float32"
    channels: int | None = None

    @classmethod
    def of(cls, files: Iterable[Openable], *, whole: bool) -> Waves:
        """Return what some sound files make; only their headers are read.

        Args:
            files: paths, or what is in the files.
            whole: whether there are no others.
        """
        dtypes, channels = set(), set()
        for file in files:
            info = _sound(need("soundfile").info, file)
            dtypes.add(_SUBTYPES.get(info.subtype, "float32"))
            channels.add(info.channels)
        same = channels.pop() if whole and len(channels) == 1 else None
        # int32 and float32 fit into no narrower type together.
        widest = str(np.result_type(*dtypes)) if dtypes else "float32"
        return cls(widest, same)

    def fields(self, name: str, rate: str, *, optional: bool = False) -> tuple[Field, Field]:
        """Return the fields of these recordings and of their frames per second."""
        kind = FieldType(
            kind="ndarray",
            dtype=self.dtype,
            shape=(None, self.channels),
            dimension_names=("frames", "channels"),
        )
        whole = FieldType(kind="primitive", primitive="int")
        missing = _missing(optional=optional)
        return Field(name, kind, **missing), Field(
            rate, whole, description="frames per second", **missing
        )

    def read(self, file: Openable) -> tuple[NDArray[Any], int]:
        """Decode a recording; return frames by channels, and frames per second.

        Raises:
            SampleDecodeError: it is none that libsndfile can decode.
        """
        read = need("soundfile").read
        frames, rate = _sound(read, file, dtype=self.dtype, always_2d=True)
        return frames, int(rate)


# libsndfile's names; what is compressed with losses decodes to floats.
_SUBTYPES: Final = {
    **dict.fromkeys(("PCM_S8", "PCM_U8", "PCM_16", "ULAW", "ALAW"), "int16"),
    **dict.fromkeys(("PCM_24", "PCM_32"), "int32"),
    "DOUBLE": "float64",
}


def _sound(call: Any, file: Openable, **options: Any) -> Any:
    source: str | IO[bytes] = io.BytesIO(file) if isinstance(file, bytes) else str(file)
    try:
        return call(source, **options)
    except (RuntimeError, TypeError) as error:
        message = f"{_name(file)}: no recording that libsndfile can read"
        raise SampleDecodeError(message) from error


def _name(file: Openable) -> str:
    return "a member" if isinstance(file, bytes) else file.name


def _missing(*, optional: bool) -> dict[str, Any]:
    return {"optional": True, "default": None} if optional else {}
