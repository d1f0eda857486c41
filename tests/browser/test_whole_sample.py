from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Page as WebPage
from playwright.sync_api import expect

import atdata_nb as at
from atdata_nb.shards import write_shard

EVIL = "<script>alarm.push(1)</script><img src=x onerror=alarm.push(2)>\u202e\x00"


@at.packable
class Scene:
    """One of everything."""

    photo: bytes
    image: NDArray[np.uint8]
    volume: NDArray[np.float32]
    curve: NDArray[np.float64]
    waveform: NDArray[np.int16]
    sample_rate: int
    score: float
    title: str
    story: str
    data: bytes
    boxes: list[dict[str, Any]]
    note: str | None = None


@at.packable
class Word:
    text: str


def photograph() -> bytes:
    y, x = np.mgrid[0:480, 0:640]
    pixels = np.stack([x / 3, y / 2, 255 - (x + y) / 5], -1).clip(0, 255).astype(np.uint8)
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "JPEG")
    return out.getvalue()


def scene(i: int) -> Scene:
    t = np.arange(16_000)
    z, y, x = np.mgrid[0:5, 0:24, 0:32]
    return Scene(
        photo=photograph(),
        image=np.kron(
            np.random.default_rng(i).integers(0, 255, (8, 8, 3)), np.ones((2, 2, 1))
        ).astype(np.uint8),
        volume=np.hypot(x - 16 + 2 * z, y - 12).astype(np.float32) - 3,
        curve=np.sin(np.arange(200) / 12) * np.exp(-np.arange(200) / 90),
        waveform=(np.sin(t / 9) * np.exp(-t / 4000) * 28_000).astype(np.int16),
        sample_rate=16_000,
        score=0.1 + 0.2 + i,
        title=f"scene {i}",
        story="A long story. " * 2_000,
        data=bytes(range(256)) * 5,
        boxes=[{"label": "cat", "at": [1, 2, 3, 4], "sure": None}, {"label": EVIL}],
    )


@pytest.fixture
def entry(tmp_path: Path) -> Any:
    index = at.LocalIndex(tmp_path / "index")
    return index.write_samples([scene(i) for i in range(4)], name="scenes")


def part(page: WebPage, name: str) -> Any:
    return page.locator(f".at-part[aria-label='{name}']").first


def opened(page: WebPage, row: int) -> Any:
    line = page.get_by_role("row").nth(row + 1)
    expect(line).to_be_visible()
    expect(page.locator(".at-wait")).to_have_count(0)
    line.get_by_role("gridcell").first.click()
    return page.get_by_role("dialog")


def test_every_value_is_shown_by_what_it_is(
    entry: Any, page: WebPage, mount: Callable[..., Any]
) -> None:
    mounted = mount(at.preview(entry))
    dialog = opened(page, 1)
    expect(dialog).to_contain_text("Sample 1 of 4")
    expect(dialog).to_contain_text("key 000000001 · scenes-000000")
    expect(part(page, "photo").locator("img")).to_have_js_property("naturalWidth", 640)
    image = part(page, "image")
    image.scroll_into_view_if_needed()
    expect(image.locator("img")).to_have_js_property("naturalWidth", 16)
    expect(image.locator("dl")).to_contain_text("median")
    expect(part(page, "score")).to_contain_text("1.3")
    expect(part(page, "note")).to_contain_text("missing")
    story = part(page, "story")
    story.get_by_role("button", name="Show more").click()
    whole = story.locator(".at-whole-text")
    expect(whole).to_have_js_property("textContent", "A long story. " * 2_000)
    data = part(page, "data")
    data.scroll_into_view_if_needed()
    expect(data.locator("pre")).to_contain_text("00000010  10 11 12")
    data.get_by_role("button", name="»").click()
    expect(data.locator("pre")).to_contain_text("00000400  00 01 02")
    boxes = part(page, "boxes")
    boxes.locator("summary").first.click()
    boxes.locator("summary").nth(1).click()
    expect(part(page, "label")).to_contain_text("cat")
    boxes.locator("summary").nth(3).click()
    expect(boxes).to_contain_text("onerror=alarm.push(2)>\\u202e\\x00")
    page.get_by_text("Stored bytes").click()
    expect(page.locator(".at-stored pre")).to_contain_text("·photo")
    assert page.evaluate("alarm") == []
    # What was not looked at was not asked for.
    kinds = [request["kind"] for request in mounted.requests]
    assert kinds.count("play") == 0


