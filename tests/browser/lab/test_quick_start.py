from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import expect


def test_the_quick_start_notebook_runs_and_its_browser_shows_thumbnails(
    lab: Any, quick_start: Path
) -> None:
    lab.open(quick_start)
    assert lab.run_all()
    browser = lab.notebook.locator(".at-browser")
    browser.get_by_role("option").filter(has_text="digits").click()
    expect(browser.locator("tbody img").first).to_have_js_property("naturalWidth", 8)
    widths = browser.locator("tbody img").evaluate_all("all => all.map((one) => one.naturalWidth)")
    assert len(widths) > 5
    assert set(widths) == {8}
    expect(lab.notebook.locator(".at-preview tbody img").first).to_be_visible()
