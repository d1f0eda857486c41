from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import atdata_nb as at
from atdata_nb.views import html
from atdata_nb.views.rendering import stylesheet


@at.packable
class Digit:
    """One handwritten digit."""

    image: NDArray[np.float32]
    label: int
    note: str | None = None


def digits(count: int) -> list[Digit]:
    pixels = np.arange(64, dtype=np.float32).reshape(8, 8)
    return [Digit(pixels + i, i) for i in range(count)]


@pytest.fixture
def index(tmp_path: Path) -> at.LocalIndex:
    index = at.LocalIndex(tmp_path / "index")
    index.write_samples(
        digits(30),
        name="digits",
        description="Grey values",
        tags=("images",),
        license="CC0-1.0",
        metadata={"origin": "made here"},
    )
    return index


@dataclass
class HostileEntry:
    name: str
    schema_ref: str = "<script>alarm()</script>@1.0.0"
    data_urls: list[str] = field(default_factory=lambda: ["javascript:alarm()", "/etc/<b>"])
    metadata: dict[str, Any] | None = None


def page_of(thing: Any) -> str:
    page = html(thing)
    assert page is not None
    return page


def words(page: str) -> str:
    """What is left of a page in a place that strips everything but text."""
    page = re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


def test_an_entry_tells_the_same_facts_as_text_and_as_html(index: at.LocalIndex) -> None:
    entry = index.get_dataset("digits")
    for fact in ("digits", "1.0.0", "Digit", "30 samples", "Grey values", "images", "CC0-1.0"):
        assert fact in repr(entry)
        assert fact in words(page_of(entry))
    assert "made here" in repr(entry)
    assert "made here" in words(page_of(entry))


def test_a_schema_tells_the_same_facts_as_text_and_as_html(index: at.LocalIndex) -> None:
    schema = index.get_dataset("digits").schema
    for fact in ("Digit", "1.0.0", "One handwritten digit.", "float32 array", "str | None"):
        assert fact in repr(schema)
        assert fact in words(page_of(schema))


def test_a_dataset_tells_the_same_facts_as_text_and_as_html(index: at.LocalIndex) -> None:
    dataset = index.get_dataset("digits").dataset()
    for fact in ("digits", "Digit", "1 shard", "image", "label", "note"):
        assert fact in repr(dataset)
        assert fact in words(page_of(dataset))


def test_a_batch_tells_the_same_facts_as_text_and_as_html(index: at.LocalIndex) -> None:
    dataset = index.get_dataset("digits").dataset()
    batch = next(iter(dataset.ordered(batch_size=4)))
    for fact in ("4 samples", "Digit", "image", "label", "float32"):
        assert fact in repr(batch)
        assert fact in words(page_of(batch))


def test_an_index_tells_the_same_facts_as_text_and_as_html(index: at.LocalIndex) -> None:
    for fact in ("LocalIndex", "1 dataset", "digits", "1.0.0", "Digit"):
        assert fact in repr(index)
        assert fact in words(page_of(index))


def test_splits_tell_the_same_facts_as_text_and_as_html(index: at.LocalIndex) -> None:
    dataset = index.get_dataset("digits").dataset()
    splits = at.DatasetDict({"train": dataset, "test": dataset})
    for fact in ("train", "test", "1 shard"):
        assert fact in repr(splits)
        assert fact in words(page_of(splits))


def test_an_import_report_tells_the_same_facts_as_text_and_as_html() -> None:
    from atdata_nb.index.importer import ImportReport

    report = ImportReport("old.db", 3, 1, 2, notes=("renamed x",), skipped=("y: no schema",))
    for fact in ("old.db", "3", "2", "renamed x", "y: no schema"):
        assert fact in repr(report)
        assert fact in words(page_of(report))


def test_pictures_are_in_the_page_as_png_and_reserve_their_place(index: at.LocalIndex) -> None:
    page = page_of(index.get_dataset("digits").dataset())
    assert page.count('<img src="data:image/png;base64,') == 5
    assert 'width="48" height="48" alt="float32 8×8"' in page


def test_pictures_stop_before_a_saved_notebook_grows_large() -> None:
    noise = np.random.default_rng(0)
    fields = {f"photo{i}": noise.integers(0, 256, (64, 64, 3), np.uint8) for i in range(40)}
    batch = at.SampleBatch([at.DictSample(**fields)] * 5)
    page = page_of(batch)
    assert len(page) < 200_000
    assert "<img" in page
    assert "uint8 64×64×3" in page


def test_output_is_a_function_of_its_input(index: at.LocalIndex, tmp_path: Path) -> None:
    for thing in (index, index.get_dataset("digits"), index.get_dataset("digits").dataset()):
        page = page_of(thing)
        assert page == page_of(thing)
        assert str(tmp_path) not in page
        assert " id=" not in page


def test_hostile_names_and_values_run_nothing() -> None:
    evil = "<script>alarm()</script><img src=x onerror=alarm()>\u202e\x00"
    entry = HostileEntry(evil, metadata={evil: evil, "description": evil, "tags": [evil]})
    schema = {"name": evil, "version": evil, "description": evil, "fields": evil}
    batch = at.SampleBatch([at.DictSample(**{evil: evil})])
    for thing in (entry, schema, batch):
        page = page_of(thing)
        assert "<script" not in page
        assert "<img src=x" not in page
        assert "\u202e" not in page
        assert "\x00" not in page
        assert "alarm()" in words(page)


def test_an_object_without_a_view_is_left_to_its_text() -> None:
    assert html(3) is None
    assert html(object()) is None


def test_the_stylesheet_is_small_and_reaches_nothing_else() -> None:
    css = stylesheet()
    assert len(css) < 3_200
    assert "prefers-color-scheme" not in css
    assert all(rule.strip().startswith(".atdata") for rule in css.split("}") if rule)
