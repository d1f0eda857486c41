from __future__ import annotations

from io import BytesIO
from typing import Any

import numpy as np
import pytest
from PIL import Image

from atdata_nb.views.pictures import Picture, looks_like_image, picture_of_array, picture_of_file


def pixels(picture: Picture) -> np.ndarray[Any, Any]:
    return np.asarray(Image.open(BytesIO(picture.png)))


@pytest.mark.parametrize(
    ("dtype", "shape", "image"),
    [
        ("uint8", (64, 64), True),
        ("uint8", (64, 48, 3), True),
        ("uint8", (4, 32, 32), True),
        ("float32", (8, 8), True),
        ("bool", (16, 16), True),
        ("uint8", (64, 64, 2), False),
        ("float32", (64, 3), False),
        ("float32", (5000, 10), False),
        ("int64", (64, 64), False),
        ("complex64", (64, 64), False),
        ("float32", (64,), False),
    ],
)
def test_images_are_told_by_dtype_and_shape(
    dtype: str, shape: tuple[int, ...], *, image: bool
) -> None:
    assert looks_like_image(np.zeros(shape, dtype)) is image


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_a_small_image_is_shown_pixel_by_pixel(channels: int) -> None:
    array = np.random.default_rng(0).integers(0, 256, (9, 12, channels), np.uint8)
    assert (pixels(picture_of_array(array, 64)).reshape(array.shape) == array).all()


def test_channels_may_come_first() -> None:
    array = np.random.default_rng(0).integers(0, 256, (3, 10, 11), np.uint8)
    assert (pixels(picture_of_array(array, 64)) == array.transpose(1, 2, 0)).all()


def test_floats_are_stretched_over_their_range_and_nan_is_black() -> None:
    array = np.linspace(-5, 5, 64).reshape(8, 8)
    array[0, 1] = np.nan
    shown = pixels(picture_of_array(array, 64))
    assert (shown.min(), shown.max(), shown[0, 1]) == (0, 255, 0)


def test_a_dim_image_in_zero_to_one_stays_dim() -> None:
    shown = pixels(picture_of_array(np.full((8, 8), 0.5), 64))
    assert (shown == 127).all()


def test_a_large_image_becomes_small() -> None:
    picture = picture_of_array(np.zeros((4096, 1000, 3), np.uint8), 64)
    assert max(picture.width, picture.height) <= 64
    assert picture.width >= 8


def test_the_same_array_gives_the_same_bytes() -> None:
    array = np.random.default_rng(1).random((40, 40))
    assert picture_of_array(array, 32) == picture_of_array(array.copy(), 32)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
def test_image_files_are_drawn_anew(kind: str) -> None:
    file = BytesIO()
    Image.new("RGB", (300, 200), "red").save(file, kind)
    picture = picture_of_file(file.getvalue() + b"<script>", 64)
    assert picture is not None
    assert picture.source == f"{kind} 200×300"
    assert picture.png.startswith(b"\x89PNG")
    assert b"<script>" not in picture.png


@pytest.mark.parametrize(
    "data", [b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff" + b"x" * 100, b"GIF89a"]
)
def test_what_only_begins_like_an_image_is_none(data: bytes) -> None:
    assert picture_of_file(data, 64) is None


def test_an_image_of_a_billion_pixels_is_not_decoded() -> None:
    file = BytesIO()
    Image.new("1", (40_000, 20_000)).save(file, "PNG")
    assert picture_of_file(file.getvalue(), 64) is None
