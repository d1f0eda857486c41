from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import atdata_nb as at
from atdata_nb.demo import Filling, fill
from atdata_nb.demo.samples import Tile
from atdata_nb.demo.sounds import CREDITS, sound_theme


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> at.LocalIndex:
    made = at.LocalIndex(tmp_path_factory.mktemp("demo"))
    fill(made)
    return made


def test_a_second_filling_changes_nothing_and_says_so(index: at.LocalIndex) -> None:
    before = [entry.cid for entry in index.datasets]
    again = fill(index)
    assert again.added == ()
    assert len(again.kept) == 5
    assert repr(again).count("kept") == 5
    assert [entry.cid for entry in index.datasets] == before


def test_the_same_samples_are_written_on_every_machine(index: at.LocalIndex) -> None:
    digests = {name: index.get_dataset(name).shards[0].sha256[:12] for name in ("digits", "wine")}
    assert digests == {"digits": "256fb74411b7", "wine": "3e2f754ac223"}


def test_digits_are_images_with_labels(index: at.LocalIndex) -> None:
    digits = index.get_dataset("digits").dataset()
    assert len(digits) == 1797
    assert digits[0].label == 0
    assert digits[0].image.dtype == np.float32
    assert digits[0].image.shape == (8, 8)
    assert digits[0].image.max() <= 1


def test_wine_has_a_history(index: at.LocalIndex) -> None:
    first, second = index.versions("wine")
    assert [first.version, second.version] == ["1.0.0", "1.1.0"]
    assert second.dataset()[0].cultivar == "class_0"
    assert not hasattr(first.dataset()[0], "cultivar")
    assert first.schema_ref != second.schema_ref


def test_the_tiles_of_a_photograph_fit_together(index: at.LocalIndex) -> None:
    from sklearn.datasets import load_sample_image

    tiles = list(index.get_dataset("photographs").dataset(Tile))[:12]
    rows = [np.concatenate([tile.image for tile in tiles[at : at + 4]], 1) for at in (0, 4, 8)]
    assert np.array_equal(np.concatenate(rows), load_sample_image("china.jpg")[:426])


def test_every_recording_names_its_author_and_its_licence(index: at.LocalIndex) -> None:
    sounds = list(index.get_dataset("sounds").dataset())
    assert {sound.title: (sound.author, sound.license) for sound in sounds} == CREDITS
    for sound in sounds:
        assert sound.waveform.dtype == np.int16
        assert sound.waveform.any()


def test_without_recordings_the_rest_is_made(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("atdata_nb.demo.filling.sound_theme", lambda: None)
    report = fill(at.LocalIndex(tmp_path))
    assert len(report.added) == 4
    assert "missing  sounds: Debian's package sound-theme-freedesktop" in repr(report)


def test_recordings_are_found_where_the_desktop_looks_for_them(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    theme = tmp_path / "sounds/freedesktop/stereo"
    theme.mkdir(parents=True)
    (theme / "bell.oga").touch()
    monkeypatch.setattr("sys.prefix", "/nowhere")
    monkeypatch.setenv("XDG_DATA_DIRS", f"/nowhere:{tmp_path}")
    assert sound_theme() == theme
    monkeypatch.setenv("XDG_DATA_DIRS", "/nowhere")
    assert sound_theme() is None


def test_every_dataset_says_whose_work_it_is(index: at.LocalIndex) -> None:
    for entry in index.datasets:
        assert entry.license
        assert entry.description
        assert "demo" in entry.tags
        assert entry.metadata
        assert "source" in entry.metadata


def test_an_empty_report_is_not_blank() -> None:
    assert repr(Filling((), (), ())) == "nothing to do"
