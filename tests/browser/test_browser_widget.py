from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Locator, expect
from playwright.sync_api import Page as WebPage

import atdata_nb as at
from atdata_nb.lenses import DeclarativeLens
from atdata_nb.protocols import Page
from atdata_nb.schemas.steps import Rename
from atdata_nb.widgets import Browser

EVIL = "<script>alarm.push(1)</script><img src=x onerror=alarm.push(2)>\u202e\x00"


@at.packable
class Digit:
    """One handwritten digit."""

    image: NDArray[np.float32]
    label: int
    profile: NDArray[np.float32]
    note: str | None = None


@at.packable
class Word:
    text: str


def digits(count: int) -> list[Digit]:
    chance = np.random.default_rng(0)
    pixels = chance.random((count, 8, 8), np.float32)
    return [Digit(image, i, image.sum(0)) for i, image in enumerate(pixels)]


@pytest.fixture
def index(tmp_path: Path) -> at.LocalIndex:
    index = at.LocalIndex(tmp_path / "index")
    index.write_samples(digits(30), name="digits", description="Grey values", tags=("images",))
    index.write_samples([Word("hello"), Word("x" * 5_000)], name="words")
    index.write_samples(
        [Word(EVIL)], name=f"evil {EVIL[:-2]}", description=EVIL * 50, tags=(EVIL,), license=EVIL
    )
    return index


@dataclass
class PlainEntry:
    name: str
    schema_ref: str = "atdata://local/sampleSchema/Digit@1.0.0"
    data_urls: list[str] = field(default_factory=list)
    metadata: dict[str, Any] | None = None


class PlainIndex:
    """Nothing but what the widget needs of the protocol: no search, no count, no pages."""

    data_store = None

    def __init__(self, count: int) -> None:
        self.entries = [PlainEntry(f"dataset-{i:06}") for i in range(count)]

    @property
    def datasets(self) -> Iterator[PlainEntry]:
        return iter(self.entries)

    def list_datasets(self) -> list[PlainEntry]:
        return self.entries

    def get_dataset(self, ref: str) -> PlainEntry:
        return next(entry for entry in self.entries if entry.name == ref)

    def get_schema(self, ref: str) -> dict[str, Any]:
        raise KeyError(ref)


class PagedIndex(PlainIndex):
    """A hundred thousand datasets, page by page."""

    def count(self) -> int:
        return len(self.entries)

    def page(self, *, limit: int = 50, offset: int = 0, order: str = "name") -> Page[PlainEntry]:
        assert order == "name"
        return Page(self.entries[offset : offset + limit], len(self.entries), offset)


def rows(page: WebPage) -> Locator:
    return page.get_by_role("listbox").get_by_role("option")


def foot(page: WebPage) -> Locator:
    return page.locator(".at-side footer [role=status]")


def choose(page: WebPage, name: str) -> None:
    rows(page).filter(has_text=name).first.click()


def test_a_click_shows_samples_with_thumbnails_and_curves(
    index: at.LocalIndex, page: WebPage, mount: Callable[..., Any]
) -> None:
    browser = Browser(index)
    mount(browser)
    choose(page, "digits")
    expect(page.locator("tbody img").first).to_have_js_property("naturalWidth", 8)
    expect(page.locator("tbody polyline").first).to_be_visible()
    expect(page.locator(".at-samples footer")).to_contain_text("of 30")
    assert browser.selected == index.get_dataset("digits")
    assert browser.dataset()[2].label == 2


def test_search_as_you_type_and_a_search_without_a_match(
    index: at.LocalIndex, page: WebPage, mount: Callable[..., Any]
) -> None:
    browser = Browser(index)
    mount(browser)
    page.get_by_role("searchbox").fill("digi")
    expect(rows(page)).to_have_count(1)
    assert browser.query == "digi"
    page.get_by_role("searchbox").fill("nothing like it")
    expect(page.get_by_text("No dataset matches")).to_be_visible()
    page.get_by_role("button", name="Clear the search").click()
    expect(rows(page)).to_have_count(3)
    assert browser.query == ""


