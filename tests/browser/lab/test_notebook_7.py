from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest
from playwright.sync_api import expect

SETUP = """
import atdata_nb as at

@at.packable
class Word:
    text: str

index = at.LocalIndex("words")
entry = index.write_samples([Word("first"), Word("second")], name="words")
%load_ext atdata_nb
"""


@pytest.fixture
def notebook(tmp_path: Path) -> Path:
    cells = [SETUP, "at.browse(index)", "entry"]
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    made.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    path = tmp_path / "classic.ipynb"
    nbformat.write(made, path)
    return path


def test_browser_preview_and_sample_work_in_notebook_7(classic: Any) -> None:
    assert classic.run_all()
    browser = classic.notebook.locator(".at-browser")
    search = browser.get_by_role("searchbox")
    search.click()
    # In command mode these delete, insert and cut cells.
    classic.page.keyboard.type("ddabx")
    expect(search).to_have_value("ddabx")
    search.fill("")
    browser.get_by_role("option").filter(has_text="words").click()
    expect(browser.get_by_role("tabpanel")).to_contain_text("second")
    preview = classic.notebook.locator(".at-preview")
    preview.get_by_role("gridcell").filter(has_text="first").click()
    expect(preview.get_by_role("dialog")).to_contain_text("Sample 0 of 2")
    classic.page.keyboard.press("ArrowRight")
    expect(preview.get_by_role("dialog")).to_contain_text("second")
    classic.page.keyboard.press("Escape")
    expect(classic.notebook.locator(".jp-Cell")).to_have_count(3)
