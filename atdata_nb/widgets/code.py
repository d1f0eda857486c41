"""Code: lines for a cell that show what the screen shows."""

from __future__ import annotations

import keyword
import re
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def call(name: str, indexes: Sequence[object], options: Mapping[str, Any]) -> str:
    """Return the lines that call a verb with indexes, which are made or named before it.

    >>> call("at.browse", [object()], {"query": "digits", "order": ""})
    "browser = at.browse(index, query='digits')"
    """
    lines, names = [], []
    for number, index in enumerate(indexes, 1):
        named = variable_of(index)
        made = None if named else _made(index)
        names.append(named or ("index" if len(indexes) == 1 else f"index_{number}"))
        if made:
            lines.append(f"{names[-1]} = {made}")
    arguments = [*names, *(f"{key}={value!r}" for key, value in options.items() if value)]
    return "\n".join([*lines, f"browser = {name}({', '.join(arguments)})"])


def opening_lines(index: object, code: str) -> str:
    """Return lines that open a dataset of an index that they call by its name in the notebook."""
    named = variable_of(index)
    if named:
        return re.sub(r"\bindex\.(?=get_dataset|decode_schema)", f"{named}.", code)
    made = _made(index)
    return f"index = {made}\n{code}" if made else code


def variable_of(value: object) -> str | None:
    """Return what a value is called in the notebook that this kernel runs, if it has a name."""
    shells: Any = sys.modules.get("IPython")
    shell = shells.get_ipython() if shells is not None else None
    if shell is None:
        return None
    names = [
        name
        for name, other in list(shell.user_ns.items())
        if other is value and name.isidentifier() and not name.startswith("_")
    ]
    return next((name for name in names if not keyword.iskeyword(name)), None)


def _made(index: object) -> str | None:
    """Return how an index that everybody can open is opened; None for any other."""
    return "at.LocalIndex()" if getattr(index, "is_default", False) else None
