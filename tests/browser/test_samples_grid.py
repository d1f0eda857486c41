"""The samples grid in a real page: what is drawn, typed, chosen and moved through."""

from __future__ import annotations

import io
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Page as WebPage
from playwright.sync_api import expect
from services.proxy import Proxy, files_of

import atdata_nb as at
from atdata_nb.shards import write_shard


@at.packable
class Digit:
    image: NDArray[np.float32]
    label: int
    mean: float
    profile: NDArray[np.float32]
    note: str | None = None


@at.packable
class Number:
    n: int
    word: str


@at.packable
class Song:
    sound: bytes
    matrix: NDArray[np.int32]
    tags: list[str]
    blob: bytes


def digits(count: int) -> list[Digit]:
    pixels = np.random.default_rng(0).random((count, 8, 8), np.float32)
    return [
        Digit(image, i % 10, float(image.mean()), image.sum(0), None if i % 3 == 0 else "by hand")
        for i, image in enumerate(pixels)
    ]


@pytest.fixture
def shown(tmp_path: Path) -> at.Dataset[Digit]:
    write_shard(tmp_path / "digits.tar", digits(300))
    return at.Dataset[Digit](tmp_path / "digits.tar", name="digits")


@pytest.fixture
def numbers(tmp_path: Path) -> at.Dataset[Number]:
    write_shard(tmp_path / "numbers.tar", [Number(i, f"word {i % 7}") for i in range(50_000)])
    return at.Dataset[Number](tmp_path / "numbers.tar", name="numbers")


def grid(page: WebPage) -> Any:
    return page.get_by_role("grid")


def first_row(page: WebPage) -> Any:
    return page.locator("tbody tr").first


def test_cells_show_what_is_in_them(
    shown: at.Dataset[Digit], page: WebPage, mount: Callable[..., Any]
) -> None:
    mount(at.preview(shown))
    row = first_row(page)
    expect(row.locator("img")).to_have_js_property("naturalWidth", 8)
    expect(row.locator("polyline")).to_have_count(1)
    expect(row.locator(".at-missing")).to_have_text("missing")
    expect(page.get_by_role("columnheader").nth(1)).to_contain_text("float32 8×8")
    expect(page.locator(".at-bars")).to_have_count(2)
    expect(page.locator("footer")).to_contain_text("Rows 0–7 of 300")
    expect(page.locator("footer")).to_contain_text("statistics over all 300 samples")


def test_a_filter_shows_what_matches_and_how_many(
    shown: at.Dataset[Digit], page: WebPage, mount: Callable[..., Any]
) -> None:
    preview = at.preview(shown)
    mount(preview)
    page.locator(".at-query").fill('label == 3 and note == "by hand"')
    expect(page.locator(".at-found")).to_have_text("20 of 300 match")
    expect(first_row(page).locator("th")).to_have_text("13")
    assert preview.query == 'label == 3 and note == "by hand"'
    assert list(preview.to_pandas().index[:3]) == [13, 23, 43]
    page.locator(".at-query").press("Escape")
    expect(page.locator(".at-found")).to_have_text("300 samples")
    expect(first_row(page).locator("th")).to_have_text("0")


def test_a_filter_on_a_dataset_far_away_is_answered_by_its_manifests(
    tmp_path: Path, page: WebPage, mount: Callable[..., Any]
) -> None:
    rows = [Number(i, f"word {i % 7}") for i in range(3_000)]
    made = at.LocalDiskStore(tmp_path).write(rows, prefix="numbers", maxcount=1_000)
    with files_of(tmp_path) as files, Proxy(files) as server:
        urls = [f"{server.url}/{Path(one.url).relative_to(tmp_path).as_posix()}" for one in made]
        mount(at.preview(at.Dataset[Number](at.URLSource(urls))))
        expect(page.locator(".at-found")).to_have_text("3,000 samples")
        page.locator(".at-query").fill("2500 <= n < 2503")
        expect(page.locator(".at-found")).to_have_text("3 of 3,000 match")
        expect(page.locator(".at-left")).to_contain_text("filter over all samples, by their manif")
        expect(first_row(page).get_by_role("gridcell").first).to_have_text("2500")


