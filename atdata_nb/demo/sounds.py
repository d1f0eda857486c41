"""Sounds: recordings of freedesktop.org's sound theme, as Debian installs it."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from atdata_nb.demo.samples import Sound

if TYPE_CHECKING:
    from collections.abc import Iterator

_ALSA = ("The ALSA developers", "GPL-2.0-or-later")
_BOULANGER = ("Dr. Richard Boulanger et al", "CC-BY-3.0")
_BUKVIC = ("Ivica Bukvic", "CC-BY-SA-3.0")
_SANDRAS = ("Damien Sandras", "GPL-2.0-or-later")

# Author and licence by the package's copyright file; a recording it doesn't name is left out.
CREDITS = {
    "alarm-clock-elapsed": ("Tim/corsica_s", "CC-BY-SA-3.0"),
    "audio-channel-front-center": _ALSA,
    "audio-channel-front-left": _ALSA,
    "audio-channel-front-right": _ALSA,
    "audio-channel-rear-center": _ALSA,
    "audio-channel-rear-left": _ALSA,
    "audio-channel-rear-right": _ALSA,
    "audio-channel-side-left": _ALSA,
    "audio-channel-side-right": _ALSA,
    "audio-test-signal": _ALSA,
    "audio-volume-change": ("Lucas McCallister", "CC-BY-SA-3.0"),
    "bell": _BOULANGER,
    "camera-shutter": ("freesound user horsthorstensen", "CC-BY-SA-3.0"),
    "complete": _BOULANGER,
    "device-added": _BUKVIC,
    "device-removed": _BUKVIC,
    "dialog-information": _BUKVIC,
    "message": _BUKVIC,
    "message-new-instant": _SANDRAS,
    "phone-incoming-call": _SANDRAS,
    "phone-outgoing-busy": _SANDRAS,
    "phone-outgoing-calling": _SANDRAS,
    "suspend-error": ("Red Hat, Inc.", "CC-BY-SA-3.0"),
    "trash-empty": _BOULANGER,
}


def sound_theme() -> Path | None:
    """Return the folder of the recordings, or None where they are not installed."""
    shared = os.environ.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share"
    folders = [Path(sys.prefix, "share"), *map(Path, shared.split(":"))]
    themes = (folder / "sounds/freedesktop/stereo" for folder in folders)
    return next((theme for theme in themes if (theme / "bell.oga").is_file()), None)


def read_sounds(theme: Path) -> Iterator[Sound]:
    """Decode the recordings, one at a time."""
    import soundfile

    for title, (author, licence) in CREDITS.items():
        waveform, rate = soundfile.read(theme / f"{title}.oga", dtype="int16", always_2d=True)
        yield Sound(waveform, rate, title, author, licence)
