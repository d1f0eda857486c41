"""Run the notebooks and store what they show; the same run stores the same bytes.

Each runs in this environment's kernel, in a home of its own. Left out of what is stored: a
widget's live view, which nobody can connect to later, so that readers see its static picture;
and the versions of the kernel. A cell tagged ``nbval-ignore-output`` shows what a network makes
anew each time: identifiers, keys and dates are stored cut short.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient

NOTEBOOKS = Path(__file__).parent.parent / "notebooks"
NEW_EACH_TIME = "nbval-ignore-output"
IDENTIFIERS = re.compile(
    r"\b(did:plc:|bafy|bafk|zQ3sh|zDn)[0-9A-Za-z]+…?|(?<=[/\s>=])3[2-7a-z]{12}\b"
)
# How many blocks a proof has depends on where the record's key falls in the tree; ports are free
# ones.
NUMBERS = re.compile(
    r"\b\d+(?= blocks are)|(?<=localhost:)\d+|\b20\d\d-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+Z)?"
)
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
        tagged = NEW_EACH_TIME in cell.metadata.get("tags", [])
        cell.metadata = nbformat.from_dict({"tags": [NEW_EACH_TIME]} if tagged else {})
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            data.pop(LIVE_VIEW, None)
            if tagged:
                data.update({kind: same_each_time(text) for kind, text in data.items()})
    nbformat.write(notebook, path)


def same_each_time(text: str) -> str:
    short = IDENTIFIERS.sub(lambda found: f"{found[1] or '3'}…", text)
    return NUMBERS.sub("…", short)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as home:
        os.environ["ATDATA_NB_HOME"] = str(Path(home, "atdata_nb"))
        for name in sys.argv[1:] or sorted(map(str, NOTEBOOKS.glob("*.ipynb"))):
            run(Path(name))
