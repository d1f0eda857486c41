from __future__ import annotations

import io
import wave
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

import atdata_nb as at
from atdata_nb.shards import write_shard
from atdata_nb.widgets.whole import WholeSamples
from atdata_nb.widgets.whole.numbers import MOST_READ, numbers_wire


@at.packable
class Scene:
    cube: NDArray[np.float32]
    waveform: NDArray[np.int16]
    rate: int
    photo: bytes
    story: str
    boxes: list[dict[str, Any]]
    note: str | None = None


def photo(side: int) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (side, side // 2), (200, 10, 10)).save(out, "PNG")
    return out.getvalue()


def scene(i: int) -> Scene:
    cube = np.arange(2 * 16 * 20, dtype=np.float32).reshape(2, 16, 20) + i
    waveform = np.arange(4_000, dtype=np.int16)
    return Scene(cube, waveform, 8_000, photo(64), "ab\u202e" * 10_000, [{"at": [1, 2]}, {}])


class Page:
    """A page that asks."""

    def __init__(self, dataset: at.Dataset[Any]) -> None:
        self.opened = 0
        self._dataset = dataset
        self.samples = WholeSamples(self._open)

    def _open(self, key: str) -> at.Dataset[Any]:
        assert key == ""
        self.opened += 1
        return self._dataset

    def ask(self, kind: str, **more: Any) -> Any:
        return self.samples.answer({"id": 1, "kind": kind, **more})


@pytest.fixture
def page(tmp_path: Path) -> Page:
    path = tmp_path / "scenes.tar"
    write_shard(path, [scene(i) for i in range(3)])
    return Page(at.Dataset[Scene](path))


def test_a_sample_says_where_it_is_and_what_is_in_it(page: Page) -> None:
    answer, buffers = page.ask("sample", row=2)
    assert buffers == []
    assert (answer["key"], answer["shard"], answer["total"]) == ("000000002", "scenes.tar", 3)
    kinds = [part["kind"] for part in answer["parts"]]
    assert kinds == ["array", "sound", "number", "image", "text", "nested", "missing"]
    assert page.opened == 1


def test_values_are_found_by_the_numbers_that_lead_to_them(page: Page) -> None:
    page.ask("sample", row=0)
    inside, _ = page.ask("branch", path=[5, 0])
    assert [(part["name"], part["kind"]) for part in inside["parts"]] == [("at", "nested")]
    inside, _ = page.ask("branch", path=[5, 0, 0], first=1)
    assert [(part["name"], part["text"]) for part in inside["parts"]] == [("1", "2")]
    with pytest.raises(LookupError, match="no item 9"):
        page.ask("branch", path=[5, 9])


def test_a_long_text_comes_in_stretches_and_made_visible(page: Page) -> None:
    page.ask("sample", row=0)
    texts, offset = [], 0
    while True:
        answer, _ = page.ask("text", path=[4], offset=offset)
        texts.append(answer["text"])
        offset = answer["next"]
        if not offset:
            break
    assert "".join(texts) == "ab\\u202e" * 10_000
    assert len(texts) == 2


def test_bytes_are_paged_and_the_stored_sample_has_some_too(page: Page) -> None:
    page.ask("sample", row=1)
    answer, (data,) = page.ask("bytes", path=[3], offset=1, count=3)
    assert (answer["size"], data) == (len(photo(64)), b"PNG")
    answer, (data,) = page.ask("bytes", offset=0, count=16)
    assert b"cube" in data
    with pytest.raises(ValueError, match="no bytes"):
        page.ask("bytes", path=[2])
    with pytest.raises(msgspec.ValidationError):
        page.ask("bytes", path=[3], count=1_000_000)


def test_an_array_is_cut_into_pictures_with_their_values(page: Page) -> None:
    page.ask("sample", row=0)
    answer, (png, values) = page.ask("picture", path=[0], at=[1])
    assert (answer["width"], answer["height"]) == (20, 16)
    assert (answer["low"], answer["high"]) == ("320", "639")
    assert Image.open(io.BytesIO(png)).size == (20, 16)
    assert np.frombuffer(values).tolist() == list(range(320, 640))
    with pytest.raises(LookupError, match="outside"):
        page.ask("picture", path=[0], at=[2])


def test_an_image_file_is_sent_whole_up_to_a_bound(tmp_path: Path) -> None:
    path = tmp_path / "photos.tar"
    write_shard(path, [at.DictSample(photo=photo(64)), at.DictSample(photo=photo(4_000))])
    page = Page(at.Dataset(path))
    sizes = []
    for row in range(2):
        page.ask("sample", row=row)
        answer, (png, values) = page.ask("picture", row=row, path=[0])
        assert values == b""
        sizes.append((answer["width"], answer["height"]))
        assert Image.open(io.BytesIO(png)).getpixel((3, 3)) == (200, 10, 10)
    assert sizes == [(64, 32), (1_600, 800)]


def test_a_waveform_is_sent_as_a_file_that_plays(page: Page) -> None:
    page.ask("sample", row=0)
    answer, (data,) = page.ask("play", path=[1])
    assert answer == {"media": "audio/wav", "cut": 0.0}
    with wave.open(io.BytesIO(data)) as file:
        assert (file.getframerate(), file.getnframes()) == (8_000, 4_000)


def test_a_sample_is_read_again_where_another_view_opened_another(page: Page) -> None:
    page.ask("sample", row=0)
    page.ask("sample", row=2)
    answer, _ = page.ask("numbers", row=0, path=[0])
    assert dict(answer["facts"])["max"] == "639"


def test_retrying_opens_the_dataset_anew(page: Page) -> None:
    page.ask("sample", row=0)
    page.ask("sample", row=1)
    assert page.opened == 1
    page.ask("sample", row=1, fresh=True)
    assert page.opened == 2


def test_a_huge_array_is_told_of_from_evenly_spaced_elements() -> None:
    array = np.arange(3 * MOST_READ, dtype=np.int32)
    answer = numbers_wire(array)
    assert answer["basis"].startswith("from 2,000,000 evenly spaced of 6,000,000")
    assert dict(answer["facts"])["mean"].startswith("2999")
    assert len(answer["curve"]) == 600


def test_numbers_that_are_none_are_counted() -> None:
    facts = dict(numbers_wire(np.array([np.nan, np.inf, 1.0, 0.0]))["facts"])
    assert facts["NaN"] == "1 (25 %)"
    assert facts["infinite"] == "1 (25 %)"
    assert facts["max"] == "1"
    assert numbers_wire(np.array([], np.float32))["facts"] == []
    assert numbers_wire(np.array(["a", "b"]))["head"] == "a, b"