def test_all_can_be_done_with_the_keyboard(
    index: at.LocalIndex, page: WebPage, mount: Callable[..., Any]
) -> None:
    browser = Browser(index)
    mount(browser)
    page.get_by_role("listbox").focus()
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("words")
    expect(rows(page)).to_have_count(1)
    page.keyboard.press("Escape")
    expect(rows(page)).to_have_count(3)
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("listbox")).to_be_focused()
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=3)).to_contain_text("words")
    page.get_by_role("tab", name="Samples").press("ArrowLeft")
    expect(page.get_by_role("tab", name="Schema")).to_be_focused()
    expect(page.locator(".at-page")).to_contain_text("text")
    assert browser.tab == "schema"


def test_overview_and_schema_say_what_there_is(
    index: at.LocalIndex, page: WebPage, mount: Callable[..., Any]
) -> None:
    mount(Browser(index))
    choose(page, "digits")
    page.get_by_role("tab", name="Overview").click()
    panel = page.get_by_role("tabpanel")
    expect(panel).to_contain_text("dataset = index.get_dataset('digits@1.0.0').dataset()")
    expect(panel).to_contain_text("checksums verified")
    expect(panel).to_contain_text("30 samples")
    page.get_by_role("tab", name="Schema").click()
    expect(panel).to_contain_text("float32 array")
    expect(panel).to_contain_text("One handwritten digit.")


def test_a_choice_and_a_query_made_in_python_are_shown(
    index: at.LocalIndex, page: WebPage, mount: Callable[..., Any]
) -> None:
    browser = Browser(index)
    mounted = mount(browser)
    browser.selected = "words"
    browser.query = "digits"
    mounted.tell()
    expect(page.get_by_role("heading", level=3)).to_contain_text("words")
    expect(page.get_by_role("searchbox")).to_have_value("digits")
    expect(rows(page)).to_have_count(1)


def test_two_versions_of_a_schema_are_compared_and_lenses_drawn(
    index: at.LocalIndex, page: WebPage, mount: Callable[..., Any]
) -> None:
    @at.packable
    class Word:
        text: str
        language: str = "en"

    index.write_samples([Word("hello")], name="words")
    source, view = "Word@1.0.0", index.get_dataset("words").schema_ref
    rename = DeclarativeLens((Rename("text", "word"),))
    index.publish_lens(rename, name="upgrade", source=source, view=view)
    browser = Browser(index, tab="schema")
    mounted = mount(browser)
    browser.selected = "words"
    mounted.tell()
    panel = page.get_by_role("tabpanel")
    panel.get_by_label("Compare with").select_option(label="1.0.0")
    expect(panel.locator(".at-diff")).to_contain_text("language")
    expect(panel.locator(".at-diff")).to_contain_text("✓ reads")
    expect(panel.get_by_role("group", name="Lenses")).to_contain_text("upgrade")
    panel.get_by_role("button", name="Word 1.0.0").click()
    expect(page.get_by_role("heading", level=3)).to_contain_text("Word 1.0.0")
    page.get_by_role("button", name="Back").click()
    expect(page.get_by_role("heading", level=3)).to_contain_text("words")
    page.get_by_label("Version").select_option("1.0.0")
    expect(page.get_by_label("Version")).to_have_value(browser.chosen)
    assert browser.selected == index.get_dataset("words@1.0.0")


def test_a_shard_that_was_changed_is_told_by_verifying(
    index: at.LocalIndex, page: WebPage, mount: Callable[..., Any]
) -> None:
    shard = Path(index.get_dataset("digits").data_urls[0])
    shard.write_bytes(shard.read_bytes()[:-512] + b"x" * 512)
    mount(Browser(index, tab="shards"))
    choose(page, "digits")
    expect(page.locator(".at-head .at-badge")).to_contain_text("not as written")
    expect(page.get_by_role("tabpanel").locator("tbody")).to_contain_text("✗")


def test_hostile_content_runs_nothing_and_breaks_no_line(
    index: at.LocalIndex, page: WebPage, mount: Callable[..., Any]
) -> None:
    mount(Browser(index))
    choose(page, "evil")
    expect(page.locator("tbody")).to_contain_text("<script>alarm.push(1)</script>")
    expect(page.locator(".at-head")).to_contain_text("onerror=alarm.push(2)>\\u202e\\x00")
    for tab in ("Overview", "Schema", "Samples", "Shards", "Record"):
        page.get_by_role("tab", name=tab).click()
        expect(page.locator(".at-panel > .at-page, .at-panel > .at-samples")).to_be_visible()
    assert page.evaluate("alarm") == []
    heights = rows(page).evaluate_all("all => all.map((one) => one.offsetHeight)")
    assert set(heights) == {49}
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_shard_that_is_gone_is_said_in_place_and_retried(
    index: at.LocalIndex, page: WebPage, mount: Callable[..., Any]
) -> None:
    shard = Path(index.get_dataset("digits").data_urls[0])
    away = shard.rename(shard.with_suffix(".away"))
    mount(Browser(index))
    choose(page, "digits")
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("The samples cannot be read.")
    expect(alert).to_contain_text("digits-000000")
    away.rename(shard)
    alert.get_by_role("button", name="Retry").click()
    expect(page.locator("tbody img").first).to_be_visible()


