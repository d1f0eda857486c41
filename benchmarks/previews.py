"""Previews: a table of a million rows, one of 2,000 fields, and cells of 200 MB, in JupyterLab.

From the scroll to the picture without a gap; and what a remote shard costs until its first
twenty samples can be drawn.
"""

from __future__ import annotations

import runpy
import statistics
import sys
import time
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import Page, sync_playwright
from rates import table

from atdata_nb import Dataset, DictSample, packable
from atdata_nb.shards import write_shard
from atdata_nb.stores import LocalDiskStore
from atdata_nb.widgets.samples import SampleSession

TESTS = Path(__file__).parents[1] / "tests"
ROWS = 1_000_000
TARGET = "200 ms"

# Scrolls and resolves in the frame after which every cell in view is drawn and the first row is
# another one.
SCROLL = """async ([across, to]) => {
  const grid = window.notebook.node.querySelector("regular-table");
  const first = () => [...grid.querySelectorAll("tbody th, thead th")].map((th) => th.textContent)
    .join("|");
  const before = first();
  const start = performance.now();
  if (across) grid.scrollLeft = to * grid.scrollWidth;
  else grid.scrollTop = to * grid.scrollHeight;
  return await new Promise((done) => {
    const look = () => first() !== before && !grid.querySelector(".at-wait")
      ? requestAnimationFrame(() => done(performance.now() - start))
      : requestAnimationFrame(look);
    requestAnimationFrame(look);
  });
}"""
FIRST = """async (cell) => {
  const panel = window.notebook;
  await window.jupyterapp.commands.execute("notebook:clear-all-cell-outputs");
  panel.content.activeCellIndex = cell;
  const start = performance.now();
  window.jupyterapp.commands.execute("notebook:run-cell");
  return await new Promise((done) => {
    const look = () => panel.node.querySelector("tbody td .at-cell:not(.at-wait)")
      ? requestAnimationFrame(() => done(performance.now() - start))
      : requestAnimationFrame(look);
    look();
  });
}"""
SETUP = """async () => {
  window.notebook.content.activeCellIndex = 0;
  await window.jupyterapp.commands.execute("notebook:run-cell");
}"""
READ = "() => document.querySelector('.at-left')?.textContent.includes('over all')"
FILTER = """async (query) => {
  const box = window.notebook.node.querySelector(".at-query");
  const found = window.notebook.node.querySelector(".at-found");
  const before = found.textContent;
  box.value = query;
  const start = performance.now();
  box.dispatchEvent(new Event("input", { bubbles: true }));
  box.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true }));
  return await new Promise((done) => {
    const look = () => found.textContent !== before && found.textContent.includes("of 1,000,000")
      ? requestAnimationFrame(() => done(performance.now() - start))
      : requestAnimationFrame(look);
    look();
  });
}"""


@packable
class Row:
    n: int
    score: float
    word: str
    good: bool


@packable
class Huge:
    volume: NDArray[np.float32]


@packable
class Picture:
    n: int
    pixels: NDArray[np.uint8]


def bench(folder: Path, rounds: int) -> None:
    home = folder / "previews"
    home.mkdir()
    _write(home)
    rows = _in_lab(home, rounds)
    table("Previews, JupyterLab in Chromium", rows, ("what", "median", "worst", "target"))
    far = [(name, f"{sent / 1e6:.2f} MB", "5 MB") for name, sent in _far(home)]
    title = "The first 20 of 20,000 samples of a remote shard of 200 MB"
    table(title, far, ("way", "read", "target"))


def _write(home: Path) -> None:
    scores = np.random.default_rng(0).normal(size=ROWS).tolist()
    words = ("red", "green", "blue", "violet")
    rows = (Row(i, scores[i], words[i % 4], i % 3 == 0) for i in range(ROWS))
    write_shard(home / "rows.tar", rows)
    wide = [{f"field {i:04}": i + n for i in range(2_000)} for n in range(200)]
    write_shard(home / "wide.tar", [DictSample(row) for row in wide])
    volume = np.zeros((50, 1_000, 1_000), np.float32)
    write_shard(home / "huge.tar", (Huge(volume) for _ in range(5)))
    noise = np.random.default_rng(0).integers(0, 256, 9_500, dtype=np.uint8)
    samples = (Picture(i, noise) for i in range(20_000))
    (far,) = LocalDiskStore(home / "far").write(samples, prefix="p", maxcount=20_000)
    Path(far.url).rename(home / "far" / "far.tar")
    Path(f"{far.url}.idx").rename(home / "far" / "far.tar.idx")


