from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import atdata_nb as at


@at.packable
class Digit:
    image: NDArray[np.float32]
    label: int


@pytest.fixture
def entry(tmp_path: Path) -> Any:
    index = at.LocalIndex(tmp_path / "index")
    pixels = np.arange(64, dtype=np.float32).reshape(8, 8)
    return index.write_samples([Digit(pixels, i) for i in range(30)], name="digits")


def test_a_dataset_and_its_entry_are_previewed_alike(entry: Any) -> None:
    sent: list[tuple[Any, Any]] = []
    for source in (entry, entry.dataset()):
        preview = at.preview(source, n=7)
        preview.send = lambda content, buffers=None: sent.append((content, buffers))
        preview._handle_custom_msg({"id": 1, "kind": "samples"}, [])
    assert sent[0] == sent[1]
    assert len(sent[0][0]["answer"]["rows"]) == 7


def test_what_is_shown_is_a_data_frame_too(entry: Any) -> None:
    assert list(at.preview(entry, n=3).to_pandas()["label"]) == [0, 1, 2]


def test_a_saved_notebook_shows_the_first_samples(entry: Any) -> None:
    bundle = at.preview(entry)._repr_mimebundle_()[0]
    assert bundle["text/html"].count("<img") == 10
    assert bundle["text/plain"] == "Preview of digits: first 20 samples"


def test_a_preview_has_samples_only(entry: Any) -> None:
    preview = at.preview(entry)
    sent: list[Any] = []
    preview.send = lambda content, _buffers=None: sent.append(content)
    preview._handle_custom_msg({"id": 1, "kind": "schema", "key": ""}, [])
    assert "samples only" in sent[0]["error"]["text"]
