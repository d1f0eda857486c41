"""Sounds: recordings in samples, as a curve to look at and as a file that a browser plays."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Names under which a sample says how many frames a second of its waveform has.
RATE_NAMES: Final = frozenset(
    {"fs", "rate", "sample_rate", "samplerate", "samples_per_second", "sampling_rate", "sr"}
)
_SLOWEST, _FASTEST = 1_000, 768_000
_SHORTEST: Final = 256
_MOST_CHANNELS: Final = 8
_PLANE: Final = 2
# WAVE format tags 1 and 3 (RFC 2361): whole numbers, floating point; 0xFFFE says it further on.
_PCM, _FLOAT, _EXTENSIBLE = 1, 3, 0xFFFE
_TYPES: Final = {
    (_PCM, 8): "u1",
    (_PCM, 16): "<i2",
    (_PCM, 32): "<i4",
    (_FLOAT, 32): "<f4",
    (_FLOAT, 64): "<f8",
}


@dataclass(frozen=True, slots=True)
class Sound:
    """A recording.

    Attributes:
        format: of the file it came in, or of the array.
        seconds: how long it lasts; None where that is not known.
        waveform: the frames, or None where they would have to be decoded.
    """

    format: str
    seconds: float | None = None
    waveform: NDArray[Any] | None = None

    @property
    def length(self) -> str:
        """How long it lasts, in words.

        >>> Sound("WAV", 2.5).length, Sound("WAV", 75.0).length
        ('2.5 s', '1:15')
        """
        if self.seconds is None:
            return ""
        minutes, seconds = divmod(round(self.seconds), 60)
        return f"{minutes}:{seconds:02}" if minutes else f"{self.seconds:.2g} s"


def media_type(data: bytes) -> str:
    """Return the media type of a sound file, by how it begins; empty if it is none.

    >>> media_type(b"OggS..."), media_type(b"plain text")
    ('audio/ogg', '')
    """
    if data[:4] == b"RIFF" and data[8:12] == b"WAVE":
        return "audio/wav"
    if data[:4] == b"fLaC":
        return "audio/flac"
    if data[:4] == b"OggS":
        return "audio/ogg"
    # An MP3's frame header: eleven set bits, layer 3; or the tag before it.
    layer3 = len(data) > _PLANE and data[0] == 0xFF and data[1] & 0xE6 == 0xE2  # noqa: PLR2004
    return "audio/mpeg" if data[:3] == b"ID3" or layer3 else ""


def sound_of_file(data: bytes) -> Sound | None:
    """Return what is known of a sound file without decoding it; None if it is none."""
    kind = media_type(data)
    if kind == "audio/wav":
        return _wave(data) or Sound("WAV")
    return Sound({"audio/mpeg": "MP3"}.get(kind, kind.partition("/")[2].upper())) if kind else None


def sound_of_array(array: NDArray[Any], rate: float) -> Sound | None:
    """Return an array as a sound, where its shape and the rate can be one's.

    dtype: int16, int32 or floating. shape: (frames,) or (frames, channels), at most 8 channels.
    """
    known = array.dtype.kind == "f" or array.dtype.str[1:] in {"i2", "i4"}
    mono = array.ndim == 1 or (array.ndim == _PLANE and 1 <= array.shape[1] <= _MOST_CHANNELS)
    if not known or not mono or len(array) < _SHORTEST or not _SLOWEST <= rate <= _FASTEST:
        return None
    return Sound(f"{array.dtype} at {rate:,.10g} Hz", len(array) / rate, array)


def rate_of(fields: dict[str, Any]) -> float | None:
    """Return how many frames a second a sample says it has, if it does."""
    for name, value in fields.items():
        if name.lower() in RATE_NAMES and isinstance(value, int | float) and value > 0:
            return float(value)
    return None


def wave_file(array: NDArray[Any], rate: float) -> bytes:
    """Return a waveform as a WAV file of 16 bits.

    Floating values within [-1, 1] mean full scale; larger ones are scaled down to it.
    """
    import numpy as np

    frames = array if array.ndim == _PLANE else array[:, None]
    if frames.dtype.kind == "f":
        values = np.nan_to_num(frames.astype(np.float64), posinf=0.0, neginf=0.0)
        values /= max(1.0, float(np.abs(values).max(initial=0.0)))
        frames = (values * 32767).astype("<i2")
    elif frames.dtype.itemsize > _PLANE:
        frames = (frames >> 16).astype("<i2")
    data = np.ascontiguousarray(frames, "<i2").tobytes()
    channels, hertz = frames.shape[1], int(rate)
    head = struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        *(b"RIFF", 36 + len(data), b"WAVE", b"fmt ", 16, _PCM, channels, hertz),
        *(hertz * channels * 2, channels * 2, 16, b"data", len(data)),
    )
    return head + data


def _wave(data: bytes) -> Sound | None:
    import numpy as np

    at, found = 12, None
    while at + 8 <= len(data):
        name, length = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        if name == b"fmt " and length >= 16:  # noqa: PLR2004 - the least a format takes
            found = struct.unpack_from("<HHIIHH", data, at + 8)
            if found[0] == _EXTENSIBLE and length >= 26:  # noqa: PLR2004 - where the format is
                found = (struct.unpack_from("<H", data, at + 32)[0], *found[1:])
        elif name == b"data" and found is not None:
            form, channels, rate, _, frame, bits = found
            length = min(length, len(data) - at - 8)
            if not (rate and frame and channels):
                return None
            dtype = _TYPES.get((form, bits))
            waveform = None
            if dtype and frame == channels * bits // 8:
                count = length // frame * channels
                waveform = np.frombuffer(data, dtype, count, at + 8).reshape(-1, channels)
            return Sound("WAV", length / frame / rate, waveform)
        at += 8 + length + length % 2
    return None
