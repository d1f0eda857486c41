"""The browser's first picture: JupyterLab in Chromium, over an index of 100,000 entries.

From running the cell to the first row in the list, and from the last key of a search, a jump to the
last row or a click on a facet to what it shows.
"""

from __future__ import annotations

import random
import runpy
import statistics
from pathlib import Path
from typing import Any

import nbformat
from index import ENTRIES, requests
from playwright.sync_api import sync_playwright
from rates import table

from atdata_nb import LocalIndex

TESTS = Path(__file__).parents[1] / "tests" / "browser"
TARGETS = {
    "first picture": 1_000,
    "search": 200,
    "scroll to the last row": 200,
    "facet": 300,
}

# Runs the second cell and resolves when the list shows a row.
FIRST = """async () => {
  const panel = window.notebook;
  panel.content.activeCellIndex = 1;
  await window.jupyterapp.commands.execute("notebook:clear-cell-output");
  const start = performance.now();
  window.jupyterapp.commands.execute("notebook:run-cell");
  return await new Promise((done) => {
    const look = () => panel.node.querySelector('[role="option"]')
      ? requestAnimationFrame(() => done(performance.now() - start))
      : requestAnimationFrame(look);
    look();
  });
}"""
SEARCH = """async (word) => {
  const side = window.notebook.node.querySelector(".at-side");
  const box = side.querySelector('[type="search"]');
  const foot = side.querySelector("footer [role=status]");
  const before = foot.textContent;
  box.value = word;
  const start = performance.now();
  box.dispatchEvent(new Event("input", { bubbles: true }));
  return await new Promise((done) => {
    const look = () => foot.textContent !== before && !foot.textContent.endsWith("…")
      ? requestAnimationFrame(() => done(performance.now() - start))
      : requestAnimationFrame(look);
    look();
  });
}"""
# The last of the places is not what is chosen, so that there is something to do.
FACET = """async () => {
  const side = window.notebook.node.querySelector(".at-side");
  const foot = side.querySelector("footer [role=status]");
  const chips = () => [...side.querySelectorAll(".at-places [role=radio]")];
  while (chips().length < 2) await new Promise((done) => requestAnimationFrame(done));
  const start = performance.now();
  chips().find((chip) => chip.getAttribute("aria-checked") === "false").click();
  return await new Promise((done) => {
    const look = () => !foot.textContent.endsWith("…")
      && side.querySelector('[role="option"]:not(.at-waiting)')
      ? requestAnimationFrame(() => done(performance.now() - start))
      : requestAnimationFrame(look);
    look();
  });
}"""
SCROLL = """async () => {
  const list = window.notebook.node.querySelector('[role="listbox"]');
  const start = performance.now();
  list.scrollTop = list.scrollHeight;
  return await new Promise((done) => {
    const look = () => [...list.querySelectorAll('[role="option"]')].at(-1)?.textContent.trim()
      && list.scrollTop > 1000 && !list.querySelector(".at-waiting, [aria-busy=true]")
      ? requestAnimationFrame(() => done(performance.now() - start))
      : requestAnimationFrame(look);
    requestAnimationFrame(look);
  });
}"""


def bench(folder: Path, rounds: int) -> None:
    home = folder / "pictures"
    home.mkdir()
    with LocalIndex(home / "index") as index:
        index.insert_datasets(requests(ENTRIES, random.Random(1)))  # noqa: S311
    times = _measure(home, rounds)
    rows = [
        (name, f"{statistics.median(found):.0f} ms", f"{max(found):.0f} ms", f"{TARGETS[name]} ms")
        for name, found in times.items()
    ]
    title = f"The browser over {ENTRIES:,} entries, JupyterLab in Chromium"
    table(title, rows, ("what", "median", "worst", "target"))


def _measure(home: Path, rounds: int) -> dict[str, list[float]]:
    switches = runpy.run_path(str(TESTS / "conftest.py"))["SWITCHES"]
    parts = runpy.run_path(str(TESTS / "lab" / "conftest.py"))
    server = parts["LabServer"](home)
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=switches)
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            lab = parts["Lab"](server, page)
            lab.open(_notebook(home))
            lab.run_all()
            found: dict[str, list[float]] = {name: [] for name in TARGETS}
            for word in ("audio", "speech visby", "kir", "word123", "graph")[:rounds]:
                found["first picture"].append(page.evaluate(FIRST))
                found["scroll to the last row"].append(page.evaluate(SCROLL))
                found["facet"].append(page.evaluate(FACET))
                found["search"].append(page.evaluate(SEARCH, word))
            lab.close()
            browser.close()
    finally:
        server.stop()
    return found


def _notebook(home: Path) -> Path:
    setup = f"import atdata_nb as at\nindex = at.LocalIndex({str(home / 'index')!r})"
    cells: list[Any] = [nbformat.v4.new_code_cell(text) for text in (setup, "at.browse(index)")]
    made = nbformat.v4.new_notebook(cells=cells)
    made.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    path = home / "pictures.ipynb"
    nbformat.write(made, path)
    return path
