"""Variables: what a notebook's cells have defined that could be published."""

from __future__ import annotations

import sys
from typing import Any, Final

from atdata_nb.errors import FlowError
from atdata_nb.samples import is_packable
from atdata_nb.views.amounts import counted
from atdata_nb.views.text import one_line

_MOST: Final = 30


def publishable() -> list[tuple[str, str]]:
    """Return names of variables that hold data, each with what people read of it."""
    found = [(name, _words(value)) for name, value in _all().items() if not name.startswith("_")]
    return [(name, f"{name} – {words}") for name, words in found if words][:_MOST]


def value_of(name: str) -> Any:
    """Return what a variable holds.

    Raises:
        FlowError: there is none of that name.
    """
    try:
        return _all()[name]
    except KeyError:
        raise FlowError(f"there is no variable {one_line(name, 60)} any more") from None


def name_of(value: Any) -> str | None:
    """Return the name of the variable that holds a value; None where none does."""
    names = [name for name, held in _all().items() if held is value and not name.startswith("_")]
    return names[0] if value is not None and names else None


def _all() -> dict[str, Any]:
    # Only where IPython runs already: a program that is no notebook has no cells.
    module = sys.modules.get("IPython")
    shell = None if module is None else module.get_ipython()
    return {} if shell is None else dict(shell.user_ns)


def _words(value: Any) -> str:
    kind = type(value)
    package = kind.__module__.partition(".")[0]
    if package in {"pandas", "polars", "pyarrow"} and kind.__name__ in {"DataFrame", "Table"}:
        return f"{kind.__name__}, {counted(len(value), 'row')}"
    if kind.__name__ == "Dataset" and package == "atdata_nb":
        return "Dataset"
    if isinstance(value, list) and value and is_packable(type(value[0])):
        return f"{counted(len(value), 'sample')} of {type(value[0]).__name__}"
    return ""
