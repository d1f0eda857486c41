from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
from PIL import Image

import atdata_nb as at
from atdata_nb.errors import SampleDecodeError, ShardNotFoundError


def put_image(path: Path, size: tuple[int, int] = (6, 4), mode: str = "RGB") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, size).save(path)


def shape_of(ds: at.Dataset[object], name: str) -> tuple[int | None, ...] | None:
    assert ds.schema is not None
    return ds.schema.get_field(name).type.shape


def test_images_of_one_size_are_arrays_of_one_shape_labelled_by_their_folder(
    tmp_path: Path,
) -> None:
    for name in ("dogs/b.png", "cats/a.jpg", "cats/c.PNG"):
        put_image(tmp_path / name)
    ds = at.from_folder(tmp_path, name="animals")
    assert [(sample.label, sample.file) for sample in ds] == [
        ("cats", "cats/a.jpg"),
        ("cats", "cats/c.PNG"),
        ("dogs", "dogs/b.png"),
    ]
    assert shape_of(ds, "image") == (4, 6, 3)
    assert ds[2].image.shape == (4, 6, 3)
    assert len(ds) == 3


def test_images_of_several_sizes_and_modes_have_the_channels_that_all_need(tmp_path: Path) -> None:
    put_image(tmp_path / "a.png", (6, 4), "L")
    put_image(tmp_path / "b.png", (5, 5), "RGBA")
    ds = at.from_folder(tmp_path)
    assert shape_of(ds, "image") == (None, None, 4)
    assert ds.field_names == ("image", "file")
    assert [sample.image.shape for sample in ds] == [(4, 6, 4), (5, 5, 4)]


def test_grey_images_have_no_channels(tmp_path: Path) -> None:
    put_image(tmp_path / "a.png", mode="L")
    assert shape_of(at.from_folder(tmp_path), "image") == (4, 6)


def test_a_photograph_that_lies_on_its_side_is_put_upright(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (6, 4)).save(tmp_path / "a.jpg", exif=exif)
    ds = at.from_folder(tmp_path)
    assert shape_of(ds, "image") == (6, 4, 3) == ds[0].image.shape


def test_files_beside_the_subfolders_have_no_label(tmp_path: Path) -> None:
    put_image(tmp_path / "cats" / "a.png")
    put_image(tmp_path / "b.png")
    put_image(tmp_path / ".thumbnails" / "c.png")
    assert [sample.label for sample in at.from_folder(tmp_path)] == [None, "cats"]
    assert "label" not in at.from_folder(tmp_path, labels=False).field_names


def test_recordings_keep_their_samples_and_their_rate(tmp_path: Path) -> None:
    wave = np.arange(-50, 50, dtype=np.int16).reshape(-1, 2)
    soundfile.write(tmp_path / "a.wav", wave, 8000)
    soundfile.write(tmp_path / "b.flac", wave, 16_000)
    first, second = at.from_folder(tmp_path)
    assert np.array_equal(first.waveform, wave)
    assert first.waveform.dtype == np.int16
    assert np.array_equal(second.waveform, wave)
    assert (first.sample_rate, second.sample_rate) == (8000, 16_000)


def test_recordings_of_several_depths_get_the_dtype_that_holds_all(tmp_path: Path) -> None:
    wave = np.linspace(-1, 1, 10)
    soundfile.write(tmp_path / "a.wav", wave, 8000, subtype="PCM_24")
    soundfile.write(tmp_path / "b.wav", wave, 8000, subtype="FLOAT")
    assert {sample.waveform.dtype for sample in at.from_folder(tmp_path)} == {np.dtype(np.float64)}


def test_a_folder_with_both_kinds_asks_which_is_meant(tmp_path: Path) -> None:
    put_image(tmp_path / "a.png")
    soundfile.write(tmp_path / "a.wav", np.zeros(4), 8000)
    with pytest.raises(ValueError, match="images and sounds: pass kind="):
        at.from_folder(tmp_path)
    assert [sample.file for sample in at.from_folder(tmp_path, kind="sounds")] == ["a.wav"]


def test_a_file_that_is_no_image_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"no image")
    with pytest.raises(SampleDecodeError, match=r"a\.png: no image that Pillow can read"):
        at.from_folder(tmp_path)


def test_an_image_that_is_cut_is_named_when_it_is_read(tmp_path: Path) -> None:
    put_image(tmp_path / "a.png", (200, 200))
    data = (tmp_path / "a.png").read_bytes()
    (tmp_path / "a.png").write_bytes(data[: len(data) // 2])
    ds = at.from_folder(tmp_path)
    with pytest.raises(SampleDecodeError, match=r"a\.png: the image is damaged"):
        ds.head()


@pytest.mark.parametrize("name", ["", "nowhere"])
def test_a_folder_without_such_files_is_told(tmp_path: Path, name: str) -> None:
    with pytest.raises(ShardNotFoundError):
        at.from_folder(tmp_path / name)