def test_arrows_leaf_through_the_samples_and_escape_closes(
    entry: Any, page: WebPage, mount: Callable[..., Any]
) -> None:
    mount(at.preview(entry))
    dialog = opened(page, 2)
    expect(part(page, "title")).to_contain_text("scene 2")
    page.keyboard.press("ArrowRight")
    expect(part(page, "title")).to_contain_text("scene 3")
    page.keyboard.press("ArrowRight")
    expect(dialog.get_by_title("Next")).to_be_disabled()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    expect(part(page, "title")).to_contain_text("scene 1")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(page.get_by_role("grid")).to_be_focused()


def test_a_picture_is_zoomed_and_its_values_are_read_off(
    entry: Any, page: WebPage, mount: Callable[..., Any]
) -> None:
    mount(at.preview(entry))
    opened(page, 0)
    volume = part(page, "volume")
    volume.scroll_into_view_if_needed()
    picture = volume.locator("img")
    expect(picture).to_have_js_property("naturalWidth", 32)
    assert picture.evaluate("(image) => image.clientWidth") == 160
    # Row 12, column 16 of the first plane is the bottom of the bowl.
    picture.hover(position={"x": 82, "y": 62})
    expect(volume.locator(".at-readout")).to_have_text("row 12, column 16: -3")
    volume.get_by_role("slider").fill("2")
    expect(volume.locator("output")).to_have_text("[2] of 5")
    picture.hover(position={"x": 62, "y": 62})
    expect(volume.locator(".at-readout")).to_have_text("row 12, column 12: -3")
    volume.get_by_role("button", name="+").click()
    assert picture.evaluate("(image) => image.clientWidth") == 320
    volume.get_by_role("button", name="1:1").click()
    assert picture.evaluate("(image) => image.clientWidth") == 32


def test_a_sound_plays(entry: Any, page: WebPage, mount: Callable[..., Any]) -> None:
    mount(at.preview(entry))
    opened(page, 0)
    sound = part(page, "waveform")
    sound.scroll_into_view_if_needed()
    expect(sound.locator("polyline")).to_be_visible()
    sound.get_by_role("button", name="Play").click()
    expect(sound.get_by_role("status")).to_contain_text("of 1.0 s")
    sound.locator(".at-wave").click(position={"x": 300, "y": 20})
    expect(sound.get_by_role("button")).to_have_text("Play")
    page.keyboard.press("Escape")


def test_a_sample_that_does_not_decode_shows_its_bytes(
    tmp_path: Path, page: WebPage, mount: Callable[..., Any]
) -> None:
    path = tmp_path / "words.tar"
    write_shard(path, [at.DictSample(text="good"), at.DictSample(text=3), at.DictSample(text="x")])
    page.set_viewport_size({"width": 600, "height": 600})
    mount(at.preview(at.Dataset[Word](path)))
    opened(page, 0)
    page.keyboard.press("ArrowRight")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("This sample does not decode.")
    expect(dialog).to_contain_text("text")
    expect(dialog.locator("pre")).to_contain_text("·text·")
    page.keyboard.press("ArrowRight")
    expect(part(page, "text")).to_contain_text("x")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_holds_in_a_side_panel(
    theme: str, entry: Any, page: WebPage, mount: Callable[..., Any]
) -> None:
    page.set_viewport_size({"width": 600, "height": 600})
    mount(at.preview(entry)).theme(theme)
    dialog = opened(page, 0)
    expect(part(page, "photo").locator("img")).to_have_js_property("naturalWidth", 640)
    body = dialog.locator(".at-whole-body")
    assert body.evaluate("(e) => e.scrollWidth <= e.clientWidth")
    ink = body.evaluate("(e) => getComputedStyle(e).color")
    assert ink == {"light": "rgba(0, 0, 0, 0.87)", "dark": "rgb(255, 255, 255)"}[theme]
    loud = "all => all.filter((one) => !one.closest('[data-lm-suppress-shortcuts]')).length"
    assert dialog.locator("input, button, [tabindex], summary").evaluate_all(loud) == 0
