from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import nbformat
import pytest
from playwright.sync_api import expect

HOSTILE = Path(__file__).with_name("hostile.py")
LIVE = "script, iframe, object, embed, form, [onerror], [onload], [onclick], [srcdoc]"
CELLS = [
    "at.browse(evil)",
    "at.preview(entry)",
    "at.promote(entry, evil)",
    "at.promote(huge, evil)",
    "at.publish(frame, at.LocalIndex('mine'))",
    "evil",
    "entry",
    "entry.dataset()",
]


@pytest.fixture
def notebook(tmp_path: Path) -> Path:
    cells = [HOSTILE.read_text("utf-8"), *CELLS]
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    made.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    path = tmp_path / "hostile.ipynb"
    nbformat.write(made, path)
    return path


def test_what_strangers_say_neither_runs_nor_breaks_out(lab: Any, notebook: Path) -> None:
    lab.open(notebook)
    assert lab.run_all()
    look_through_the_browser(lab)
    look_through_the_preview(lab)
    look_through_the_flows(lab)
    saved = lab.save()
    holds_nothing_of_this_machine(saved, lab.server.root)

    # Somebody else's copy: JupyterLab does not trust it, and shows the static pictures.
    copy = nbformat.read(saved, as_version=4)
    copy.cells[0].source = "# not what was signed"
    path = saved.with_name("theirs.ipynb")
    nbformat.write(copy, notebook.with_name("theirs.ipynb"))
    lab.close()
    lab.open(notebook.with_name("theirs.ipynb"))
    outputs = lab.notebook.locator(".jp-OutputArea-output")
    expect(outputs).to_have_count(len(CELLS))
    expect(outputs.first).to_contain_text("<script>")
    expect(outputs.nth(1).locator("table img").first).to_have_js_property("naturalWidth", 8)
    assert lab.notebook.locator(".jp-OutputArea-output style").count() == 0
    nothing_breaks_out(lab)
    path.unlink()


def look_through_the_browser(lab: Any) -> None:
    browser = lab.notebook.locator(".at-browser")
    browser.locator(".at-item").first.click()
    tabs = browser.get_by_role("tab")
    expect(tabs.first).to_be_visible()
    for tab in tabs.all():
        tab.click()
        expect(browser.locator(".at-loading")).to_have_count(0)
        panel = browser.get_by_role("tabpanel")
        expect(panel).not_to_be_empty()
        nothing_breaks_out(lab)


def look_through_the_preview(lab: Any) -> None:
    preview = lab.notebook.locator(".at-preview")
    preview.scroll_into_view_if_needed()
    expect(preview.locator(".at-wait")).to_have_count(0)
    preview.get_by_role("gridcell").first.click()
    sample = preview.get_by_role("dialog")
    expect(sample).to_contain_text("<script>")
    sample.locator(".at-part summary").first.click()
    sample.locator(".at-inside summary").first.click()
    expect(sample.locator(".at-inside .at-inside").first).to_contain_text("<script>")
    sample.get_by_text("Stored bytes").click()
    expect(sample.locator(".at-stored pre")).to_contain_text("<script>")
    nothing_breaks_out(lab)
    lab.page.keyboard.press("Escape")
    expect(sample).to_have_count(0)


def look_through_the_flows(lab: Any) -> None:
    promote, huge, publish = lab.notebook.locator(".at-flow-widget").all()
    expect(promote.get_by_label("Description")).to_have_value(re.compile("<script>"))
    expect(huge.get_by_label("Description")).to_have_value("W" * 10_000)
    expect(huge.locator(".at-form")).to_contain_text(
        ["the first 10,000 of its 10,000,000 characters"]
    )
    columns = publish.get_by_role("region", name="Schema")
    expect(columns).to_contain_text("<script>")
    publish.get_by_text("the entry as it will be listed").click()
    expect(publish.locator("pre")).to_contain_text("<script>")
    nothing_breaks_out(lab)
    publish.get_by_label("Name", exact=True).fill("frame")
    publish.locator(".at-end .at-go").click()
    expect(publish.locator(".at-result")).to_contain_text("frame@1.0.0")
    nothing_breaks_out(lab)


def nothing_breaks_out(lab: Any) -> None:
    """No address that runs, nothing beyond the output's width, nothing outside of it."""
    faces = lab.notebook.locator(".atdata, .jp-OutputArea-output")
    live = f"all => all.flatMap((one) => [...one.querySelectorAll({LIVE!r})]).length"
    assert faces.evaluate_all(live) == 0
    links = lab.notebook.locator(".jp-OutputArea-output a, .atdata a")
    targets = links.evaluate_all("all => all.map((one) => one.getAttribute('href') ?? '')")
    assert [target for target in targets if not re.match(r"https?://|#|$", target)] == []
    over = "all => all.filter((one) => one.scrollWidth > one.clientWidth + 1).length"
    assert lab.notebook.locator(".at-browser, .at-preview, .at-flow-widget").evaluate_all(over) == 0
    assert lab.page.evaluate("() => window.__alarm") == []


def holds_nothing_of_this_machine(saved: Path, root: Path) -> None:
    text = saved.read_text("utf-8")
    assert str(root) not in text
    assert str(Path.home()) not in text
    outputs = [out for cell in json.loads(text)["cells"] for out in cell.get("outputs", [])]
    sizes = [len(json.dumps(out["data"])) for out in outputs]
    assert len(sizes) == len(CELLS)
    assert max(sizes) < 200_000
