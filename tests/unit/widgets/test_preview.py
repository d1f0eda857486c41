from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import atdata_nb as at
from atdata_nb.errors import ExpressionError


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
        preview._handle_custom_msg({"id": 1, "kind": "table"}, [])
        preview._handle_custom_msg({"id": 2, "kind": "rows"}, [])
    assert sent[:2] == sent[2:]
    assert sent[0][0]["answer"]["known"] == 7
    assert sent[1][0]["answer"]["count"] == 7


def test_without_a_choice_all_that_is_shown_is_a_data_frame(entry: Any) -> None:
    assert list(at.preview(entry, n=3).to_pandas()["label"]) == [0, 1, 2]
    assert len(at.preview(entry).to_pandas()) == 30


def test_query_and_order_on_screen_are_those_of_the_data_frame(entry: Any) -> None:
    preview = at.preview(entry)
    preview.query, preview.sort, preview.descending = "label > 10 and label < 14", "label", True
    frame = preview.to_pandas()
    assert list(frame["label"]) == [13, 12, 11]
    assert list(frame.index) == [13, 12, 11]


def test_the_chosen_samples_come_before_the_query(entry: Any) -> None:
    preview = at.preview(entry)
    preview.query, preview.selection = "label > 10", [4, 2]
    assert list(preview.to_pandas()["label"]) == [4, 2]


def test_a_query_for_what_is_no_column_says_which_there_are(entry: Any) -> None:
    preview = at.preview(entry)
    preview.query = "imge == 3"
    with pytest.raises(ExpressionError, match=r"no column imge; there are: label"):
        preview.to_pandas()


def test_a_saved_notebook_shows_the_first_samples(entry: Any) -> None:
    bundle = at.preview(entry)._repr_mimebundle_()[0]
    assert bundle["text/html"].count("<img") == 10
    assert bundle["text/plain"] == "Preview of digits: samples"
    assert at.preview(entry)._repr_mimebundle_()[0]["text/html"] == bundle["text/html"]
    assert len(bundle["text/html"]) < 200_000


def test_a_saved_notebook_says_which_sample_does_not_decode(entry: Any) -> None:
    path = Path(entry.data_urls[0])
    data = bytearray(path.read_bytes())
    data[data.find(b"000000002.msgpack") + 512] = 0xC1
    path.write_bytes(data)
    html = at.preview(at.Dataset[Digit](path))._repr_mimebundle_()[0]["text/html"]
    assert "000000002.msgpack" in html
    assert html.count("<img") == 9


def test_a_wide_dataset_is_saved_small(tmp_path: Path) -> None:
    from atdata_nb.shards import write_shard

    rows = [at.DictSample({f"f{i}": "x" * 200 for i in range(2_000)}) for _ in range(12)]
    write_shard(tmp_path / "wide.tar", rows)
    html = at.preview(at.Dataset(tmp_path / "wide.tar"))._repr_mimebundle_()[0]["text/html"]
    assert len(html) < 200_000


def test_a_preview_has_samples_only(entry: Any) -> None:
    preview = at.preview(entry)
    sent: list[Any] = []
    preview.send = lambda content, _buffers=None: sent.append(content)
    preview._handle_custom_msg({"id": 1, "kind": "schema", "key": ""}, [])
    assert sent[0]["error"]["kind"] == "ValidationError"
