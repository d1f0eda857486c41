from __future__ import annotations

import io
import re
from typing import Annotated, Any

import numpy as np
import pytest
from numpy.typing import NDArray
from rich.console import Console

import atdata_nb as at
from atdata_nb.cli.thumbnails import can_draw, drawn, thumbnail
from atdata_nb.views.cells import cell_of
from atdata_nb.views.pictures import picture_of_array

RED, BLUE = (255, 0, 0), (0, 0, 255)


@at.packable
class Flag:
    name: str
    pixels: Annotated[NDArray[np.uint8], (8, 8, 3)]
    spots: Annotated[NDArray[np.uint8], (8, 8)]
    anthem: bytes = b""


def flag() -> NDArray[np.uint8]:
    """Red above blue."""
    pixels = np.zeros((8, 8, 3), np.uint8)
    pixels[:4], pixels[4:] = RED, BLUE
    return pixels


def painted(array: NDArray[np.uint8]) -> str:
    """A picture, as a terminal of all colours is told to draw it."""
    file = io.StringIO()
    console = Console(file=file, force_terminal=True, color_system="truecolor", no_color=False)
    console.print(thumbnail(picture_of_array(array, 20)))
    return file.getvalue()


def test_a_character_has_one_pixel_above_another() -> None:
    pixels = flag()
    pixels[::2], pixels[1::2] = RED, BLUE
    lines = painted(pixels).splitlines()
    assert lines == ["\x1b[38;2;255;0;0;48;2;0;0;255m" + "▀" * 8 + "\x1b[0m"] * 4


def test_grey_and_an_odd_number_of_rows_are_drawn_too() -> None:
    lines = painted(np.full((9, 8), 7, np.uint8)).splitlines()
    assert lines[0] == "\x1b[38;2;7;7;7;48;2;7;7;7m" + "▀" * 8 + "\x1b[0m"
    # Nothing is below the last row but the terminal's own colour.
    assert (len(lines), lines[4]) == (5, "\x1b[38;2;7;7;7m" + "▀" * 8 + "\x1b[0m")


def test_what_is_transparent_keeps_the_terminals_own_colour() -> None:
    pixels = np.dstack([flag(), np.zeros((8, 8), np.uint8)])
    pixels[1, :, 3] = pixels[2, :, 3] = 255
    lines = painted(pixels).splitlines()
    red = "\x1b[38;2;255;0;0m"
    assert lines == [f"{red}{'▄' * 8}\x1b[0m", f"{red}{'▀' * 8}\x1b[0m", " " * 8, " " * 8]


def test_a_pictures_pixels_are_those_it_was_made_of() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (16, 9, 4), np.uint8)
    assert np.array_equal(picture_of_array(pixels, 64).pixels, pixels)


def test_a_sound_file_is_drawn_as_its_outline() -> None:
    import soundfile

    file = io.BytesIO()
    soundfile.write(file, np.sin(np.arange(8_000) / 5), 8_000, format="WAV", subtype="PCM_16")
    text = drawn(cell_of(file.getvalue())).plain
    assert re.fullmatch("[▁▂▃▄▅▆▇█]{16} WAV · 1 s", text)


@pytest.fixture
def filled(command: Any) -> Any:
    spots = np.arange(64, dtype=np.uint8).reshape(8, 8)
    command.index.write_samples([Flag("[red]both", flag(), spots)], name="flags")
    return command


def colourful(monkeypatch: pytest.MonkeyPatch, columns: int = 100) -> None:
    for name in ("NO_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)
    settings = {"FORCE_COLOR": "1", "COLORTERM": "truecolor", "TERM": "xterm-256color"}
    for name, value in (settings | {"COLUMNS": str(columns)}).items():
        monkeypatch.setenv(name, value)


def test_a_preview_in_colour_has_thumbnails_and_says_what_they_are(
    filled: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    colourful(monkeypatch)
    out = filled("preview", "flags").out
    assert out.count("38;2;255;0;0;48;2;255;0;0m▀▀▀▀▀▀▀▀") == 2
    assert out.count("38;2;0;0;255;48;2;0;0;255m▀▀▀▀▀▀▀▀") == 2
    for fact in ("uint8 8×8×3", "uint8 8×8", "[red]both"):
        assert fact in re.sub(r"\x1b\[[\d;]*m", "", out)


def test_a_window_that_is_narrow_folds_words_and_no_picture(
    filled: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    colourful(monkeypatch, columns=30)
    lines = re.sub(r"\x1b\[[\d;]*m", "", filled("preview", "flags").out).splitlines()
    drawn_lines = [line for line in lines if "▀" in line]
    assert [line.count("▀") for line in drawn_lines] == [16] * 4


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_without_colour_an_image_is_its_dtype_and_shape(
    filled: Any, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    colourful(monkeypatch)
    monkeypatch.setenv(name, value)
    out = filled("preview", "flags").out
    assert "uint8 8×8×3" in out
    assert "▀" not in out


def test_a_log_is_no_place_for_pictures() -> None:
    assert not can_draw(Console(file=io.StringIO(), force_terminal=False))
