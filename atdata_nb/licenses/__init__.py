"""Licenses: the SPDX list, to choose one from and to tell a typing error from a license."""

from __future__ import annotations

import json
import re
from functools import cache
from importlib.resources import files
from typing import Final, NamedTuple

__all__ = ["USUAL", "License", "is_known", "licenses", "search"]

# What data is usually given out under, the most usual first.
USUAL: Final = (
    "CC-BY-4.0",
    "CC0-1.0",
    "CC-BY-SA-4.0",
    "CC-BY-NC-4.0",
    "CC-BY-NC-SA-4.0",
    "ODC-By-1.0",
    "ODbL-1.0",
    "PDDL-1.0",
    "CDLA-Permissive-2.0",
    "Apache-2.0",
    "MIT",
)
_WORDS: Final = re.compile(r"\s+(?:AND|OR|WITH)\s+|[()\s]+")


class License(NamedTuple):
    """A license of the SPDX list.

    Attributes:
        id: what a record names it by.
        name: what people call it.
    """

    id: str
    name: str


@cache
def licenses() -> dict[str, License]:
    """Return the licenses of the SPDX list by identifier, the deprecated ones left out.

    >>> licenses()["CC-BY-4.0"].name
    'Creative Commons Attribution 4.0 International'
    """
    text = files(__package__).joinpath("spdx.json").read_text("utf-8")
    return {key: License(key, name) for key, name in json.loads(text)["licenses"].items()}


def search(query: str, *, limit: int = 20) -> list[License]:
    """Return the licenses that hold every word of a query, those usual for data first.

    >>> [found.id for found in search("attribution share 4", limit=2)]
    ['CC-BY-SA-4.0', 'CC-BY-NC-SA-4.0']
    >>> search("")[0].id
    'CC-BY-4.0'
    """
    words = query.casefold().replace("-", " ").split()
    known = licenses()
    order = [known[key] for key in USUAL] + [known[key] for key in known if key not in USUAL]
    found = [one for one in order if _holds(one, words)]
    # An identifier that is being typed comes before names which happen to hold its letters.
    typed = query.strip().casefold()
    found.sort(key=lambda one: not (typed and one.id.casefold().startswith(typed)))
    return found[:limit]


def is_known(expression: str) -> bool:
    """Whether a text names licenses of the list only, or is a URL.

    >>> is_known("MIT OR (CC-BY-4.0 AND CC0-1.0)"), is_known("CC BY 4"), is_known("")
    (True, False, False)
    """
    if expression.startswith(("https://", "http://")):
        return True
    words = [word for word in _WORDS.split(expression.strip()) if word]
    return bool(words) and all(_is_term(word) for word in words)


def _is_term(word: str) -> bool:
    return word.removesuffix("+") in licenses() or word.startswith("LicenseRef-")


def _holds(license_: License, words: list[str]) -> bool:
    text = f"{license_.id} {license_.name}".casefold().replace("-", " ")
    return all(word in text for word in words)