def test_a_wrong_filter_is_said_under_the_box_and_the_rows_stay(
    shown: at.Dataset[Digit], page: WebPage, mount: Callable[..., Any]
) -> None:
    mount(at.preview(shown))
    expect(first_row(page).locator("th")).to_have_text("0")
    before = grid(page).bounding_box()
    page.locator(".at-query").fill("label = 3")
    wrong = page.get_by_role("alert")
    expect(wrong).to_contain_text("character 7")
    expect(wrong.locator("mark")).to_have_text("=")
    assert grid(page).bounding_box() == before
    expect(first_row(page).locator("th")).to_have_text("0")
    page.locator(".at-query").fill("image > 3")
    expect(wrong).to_contain_text("image is no column of numbers, text or booleans")
    page.locator(".at-query").fill("label == 3")
    expect(wrong).to_be_hidden()


def test_a_click_on_a_name_sorts_up_then_down_then_not(
    shown: at.Dataset[Digit], page: WebPage, mount: Callable[..., Any]
) -> None:
    preview = at.preview(shown)
    mount(preview)
    label = page.get_by_role("columnheader").filter(has_text="label")
    label.get_by_role("button").click()
    expect(label).to_have_attribute("aria-sort", "ascending")
    expect(page.locator("tbody tr").nth(2).locator("th")).to_have_text("20")
    label.get_by_role("button").click()
    expect(label).to_have_attribute("aria-sort", "descending")
    expect(first_row(page).locator("th")).to_have_text("9")
    assert (preview.sort, preview.descending) == ("label", True)
    assert list(preview.to_pandas().index[:2]) == [9, 19]
    label.get_by_role("button").click()
    expect(first_row(page).locator("th")).to_have_text("0")


def test_query_order_and_choice_made_in_python_are_shown(
    shown: at.Dataset[Digit], page: WebPage, mount: Callable[..., Any]
) -> None:
    preview = at.preview(shown)
    mounted = mount(preview)
    expect(first_row(page).locator("th")).to_have_text("0")
    preview.query, preview.sort, preview.descending = "label < 2", "mean", True
    mounted.tell()
    expect(page.locator(".at-query")).to_have_value("label < 2")
    expect(page.locator(".at-found")).to_have_text("60 of 300 match")
    best = int(preview.to_pandas().index[0])
    expect(first_row(page).locator("th")).to_have_text(f"{best}")
    preview.selection = [best]
    mounted.tell()
    expect(first_row(page)).to_have_attribute("aria-selected", "true")


def test_rows_are_chosen_by_click_and_by_key(
    shown: at.Dataset[Digit], page: WebPage, mount: Callable[..., Any]
) -> None:
    preview = at.preview(shown)
    mount(preview)
    gutter = page.locator("tbody th")
    gutter.nth(2).click()
    expect(page.locator("footer")).to_contain_text("1 chosen")
    assert preview.selection == [2]
    gutter.nth(4).click(modifiers=["Shift"])
    expect(page.locator("footer")).to_contain_text("3 chosen")
    assert preview.selection == [2, 3, 4]
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    expect(page.locator("footer")).to_contain_text("4 chosen")
    assert preview.selection == [2, 3, 4, 5]
    assert list(preview.to_pandas()["label"]) == [2, 3, 4, 5]
    page.keyboard.press("Escape")
    expect(page.locator('tbody tr[aria-selected="true"]')).to_have_count(0)
    assert preview.selection == []