def _in_lab(home: Path, rounds: int) -> list[tuple[str, str, str, str]]:
    switches = runpy.run_path(str(TESTS / "browser" / "conftest.py"))["SWITCHES"]
    parts = runpy.run_path(str(TESTS / "browser" / "lab" / "conftest.py"))
    server = parts["LabServer"](home)
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=switches)
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            lab = parts["Lab"](server, page)
            lab.open(_notebook(home))
            page.evaluate(SETUP)
            times = _times(page, rounds)
            lab.close()
            browser.close()
    finally:
        server.stop()
    return [
        (name, f"{statistics.median(found):.0f} ms", f"{max(found):.0f} ms", target)
        for name, (found, target) in times.items()
    ]


def _times(page: Page, rounds: int) -> dict[str, tuple[list[float], str]]:
    found: dict[str, tuple[list[float], str]] = {}
    found["first rows of 1,000,000"] = [page.evaluate(FIRST, 1)], ""
    places = [1, 0.5, 0.2, 0.77, 0.1, 0.9]
    during = [page.evaluate(SCROLL, [False, to]) for to in places[:rounds]]
    found["scroll while statistics are made"] = during, TARGET
    start = time.perf_counter()
    page.wait_for_function(READ, timeout=120_000)
    found["statistics over all rows"] = [1_000 * (time.perf_counter() - start)], ""
    after = [page.evaluate(SCROLL, [False, to]) for to in (0.4, 0.6, 0.3, 0.8, 0.05)[:rounds]]
    found["scroll anywhere"] = after, TARGET
    last = []
    for _ in range(rounds):
        last.append(page.evaluate(SCROLL, [False, 1]))
        page.evaluate(SCROLL, [False, 0])
    found["scroll to the last row"] = last, TARGET
    queries = [f"score > {i / 2} and word == 'red'" for i in range(rounds)]
    found["filter"] = [page.evaluate(FILTER, query) for query in queries], ""
    found["first rows of 2,000 fields"] = [page.evaluate(FIRST, 2)], ""
    across = [page.evaluate(SCROLL, [True, to]) for to in places[:rounds]]
    found["scroll across 2,000 fields"] = across, TARGET
    found["first row with a cell of 200 MB"] = [page.evaluate(FIRST, 3)], ""
    return found


def _notebook(home: Path) -> Path:
    setup = f"import atdata_nb as at\nhome = {str(home)!r}\nimport pyarrow"
    shows = [f"at.preview(at.Dataset(f'{{home}}/{name}.tar'))" for name in ("rows", "wide", "huge")]
    cells: list[Any] = [nbformat.v4.new_code_cell(text) for text in (setup, *shows)]
    made = nbformat.v4.new_notebook(cells=cells)
    made.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    path = home / "previews.ipynb"
    nbformat.write(made, path)
    return path


def _far(home: Path) -> list[tuple[str, int]]:
    sys.path.insert(0, str(TESTS))
    from services.proxy import Proxy, files_of

    found: list[tuple[str, int]] = []
    for name, indexed in (("index beside it", True), ("no index", False)):
        with files_of(home / "far") as files, Proxy(files) as proxy:
            if not indexed:
                proxy.fail(times=1_000, word=".idx", status=404)
            session = SampleSession(lambda: Dataset(f"{proxy.url}/far.tar", sample_type=Picture))
            got = 0
            while got < 20:
                asked = {"id": 1, "kind": "rows", "start": got, "count": 20 - got}
                got += session.answer(asked)[0]["count"]
            session.answer({"id": 2, "kind": "scan"})
            found.append((name, proxy.sent))
    return found
