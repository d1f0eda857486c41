"""Formats: what a lexicon can ask of text.

https://atproto.com/specs/lexicon#string-formats
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Final

from atdata_nb.atmosphere.aturi import AtUri
from atdata_nb.errors import AtUriError

if TYPE_CHECKING:
    from collections.abc import Callable

_DATETIME: Final = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,20})?(Z|[+-]\d\d:\d\d)", re.ASCII
)
_URI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:(//)?[^\s/]\S*")
_MAX_URI: Final = 8 << 10


def is_datetime(text: str) -> bool:
    """Whether text is a time with its zone, as both RFC 3339 and ISO 8601 write it.

    >>> is_datetime("2026-11-22T20:39:03.365Z"), is_datetime("2026-11-22")
    (True, False)
    """
    # "-00:00" says that nobody knows the zone; the specification refuses it.
    if _DATETIME.fullmatch(text) is None or text.endswith("-00:00") or text.startswith("0000"):
        return False
    try:
        datetime.fromisoformat(re.sub(r"\.\d+", "", text))
    except ValueError:
        return False
    return True


def is_at_uri(text: str) -> bool:
    """Whether text is the address of a repository, a collection or a record."""
    try:
        AtUri.parse(text)
    except AtUriError:
        return False
    return True


def is_uri(text: str) -> bool:
    """Whether text is a URI of any scheme.

    >>> is_uri("s3://bucket/a.tar"), is_uri("a.tar")
    (True, False)
    """
    return len(text) <= _MAX_URI and _URI.fullmatch(text) is not None


FORMATS: Final[dict[str, Callable[[str], bool]]] = {
    "datetime": is_datetime,
    "at-uri": is_at_uri,
    "uri": is_uri,
}