def test_keys_lead_through_the_rows_to_the_very_last(
    numbers: at.Dataset[Number], page: WebPage, mount: Callable[..., Any]
) -> None:
    mount(at.preview(numbers))
    grid(page).focus()
    active = page.locator("tr.at-active")
    for key, place in (
        ("ArrowDown", "0"),
        ("ArrowDown", "1"),
        ("PageDown", "12"),
        ("ArrowUp", "11"),
        ("End", "49,999"),
        ("PageUp", "49,988"),
        ("Home", "0"),
        ("End", "49,999"),
    ):
        page.keyboard.press(key)
        expect(active.locator("th")).to_have_text(place)
        expect(active).to_contain_text("word")
    inside = "row => row.getBoundingClientRect().bottom <= innerHeight"
    assert active.evaluate(inside)
    below = page.locator(".at-foot").bounding_box()
    row = active.bounding_box()
    assert below is not None
    assert row is not None
    assert row["y"] + row["height"] <= below["y"] + 1
    assert active.get_attribute("id") == grid(page).get_attribute("aria-activedescendant")
    assert active.get_attribute("aria-rowindex") == "50001"


def test_a_sample_that_does_not_decode_is_a_row_that_says_why(
    shown: at.Dataset[Digit], page: WebPage, mount: Callable[..., Any]
) -> None:
    path = Path(shown.list_shards()[0])
    data = bytearray(path.read_bytes())
    data[data.find(b"000000002.msgpack") + 512] = 0xC1
    path.write_bytes(data)
    mount(at.preview(at.Dataset[Digit](path)))
    broken = page.locator("tbody tr").nth(2)
    expect(broken).to_contain_text("malformed")
    expect(broken).to_contain_text("000000002.msgpack")
    expect(page.locator("tbody img")).not_to_have_count(0)
    expect(page.locator("tbody tr").nth(3).locator("img")).to_have_count(1)
    expect(page.locator("footer")).to_contain_text("1 of them cannot be read")


def test_sounds_matrices_lists_and_bytes(
    tmp_path: Path, page: WebPage, mount: Callable[..., Any]
) -> None:
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setparams((1, 2, 8_000, 0, "NONE", ""))
        sound.writeframes((np.sin(np.arange(16_000) / 5) * 9_000).astype("<i2").tobytes())
    song = Song(
        file.getvalue(), np.arange(12, dtype=np.int32).reshape(3, 4), ["a", "b"], b"x" * 5_000
    )
    write_shard(tmp_path / "songs.tar", [song])
    mounted = mount(at.preview(at.Dataset[Song](tmp_path / "songs.tar")))
    row = first_row(page)
    expect(row.locator("td").nth(0)).to_have_text("2 s")
    expect(row.locator("td").nth(0).locator("path")).to_have_count(3)
    expect(row.locator("td").nth(1).locator("img")).to_have_js_property("naturalWidth", 4)
    expect(row.locator("td").nth(1)).to_contain_text("0 … 11")
    expect(row.locator("td").nth(2)).to_have_text('["a", "b"]')
    expect(row.locator("td").nth(3)).to_have_text("bytes (5.0 KB)")
    play = page.get_by_role("button", name="Play WAV")
    play.click()
    expect(play).to_have_attribute("aria-pressed", "false", timeout=20_000)
    assert [r["row"] for r in mounted.requests if r["kind"] == "sound"] == [0]


def test_two_thousand_fields_are_drawn_where_they_are_in_view(
    tmp_path: Path, page: WebPage, mount: Callable[..., Any]
) -> None:
    rows = [{f"field {i:04}": i + n for i in range(2_000)} for n in range(40)]
    write_shard(tmp_path / "wide.tar", [at.DictSample(row) for row in rows])
    mounted = mount(at.preview(at.Dataset(tmp_path / "wide.tar")))
    expect(first_row(page)).to_contain_text("5")
    assert page.locator("tbody td").count() < 600
    asked = [r for r in mounted.requests if r["kind"] == "rows"]
    assert max(r["last"] - r["first"] for r in asked) == 16
    for _ in range(30):
        grid(page).evaluate("table => { table.scrollLeft = table.scrollWidth }")
        page.evaluate("new Promise(requestAnimationFrame)")
    expect(page.get_by_role("columnheader").last).to_contain_text("field 1999")
    expect(first_row(page)).to_contain_text("1999")
    expect(page.get_by_role("columnheader").last.locator(".at-bars")).to_have_count(1)


