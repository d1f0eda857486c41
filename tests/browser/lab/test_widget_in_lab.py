from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pytest
from playwright.sync_api import expect

import atdata_nb as at
from atdata_nb.views import html

SETUP = """
import numpy as np
import atdata_nb as at
from numpy.typing import NDArray

@at.packable
class Digit:
    image: NDArray[np.float32]
    label: int

index = at.LocalIndex("keys")
pixels = np.arange(64, dtype=np.float32).reshape(8, 8)
entry = index.write_samples([Digit(pixels, i) for i in range(5)], name="digits")
"""


@pytest.fixture
def notebook(tmp_path: Path) -> Path:
    """A notebook that shows the browser, an entry and a dataset."""
    cells = [SETUP, "at.browse(index)", "entry", "entry.dataset()"]
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    # Without it JupyterLab asks a person which kernel to take.
    made.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    path = tmp_path / "widget.ipynb"
    nbformat.write(made, path)
    return path


def test_keys_pressed_in_the_widget_do_not_reach_the_notebook(lab: Any, notebook: Path) -> None:
    lab.open(notebook)
    assert lab.run_all()
    search = lab.notebook.get_by_role("searchbox", name="Search datasets")
    search.click()
    # In command mode these delete, insert and cut cells.
    lab.page.keyboard.type("ddabx")
    expect(search).to_have_value("ddabx")
    lab.notebook.get_by_role("button", name="Clear the search").click()
    lab.notebook.get_by_role("listbox", name="Datasets").focus()
    lab.page.keyboard.type("ddabx")
    expect(lab.notebook.locator(".jp-Cell")).to_have_count(4)


def test_both_themes_reach_the_widget_and_the_views(lab: Any, notebook: Path) -> None:
    lab.open(notebook)
    assert lab.run_all()
    ink = "(element) => getComputedStyle(element).color"
    faces = lab.notebook.locator(".atdata")
    expect(faces).to_have_count(3)
    assert {face.evaluate(ink) for face in faces.all()} == {"rgba(0, 0, 0, 0.87)"}
    lab.theme("JupyterLab Dark")
    assert {face.evaluate(ink) for face in faces.all()} == {"rgb(255, 255, 255)"}
    lab.theme("JupyterLab Light")


@pytest.fixture
def unsigned(tmp_path: Path) -> Path:
    """Somebody else's notebook, saved with what it showed: JupyterLab does not trust it."""
    hostile = "<script>document.title = 'alarm'</script><img src=x onerror=document.title='alarm'>"
    pixels = np.arange(64, dtype=np.float32).reshape(8, 8)
    batch = at.SampleBatch([at.DictSample(image=pixels, text=hostile, curve=np.arange(9.0))])
    shown = nbformat.v4.new_output("display_data", {"text/html": html(batch)})
    cell = nbformat.v4.new_code_cell("batch", outputs=[shown])
    made = nbformat.v4.new_notebook(cells=[cell])
    made.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    path = tmp_path / "unsigned.ipynb"
    nbformat.write(made, path)
    return path


def test_a_notebook_that_is_not_trusted_still_reads_well(lab: Any, unsigned: Path) -> None:
    lab.open(unsigned)
    output = lab.notebook.locator(".jp-OutputArea-output table")
    expect(output).to_be_visible()
    assert lab.notebook.locator(".jp-OutputArea-output style").count() == 0
    expect(output.locator("img")).to_have_attribute("width", "48")
    assert output.locator("img").evaluate("(image) => image.naturalWidth") == 8
    expect(output).to_contain_text("float64 9")
    expect(output).to_contain_text("▁▂▃▄▄▅▆▇█")
    expect(output).to_contain_text("<script>document.title")
    assert lab.page.title() != "alarm"
