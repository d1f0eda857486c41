"""Documents: the lexicons that ship with the package, by name."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any, Final

# Read as files, so that a tool for lexicons can be pointed at the folder too.
FOLDER: Final = Path(__file__).parent


@cache
def lexicons() -> tuple[str, ...]:
    """Return the names of all lexicons here.

    >>> "ac.foundation.dataset.record" in lexicons()
    True
    """
    found = (path.relative_to(FOLDER).with_suffix("") for path in FOLDER.rglob("*.json"))
    return tuple(sorted(".".join(path.parts) for path in found))


@cache
def lexicon(nsid: str) -> dict[str, Any] | None:
    """Return a lexicon by its name, or None where there is none here.

    >>> lexicon("ac.foundation.dataset.record")["defs"]["main"]["type"]
    'record'
    """
    # The name comes out of a record: it must not lead anywhere else.
    if nsid not in lexicons():
        return None
    path = FOLDER.joinpath(*nsid.split(".")).with_suffix(".json")
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def definition(ref: str) -> dict[str, Any] | None:
    """Return a definition by ``nsid`` or ``nsid#name``, or None where it is not here.

    >>> definition("science.alt.dataset.schemaType")["knownValues"]
    ['jsonSchema']
    """
    nsid, _, name = ref.partition("#")
    found = lexicon(nsid)
    return None if found is None else found["defs"].get(name or "main")


def limit(ref: str, *path: str) -> int:
    """Return a number that a lexicon says.

    >>> limit("science.alt.dataset.entry", "name", "maxLength")
    200
    """
    found: Any = definition(ref)
    found = found.get("record", found)
    *names, word = path
    for name in names:
        found = found["items"] if name == "[]" else found["properties"][name]
    return int(found[word])
