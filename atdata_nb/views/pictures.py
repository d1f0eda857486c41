"""Pictures: small PNGs of image-like arrays and of images that came as bytes."""

from __future__ import annotations

import base64
import struct
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8]

SMALLEST, LARGEST = 8, 4_096
_CHANNELS = (1, 3, 4)
_PLANE, _STACK = 2, 3
# PNG (third edition), 11.2.1: colour types by number of channels.
_COLOUR_TYPE = {1: 0, 3: 2, 4: 6}
# Where the pixels begin in a file of `png`, and what follows on them.
_BEGIN, _AFTER = 41, 16
_MAGIC = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a")
_FORMATS = ["PNG", "JPEG", "GIF", "WEBP", "AVIF"]
_VISIBLE = 48
_LARGEST_FILE = 32 * 2**20


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG made here, never somebody else's bytes.

    Attributes:
        png: the file.
        width: in pixels, of the PNG.
        height: likewise.
        source: shape or format of what it was made from, e.g. ``JPEG 640×427``.
    """

    png: bytes
    width: int
    height: int
    source: str

    @property
    def shown(self) -> tuple[int, int]:
        """Width and height to show it in: small ones are made large enough to see."""
        scale = max(1, _VISIBLE // max(self.width, self.height))
        return self.width * scale, self.height * scale

    @property
    def pixels(self) -> Pixels:
        """(height, width, channels) bytes: what ``png`` was given."""
        import numpy as np

        rows = np.frombuffer(zlib.decompress(self.png[_BEGIN:-_AFTER]), np.uint8)
        return rows.reshape(self.height, -1)[:, 1:].reshape(self.height, self.width, -1)

    @property
    def uri(self) -> str:
        """The picture as a ``data:`` address."""
        return "data:image/png;base64," + base64.b64encode(self.png).decode("ascii")


def looks_like_image(array: NDArray[Any]) -> bool:
    """Whether an array is shown as a picture, decided by dtype and shape alone.

    dtype: bool, uint8 or floating. shape: (H, W), (H, W, C) or (C, H, W) with C of 1, 3 or 4 and
    both sides from 8 to 4,096. So a (64, 3) table of coordinates is not an image, nor is a
    (20, 30) matrix of integers; a (20, 30) matrix of floats is, as a heat map.
    """
    if array.dtype.kind != "f" and array.dtype.str[1:] not in ("u1", "b1"):
        return False
    sides = _sides(array.shape)
    return sides is not None and all(SMALLEST <= n <= LARGEST for n in sides)


def picture_of_array(array: NDArray[Any], side: int, *, level: int = 9) -> Picture:
    """Return an image-like array as a picture of at most ``side`` pixels each way."""
    channels_last = _channels_last(array)
    pixels = _to_bytes(_shrink(channels_last, side))
    height, width = pixels.shape[:2]
    return Picture(png(pixels, level), width, height, "")


@dataclass(frozen=True, slots=True)
class FileFacts:
    """Format, width and height of an image file."""

    format: str
    width: int
    height: int


def file_facts(data: bytes) -> FileFacts | None:
    """Return what an image file says of itself, undecoded; None if Pillow cannot read it."""
    if not _has_magic(data) or len(data) > _LARGEST_FILE:
        return None
    from io import BytesIO

    try:
        from PIL import Image

        with Image.open(BytesIO(data), formats=_FORMATS) as image:
            return FileFacts(image.format or "", image.width, image.height)
    except Exception:  # noqa: BLE001 - as below
        return None


def picture_of_file(data: bytes, side: int, *, level: int = 9) -> Picture | None:
    """Return an image file's bytes as a picture, or None if they are not one Pillow can decode."""
    if not _has_magic(data) or len(data) > _LARGEST_FILE:
        return None
    try:
        return _decode(data, side, level)
    except Exception:  # noqa: BLE001 - a stranger's file may break a decoder in any way
        return None


def png(pixels: Pixels, level: int = 9) -> bytes:
    """Return (H, W) or (H, W, 1|3|4) bytes as a PNG file."""
    import numpy as np

    if pixels.ndim == _PLANE:
        pixels = pixels[:, :, None]
    height, width, channels = pixels.shape
    rows = np.ascontiguousarray(pixels).reshape(height, width * channels)
    # Each row starts with its filter type, 0 for none.
    scanlines = np.concatenate([np.zeros((height, 1), np.uint8), rows], axis=1).tobytes()
    header = struct.pack(">IIBBBBB", width, height, 8, _COLOUR_TYPE[channels], 0, 0, 0)
    return (
        _MAGIC[0]
        + _chunk(b"IHDR", header)
        + _chunk(b"IDAT", zlib.compress(scanlines, level))
        + _chunk(b"IEND", b"")
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _sides(shape: tuple[int, ...]) -> tuple[int, int] | None:
    if len(shape) == _PLANE:
        return shape[0], shape[1]
    if len(shape) != _STACK:
        return None
    if shape[2] in _CHANNELS:
        return shape[0], shape[1]
    return (shape[1], shape[2]) if shape[0] in _CHANNELS else None


def _channels_last(array: NDArray[Any]) -> NDArray[Any]:
    if array.ndim == _PLANE:
        return array[:, :, None]
    return array if array.shape[2] in _CHANNELS else array.transpose(1, 2, 0)


def _shrink(array: NDArray[Any], side: int) -> NDArray[Any]:
    import numpy as np

    longest = max(array.shape[:2])
    # Skipping before averaging bounds the work on a large image.
    array = array[:: max(1, longest // (4 * side)), :: max(1, longest // (4 * side))]
    factor = -(-max(array.shape[:2]) // side)
    if factor <= 1:
        return array
    height, width = (max(1, n // factor) for n in array.shape[:2])
    array = array[: height * factor, : width * factor]
    blocks = array.reshape(height, array.shape[0] // height, width, array.shape[1] // width, -1)
    means: NDArray[np.float64] = blocks.mean(axis=(1, 3), dtype=np.float64)
    return means.astype(np.uint8) if array.dtype == np.uint8 else means


def _to_bytes(array: NDArray[Any]) -> Pixels:
    import numpy as np

    if array.dtype == np.uint8:
        return array.astype(np.uint8, copy=False)
    values = array.astype(np.float64)
    finite = values[np.isfinite(values)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)
    # Values within [0, 1] mean black to white; anything else is stretched over its own range.
    if low < 0 or high > 1:
        values = (values - low) / ((high - low) or 1.0)
    return (np.nan_to_num(values, nan=0.0, posinf=1.0, neginf=0.0).clip(0, 1) * 255).astype(
        np.uint8
    )


def _has_magic(data: bytes) -> bool:
    riff = data[:4] == b"RIFF" and data[8:12] == b"WEBP"
    avif = data[4:8] == b"ftyp" and data[8:12] in (b"avif", b"avis")
    return data.startswith(_MAGIC) or riff or avif


def _decode(data: bytes, side: int, level: int) -> Picture | None:
    from io import BytesIO

    import numpy as np
    from PIL import Image

    with Image.open(BytesIO(data), formats=_FORMATS) as image:
        source = f"{image.format} {image.height}×{image.width}"
        if max(image.size) > 4 * LARGEST:
            return None
        image.draft("RGB", (2 * side, 2 * side))
        small = image.convert("RGBA" if image.has_transparency_data else "RGB")
    small.thumbnail((side, side))
    return Picture(png(np.asarray(small), level), small.width, small.height, source)