def test_an_index_that_dies_is_said_in_place_and_recovers(
    page: WebPage, mount: Callable[..., Any]
) -> None:
    class Dying(PlainIndex):
        alive = False

        @property
        def datasets(self) -> Iterator[PlainEntry]:
            if not self.alive:
                raise sqlite3.OperationalError("database is locked")
            return iter(self.entries)

    index = Dying(3)
    mount(Browser(index))  # type: ignore[arg-type]
    expect(page.get_by_role("alert")).to_contain_text("database is locked")
    index.alive = True
    page.get_by_role("button", name="Retry").click()
    expect(rows(page)).to_have_count(3)


def test_an_empty_index_says_how_to_begin(
    tmp_path: Path, page: WebPage, mount: Callable[..., Any]
) -> None:
    mount(Browser(at.LocalIndex(tmp_path / "empty")))
    expect(page.get_by_text("No datasets here yet.")).to_be_visible()


def test_a_hundred_thousand_datasets_are_asked_for_page_by_page(
    page: WebPage, mount: Callable[..., Any]
) -> None:
    mounted = mount(Browser(PagedIndex(100_000)))  # type: ignore[arg-type]
    expect(foot(page)).to_have_text("100,000 datasets")
    page.get_by_role("listbox").evaluate("(list) => { list.scrollTop = list.scrollHeight }")
    expect(rows(page).last).to_contain_text("dataset-099999")
    asked = [r for r in mounted.requests if r["kind"] == "list"]
    assert [(r["offset"], r["limit"]) for r in asked] == [(99_950, 50)]
    assert rows(page).count() < 40


def test_an_index_that_can_do_nothing_by_itself_is_searched_all_the_same(
    page: WebPage, mount: Callable[..., Any]
) -> None:
    mount(Browser(PlainIndex(12_000)))  # type: ignore[arg-type]
    expect(foot(page)).to_have_text("50 datasets and more below")
    page.get_by_role("searchbox").fill("011999")
    expect(rows(page)).to_have_count(1)
    expect(foot(page)).to_have_text("1 dataset found")


@pytest.mark.parametrize("width", [600, 1160, 1600])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_holds_at_every_width_in_both_themes(
    width: int, theme: str, index: at.LocalIndex, page: WebPage, mount: Callable[..., Any]
) -> None:
    page.set_viewport_size({"width": width, "height": 600})
    mounted = mount(Browser(index))
    mounted.theme(theme)
    choose(page, "digits")
    expect(page.locator("tbody img").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    style = "(e) => [getComputedStyle(e).color, getComputedStyle(e).backgroundColor]"
    ink, paper = page.locator(".at-browser").evaluate(style)
    expected = {
        "light": ["rgba(0, 0, 0, 0.87)", "rgb(255, 255, 255)"],
        "dark": ["rgb(255, 255, 255)", "rgb(17, 17, 17)"],
    }
    assert [ink, paper] == expected[theme]


def test_whatever_takes_focus_keeps_jupyters_shortcuts_away(
    index: at.LocalIndex, page: WebPage, mount: Callable[..., Any]
) -> None:
    mount(Browser(index))
    choose(page, "digits")
    expect(page.locator("tbody img").first).to_be_visible()
    loud = "all => all.filter((one) => !('lmSuppressShortcuts' in one.dataset)).length"
    assert page.locator("input, button, [tabindex], summary").evaluate_all(loud) == 0


def test_a_preview_is_the_table_alone(
    index: at.LocalIndex, page: WebPage, mount: Callable[..., Any]
) -> None:
    mount(at.preview(index.get_dataset("digits"), n=7))
    expect(page.locator("tbody img")).to_have_count(7)
    expect(page.locator(".at-head")).to_have_text("digits")
