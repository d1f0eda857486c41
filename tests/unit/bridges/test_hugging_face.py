from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import datasets
import numpy as np
import pytest
import soundfile
from PIL import Image

import atdata_nb as at
from atdata_nb.errors import NotRandomAccessError, SampleTypeError


@pytest.fixture
def mixed() -> datasets.Dataset:
    features = datasets.Features(
        image=datasets.Image(),
        label=datasets.ClassLabel(names=["cat", "dog"]),
        matrix=datasets.Array2D((2, 2), "float32"),
        text=datasets.Value("string"),
        vector=datasets.List(datasets.Value("float32")),
        words=datasets.List(datasets.Value("string")),
        box={"x": datasets.Value("int64"), "y": datasets.Value("int64")},
    )
    rows = {
        "image": [Image.new("RGB", (4, 3), "red"), Image.new("RGB", (4, 3))],
        "label": [0, 1],
        "matrix": [np.zeros((2, 2)), np.ones((2, 2))],
        "text": ["a", None],
        "vector": [[1.0, 2.0], [3.0]],
        "words": [["x"], []],
        "box": [{"x": 1, "y": 2}, {"x": 3, "y": 4}],
    }
    return datasets.Dataset.from_dict(rows, features)


def test_features_become_fields(mixed: datasets.Dataset) -> None:
    ds = at.from_huggingface(mixed, name="animals")
    assert [re.split(r"  +", line)[:2] for line in repr(ds.schema).splitlines()[2:]] == [
        ["image", "uint8 3×4×3"],
        ["label", "int"],
        ["matrix", "float32 2×2"],
        ["text", "str | None"],
        ["vector", "float32 ?"],
        ["words", "list[str]"],
        ["box", "Box"],
    ]
    first, second = ds
    assert first.image[0, 0].tolist() == [255, 0, 0]
    assert (first.label, second.label) == (0, 1)
    assert np.array_equal(second.matrix, np.ones((2, 2), np.float32))
    assert (first.text, second.text) == ("a", None)
    assert (first.vector.tolist(), second.vector.tolist()) == ([1.0, 2.0], [3.0])
    assert (first.words, second.words) == (["x"], [])
    assert (second.box.x, second.box.y) == (3, 4)
    assert ds[1] == second


def test_a_selection_is_read_as_it_was_selected(mixed: datasets.Dataset, tmp_path: Path) -> None:
    mixed.save_to_disk(str(tmp_path / "saved"))
    again = datasets.load_from_disk(str(tmp_path / "saved"))
    assert isinstance(again, datasets.Dataset)
    assert [sample.label for sample in at.from_huggingface(again.select([1, 0, 1]))] == [1, 0, 1]


def test_recordings_have_their_rate_beside_them(tmp_path: Path) -> None:
    wave = np.arange(-5, 5, dtype=np.int16)
    soundfile.write(tmp_path / "a.wav", wave, 8000)
    data = datasets.Dataset.from_dict({"audio": [str(tmp_path / "a.wav")]})
    (sample,) = at.from_huggingface(data.cast_column("audio", datasets.Audio()))
    assert np.array_equal(sample.audio[:, 0], wave)
    assert sample.audio_rate == 8000


def rows_of(shards: list[int]) -> Any:
    for shard in shards:
        yield {"n": shard}


def test_a_stream_is_read_in_order_a_shard_at_a_time() -> None:
    data = datasets.IterableDataset.from_generator(
        rows_of,
        gen_kwargs={"shards": [1, 2, 3]},
        features=datasets.Features(n=datasets.Value("int64")),
    )
    ds = at.from_huggingface(data)
    assert [sample.n for sample in ds] == [1, 2, 3]
    assert len(ds.list_shards()) == 3
    with pytest.raises(NotRandomAccessError):
        len(ds)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ([1], "got list"),
        (datasets.DatasetDict(), "got DatasetDict; choose a split"),
        (
            datasets.IterableDataset.from_generator(rows_of, gen_kwargs={"shards": [1]}),
            "pass features=",
        ),
    ],
)
def test_what_is_no_dataset_is_told(data: Any, message: str) -> None:
    with pytest.raises(SampleTypeError, match=message):
        at.from_huggingface(data)
