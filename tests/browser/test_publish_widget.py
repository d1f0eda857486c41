"""From a DataFrame to an address: the whole way by clicks, against a real network."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import Page as WebPage
from playwright.sync_api import expect

import atdata_nb as at
from atdata_nb.sandbox import Sandbox

pytestmark = pytest.mark.service


@pytest.fixture
def index(tmp_path: Path) -> at.LocalIndex:
    return at.LocalIndex(tmp_path / "index")


@pytest.fixture
def frame() -> pd.DataFrame:
    image = np.arange(64, dtype=np.float64).reshape(8, 8)
    return pd.DataFrame(
        {
            "station": ["Lund", "Kiruna", None],
            "n": [1, 2, 3],
            "email": ["a@example.org"] * 3,
            "image": [image] * 3,
        }
    )


def confirm(page: WebPage) -> Any:
    return page.locator(".at-end .at-go")


def test_the_schema_is_edited_the_data_written_and_promoted_by_clicks(
    network: Sandbox,
    index: at.LocalIndex,
    frame: pd.DataFrame,
    page: WebPage,
    mount: Callable[..., Any],
) -> None:
    widget = at.publish(frame, index, network.client("alice"))
    mount(widget)
    page.get_by_label("Name", exact=True).fill("winter")
    expect(page.locator(".at-told")).to_contain_text("email")
    page.get_by_label("keep of email").uncheck()
    page.get_by_label("name of n").fill("count")
    page.get_by_label("type of image").select_option("float32 8×8")
    page.get_by_label("may be missing: of n").check()
    expect(confirm(page)).to_contain_text("as winter on this machine")
    expect(page.get_by_role("region", name="What it will say")).to_contain_text(
        "station, count, image"
    )
    assert index.list_datasets() == []
    confirm(page).click()
    expect(page.locator(".at-result")).to_contain_text("Written and listed")
    written = index.get_dataset("winter")
    assert [field["name"] for field in written.schema["fields"]] == ["station", "count", "image"]
    sample = written.dataset()[0]
    assert (sample.station, sample.count, sample.image.dtype) == ("Lund", 1, np.float32)
    page.get_by_role("button", name="Promote…").click()
    expect(confirm(page)).to_contain_text("publicly as alice.test")
    confirm(page).click()
    expect(page.locator(".at-result")).to_contain_text("Published")
    assert widget.result is not None
    found = at.AtmosphereIndex(network.client("bob")).get_dataset(widget.result.uri)
    assert [row.count for row in found.dataset().ordered()] == [1, 2, 3]


def test_a_name_that_is_none_is_said_before_anything_is_written(
    index: at.LocalIndex, frame: pd.DataFrame, page: WebPage, mount: Callable[..., Any]
) -> None:
    mount(at.publish(frame, index))
    page.get_by_label("Name", exact=True).fill("winter")
    expect(confirm(page)).to_be_enabled()
    page.get_by_label("name of n").fill("not a name")
    expect(page.locator(".at-planned")).to_contain_text("not a name")
    expect(confirm(page)).to_be_disabled()
    assert index.list_datasets() == []


def test_no_samples_are_no_dataset(
    index: at.LocalIndex, frame: pd.DataFrame, page: WebPage, mount: Callable[..., Any]
) -> None:
    mount(at.publish(frame[:0], index))
    page.get_by_label("Name", exact=True).fill("winter")
    expect(page.locator(".at-blocker")).to_contain_text("no samples", ignore_case=True)
    expect(confirm(page)).to_be_disabled()


def test_without_data_a_folder_is_asked_for(
    index: at.LocalIndex, tmp_path: Path, page: WebPage, mount: Callable[..., Any]
) -> None:
    mount(at.publish(index=index))
    expect(page.locator(".at-planned")).to_contain_text("say which folder or file")
    page.get_by_label("Path").fill(str(tmp_path / "nowhere"))
    expect(page.locator(".at-planned")).to_contain_text("no such file or folder")
    rows = [at.DictSample(n=n) for n in range(4)]
    at.LocalIndex(tmp_path / "other").write_samples(rows, name="rows")
    page.get_by_label("Path").fill(str(next((tmp_path / "other" / "shards").rglob("*.tar"))))
    page.get_by_label("Name", exact=True).fill("rows")
    expect(confirm(page)).to_be_enabled()
    confirm(page).click()
    expect(page.locator(".at-result")).to_contain_text("rows@1.0.0")


def test_a_cell_that_is_run_again_with_the_same_data_shows_what_came_of_it(
    index: at.LocalIndex, frame: pd.DataFrame, page: WebPage, mount: Callable[..., Any]
) -> None:
    mount(at.publish(frame, index))
    page.get_by_label("Name", exact=True).fill("winter")
    expect(confirm(page)).to_contain_text("as winter")
    confirm(page).click()
    expect(page.locator(".at-result")).to_contain_text("winter@1.0.0")
    again = at.publish(frame, index)
    begun = again.answer({"id": 1, "kind": "flow", "ask": {"kind": "begin"}})[0]
    assert begun["run"]["result"]["uri"] == "winter@1.0.0"


class Gated(list[dict[str, int]]):
    """Samples that wait in their middle for as long as their gate is shut."""

    def __init__(self, count: int) -> None:
        super().__init__({"n": n} for n in range(count))
        self.gate = threading.Event()
        self.gate.set()

    def __iter__(self) -> Iterator[dict[str, int]]:
        for place, row in enumerate(super().__iter__()):
            if place == len(self) // 2:
                self.gate.wait()
            yield row


@pytest.fixture
def gated() -> Iterator[Gated]:
    made = Gated(2_000)
    yield made
    made.gate.set()
    for run in at.flows.running():
        run.cancel()


def test_what_was_cancelled_says_that_it_begins_anew(
    index: at.LocalIndex, gated: Gated, page: WebPage, mount: Callable[..., Any]
) -> None:
    widget = at.publish(gated, index)
    mount(widget)
    page.get_by_label("Name", exact=True).fill("gated")
    expect(confirm(page)).to_have_text(
        "Write 2,000 samples, about 2.0 MB, as gated on this machine"
    )
    gated.gate.clear()
    confirm(page).click()
    expect(page.locator(".at-steps")).to_contain_text("of 2,000 samples")
    page.get_by_role("button", name="Cancel").click()
    gated.gate.set()
    expect(page.get_by_role("alert")).to_contain_text(
        "Nothing of it is listed, and nothing was kept."
    )
    expect(page.locator(".at-way")).to_have_text("nothing of it is listed")
    expect(page.locator(".at-end")).to_contain_text("from the beginning")
    assert list((index.path / "shards").iterdir()) == []
    page.get_by_role("button", name="Start again").click()
    expect(page.locator(".at-result")).to_contain_text("Written and listed")
    assert index.get_dataset("gated").samples == 2_000


def test_a_run_of_another_page_is_shown_and_does_not_end_when_nobody_looks(
    index: at.LocalIndex,
    gated: Gated,
    frame: pd.DataFrame,
    page: WebPage,
    mount: Callable[..., Any],
) -> None:
    plan = at.plan_publish(gated, index=index, name="gated")
    gated.gate.clear()
    run = at.flows.start(plan)
    widget = at.publish(frame, index)
    mount(widget)
    line = page.get_by_role("group", name="Publish gated 1.0.0")
    expect(line).to_contain_text("goes on, begun elsewhere")
    line.get_by_role("button", name="Show").click()
    expect(page.locator(".at-steps")).to_contain_text("of 2,000 samples")
    expect(line).to_have_count(0)
    assert widget.run is run
    page.get_by_role("button", name="Back").click()
    expect(page.get_by_label("Name", exact=True)).to_be_visible()
    expect(line).to_have_count(1)
    assert run.state == "running"
    gated.gate.set()
    expect(line).to_have_count(0)
    assert run.wait(30).uri == "gated@1.0.0"
    expect(page.get_by_label("Name", exact=True)).to_be_visible()