@pytest.mark.parametrize("width", [600, 1_600])
def test_it_holds_at_any_width(
    width: int, shown: at.Dataset[Digit], page: WebPage, mount: Callable[..., Any]
) -> None:
    page.set_viewport_size({"width": width, "height": 600})
    mount(at.preview(shown))
    expect(first_row(page).locator("img")).to_have_count(1)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    tall = page.locator("tbody tr:not(.at-none)").evaluate_all(
        "rows => [...new Set(rows.map((row) => row.offsetHeight))]"
    )
    assert tall == [43]


def test_nothing_moves_while_it_loads(
    shown: at.Dataset[Digit], page: WebPage, mount: Callable[..., Any]
) -> None:
    mount(at.preview(shown))
    expect(page.locator(".at-table")).to_have_count(1)
    early = page.locator(".at-foot").bounding_box()
    head = page.get_by_role("columnheader").nth(2).bounding_box()
    expect(page.locator("footer")).to_contain_text("statistics over all")
    expect(page.locator("tbody img")).not_to_have_count(0)
    assert page.locator(".at-foot").bounding_box() == early
    assert page.get_by_role("columnheader").nth(2).bounding_box() == head


def test_an_empty_dataset_says_so(tmp_path: Path, page: WebPage, mount: Callable[..., Any]) -> None:
    import tarfile

    tarfile.open(tmp_path / "none.tar", "w").close()
    mount(at.preview(at.Dataset[Number](tmp_path / "none.tar")))
    expect(page.get_by_text("This dataset has no samples.")).to_be_visible()


def test_a_shard_that_is_gone_is_said_and_tried_again(
    shown: at.Dataset[Digit], page: WebPage, mount: Callable[..., Any]
) -> None:
    path = Path(shown.list_shards()[0])
    away = path.rename(path.with_suffix(".away"))
    mount(at.preview(shown))
    alert = page.get_by_role("alert").filter(has_text="The samples cannot be read.")
    expect(alert).to_be_visible()
    away.rename(path)
    alert.get_by_role("button", name="Retry").click()
    expect(page.locator("tbody img")).not_to_have_count(0)


def test_enter_and_a_click_open_the_sample_in_full_and_escape_closes_it(
    shown: at.Dataset[Digit], page: WebPage, mount: Callable[..., Any]
) -> None:
    mount(at.preview(shown))
    page.locator(".at-query").fill("label == 3")
    expect(page.locator(".at-found")).to_have_text("30 of 300 match")
    page.locator("tbody tr").nth(1).locator("td").nth(1).click()
    whole = page.get_by_role("dialog")
    expect(whole).to_contain_text("Sample 13")
    page.keyboard.press("ArrowRight")
    expect(whole).to_contain_text("Sample 23")
    page.keyboard.press("Escape")
    expect(whole).to_have_count(0)
    expect(page.locator("tr.at-active th")).to_have_text("23")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_contain_text("Sample 33")


def test_lines_of_code_give_what_is_on_screen(
    shown: at.Dataset[Digit], page: WebPage, mount: Callable[..., Any]
) -> None:
    page.evaluate(
        "Object.defineProperty(navigator, 'clipboard', "
        "{ value: { writeText: async (text) => { window.copied = text } } })"
    )
    mount(at.preview(shown))
    page.locator(".at-query").fill("label == 3")
    expect(page.locator(".at-found")).to_have_text("30 of 300 match")
    page.get_by_role("button", name="Copy as code").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("copied").splitlines()[-1] == "samples = dataset.where('label == 3')"


def test_without_a_clipboard_the_lines_are_shown(
    shown: at.Dataset[Digit], page: WebPage, mount: Callable[..., Any]
) -> None:
    mount(at.preview(shown))
    expect(first_row(page).locator("th")).to_have_text("0")
    page.get_by_role("button", name="Copy as code").click()
    expect(page.locator(".at-lines pre")).to_contain_text("dataset = at.Dataset(")
    page.get_by_role("button", name="Close").click()
    expect(page.locator(".at-lines")).to_be_hidden()
