"""What is stored beside the code of the notebooks; pytest runs them too, and compares."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import nbformat
import pytest

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))
WIDGETS = ("Browser", "Preview", "Publish", "Promote")
MACHINE = re.compile(r"/(?:tmp|home|root|Users|work)/|0x[0-9a-f]{8}|site-packages")


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.name)
def notebook(request: pytest.FixtureRequest) -> Any:
    return nbformat.read(request.param, as_version=4)


def outputs_of(notebook: Any) -> list[Any]:
    return [out for cell in notebook.cells if cell.cell_type == "code" for out in cell.outputs]


def test_there_is_a_notebook_to_begin_with() -> None:
    assert NOTEBOOKS[0].name == "00-start-here.ipynb"


def test_every_cell_was_run_in_order(notebook: Any) -> None:
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))


def test_no_stored_output_is_an_error_or_a_warning(notebook: Any) -> None:
    for output in outputs_of(notebook):
        assert output.output_type != "error"
        assert output.get("name") != "stderr", output.text


def test_nothing_stored_tells_of_the_machine_it_ran_on(notebook: Any) -> None:
    for output in outputs_of(notebook):
        texts = [output.get("text", "")]
        texts += [text for kind, text in output.get("data", {}).items() if "image/" not in kind]
        for text in texts:
            # A picture inside HTML is base64, in which anything may be spelled by chance.
            assert not MACHINE.search(re.sub(r"base64,[\w+/=]+", "", str(text)))


def test_a_reader_without_a_kernel_sees_a_picture_of_each_widget(notebook: Any) -> None:
    shown = [
        output.data
        for output in outputs_of(notebook)
        if "data" in output and output.data.get("text/plain", "").startswith(WIDGETS)
    ]
    asked = [cell for cell in notebook.cells if re.search(r"\.(browse|preview)\(", cell.source)]
    assert shown or not asked
    for data in shown:
        assert "<table" in data["text/html"]
        assert "application/vnd.jupyter.widget-view+json" not in data


def test_every_link_into_this_repository_leads_somewhere(notebook: Any) -> None:
    texts = "".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    links = re.findall(r"\]\(([^)#]+)[^)]*\)", texts)
    here = [link for link in links if "://" not in link]
    assert [link for link in here if not (NOTEBOOKS[0].parent / link).is_file()] == []


def test_running_it_again_would_store_no_other_metadata(notebook: Any) -> None:
    assert notebook.metadata.language_info == {"name": "python"}
    assert "widgets" not in notebook.metadata
    assert [cell.id for cell in notebook.cells] == [
        f"cell-{place:02}" for place in range(len(notebook.cells))
    ]
