"""Run the notebooks and store what they show; the same run stores the same bytes.

Each runs in this environment's kernel, in a home of its own. Left out of what is stored: a
widget's live view, which nobody can connect to later, so that readers see its static picture;
and the versions of the kernel.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient

NOTEBOOKS = Path(__file__).parent.parent / "notebooks"
LIVE_VIEW = "application/vnd.jupyter.widget-view+json"
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def run(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    notebook.metadata = nbformat.from_dict(METADATA)
    NotebookClient(notebook, timeout=300, store_widget_state=False, record_timing=False).execute()
    notebook.metadata = nbformat.from_dict(METADATA)
    for place, cell in enumerate(notebook.cells):
        cell.id = f"cell-{place:02}"
        cell.metadata = nbformat.from_dict({})
        for output in cell.get("outputs", []):
            output.get("data", {}).pop(LIVE_VIEW, None)
    nbformat.write(notebook, path)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as home:
        os.environ["ATDATA_NB_HOME"] = str(Path(home, "atdata_nb"))
        for name in sys.argv[1:] or sorted(map(str, NOTEBOOKS.glob("*.ipynb"))):
            run(Path(name))
