"""The tour, as a newcomer opens it: in JupyterLab and Notebook 7, light and dark."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nbformat
import pytest
from playwright.sync_api import BrowserContext, expect

import atdata_nb as at
from atdata_nb.demo import fill

TOUR = sorted((Path(__file__).parents[3] / "notebooks").glob("*.ipynb"))
# They start servers anew, for widgets that others show too; all are run when they are compared.
ONLY_OPENED = ("03-atmosphere.ipynb", "06-scale.ipynb", "07-teams.ipynb")
THEMES = ("JupyterLab Dark", "JupyterLab Light")
WIDGETS = ".at-browser, .at-preview, .at-flow-widget"
# Of theirs, not ours: Notebook 7 reads a plugin's settings before those of its keyboard shortcuts;
# JupyterLab, still open, does not know the widgets that Notebook 7 makes in the same kernel.
KNOWN = re.compile(
    r"Cannot read properties of undefined \(reading 'schema'\)\Z|Comm not found for comm id"
)

# WCAG 2.2's contrast ratio of each text and what is behind it; the faint ones are returned.
FAINT = """all => {
  const parts = (colour) => {
    const found = colour.match(/[\\d.]+/g).map(Number);
    const scale = colour.startsWith("color(srgb") ? 255 : 1;
    return [...found.slice(0, 3).map((part) => part * scale), found[3] ?? 1];
  };
  const over = (top, below) => below.map((part, i) => top[i] * top[3] + part * (1 - top[3]));
  const light = (colour) => {
    const [r, g, b] = colour.map((part) =>
      part <= 10 ? part / 3294.6 : ((part / 255 + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const line = (element) => element ? [element, ...line(element.parentElement)] : [];
  const said = (element) =>
    [...element.childNodes].map((node) => (node.nodeType === 3 ? node.data.trim() : "")).join("");
  const ratio = (element) => {
    const styles = line(element).map((each) => getComputedStyle(each));
    const behind = styles.reduceRight(
      (below, style) => over(parts(style.backgroundColor), below), [255, 255, 255]);
    const ink = parts(styles[0].color);
    ink[3] *= styles.reduce((product, style) => product * style.opacity, 1);
    const [one, other] = [light(over(ink, behind)) + 0.05, light(behind) + 0.05];
    return Math.max(one, other) / Math.min(one, other);
  };
  return all
    .flatMap((one) => [...one.querySelectorAll("*")])
    .filter((one) => said(one) && one.checkVisibility() && !one.closest(":disabled"))
    .filter((one) => ratio(one) < 3.3)
    .map((one) => `${said(one).slice(0, 40)}: ${ratio(one).toFixed(2)}`);
}"""


def widgets_of(path: Path) -> int:
    """How many widgets it shows."""
    cells = nbformat.read(path, as_version=4).cells
    code = "\n".join(cell.source for cell in cells if cell.cell_type == "code")
    return len(re.findall(r"\bat\.(?:browse|preview|publish|promote)\(", code))


@pytest.fixture(scope="module", autouse=True)
def demo() -> None:
    with at.LocalIndex() as index:
        fill(index)


@contextmanager
def quiet(context: BrowserContext) -> Iterator[None]:
    """Fails if a page says an error in its console, or does not catch one."""
    faults: list[str] = []
    context.on("console", lambda said: said.type == "error" and faults.append(said.text))
    context.on("weberror", lambda thrown: faults.append(str(thrown.error)))
    yield
    assert [fault for fault in faults if not KNOWN.search(fault)] == []


def test_the_tour_runs_in_jupyterlab_and_opens_in_notebook_7(lab: Any) -> None:
    with quiet(lab.page.context):
        shows = {p.name: 0 if p.name in ONLY_OPENED else widgets_of(p) for p in TOUR}
        assert sum(shows.values()) > len(TOUR) - len(ONLY_OPENED)
        # The one that starts servers comes early, and takes longest.
        for path in reversed(TOUR):
            lab.open(path)
            if shows[path.name]:
                lab.start_all()
        for name in filter(shows.get, shows):
            assert lab.ended(name), name
        thumbnails_are_shown(lab)
        for theme in THEMES:
            lab.theme(theme)
            for name, count in shows.items():
                lab.turn_to(name)
                looks_well(lab, count)
        # Widgets that run there are the matter of test_notebook_7.py.
        for path in TOUR[:2]:
            page = lab.page.context.new_page()
            classic = type(lab)(lab.server, page, f"notebooks/{path.name}")
            classic.take_current()
            for theme in THEMES:
                classic.theme(theme)
                looks_well(classic, 0)
            page.close()
        lab.end_kernels()


def thumbnails_are_shown(lab: Any) -> None:
    """In the quick start's browser, once a dataset is chosen."""
    lab.turn_to(TOUR[1].name)
    browser = lab.notebook.locator(".at-browser")
    browser.get_by_role("option").filter(has_text="digits").click()
    expect(browser.locator("tbody img").first).to_have_js_property("naturalWidth", 8)
    widths = browser.locator("tbody img").evaluate_all("all => all.map((one) => one.naturalWidth)")
    assert len(widths) > 5
    assert set(widths) == {8}
    expect(lab.notebook.locator(".at-preview tbody img").first).to_be_visible()


def looks_well(shown: Any, count: int) -> None:
    """So many widgets, each filled; no alert, nothing faint, nothing too wide."""
    notebook = shown.notebook
    expect(notebook.locator(".jp-RenderedMarkdown h1").first).to_be_visible()
    if count:
        expect(notebook.locator(WIDGETS)).to_have_count(count)
    for widget in notebook.locator(WIDGETS).all():
        expect(widget).to_be_visible()
        expect(widget.locator(".at-loading, .at-wait")).to_have_count(0)
        expect(widget).to_contain_text(re.compile(r"\w{3}"))
    expect(notebook.get_by_role("alert")).to_have_count(0)
    expect(notebook.get_by_role("button", name="Retry")).to_have_count(0)
    expect(notebook.locator(".at-browser .at-fault, .at-preview .at-fault")).to_have_count(0)
    over = "all => all.filter((one) => one.scrollWidth > one.clientWidth + 1).length"
    assert notebook.locator(WIDGETS).evaluate_all(over) == 0
    assert notebook.locator(".jp-OutputArea-output").evaluate_all(FAINT) == []
