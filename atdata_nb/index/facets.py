"""Facets: by what a list of datasets can be narrowed down, read from any entry."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from atdata_nb.protocols import IndexEntry

KINDS: Final = ("place", "schema", "tag", "license")
PLACES: Final = ("local", "s3", "network")
# A stranger's tag of megabytes is still one tag; what follows tells no two of them apart.
_LONGEST: Final = 200
_MOST_TAGS: Final = 50
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+(?=:)")


def facets_of(entry: IndexEntry) -> list[tuple[str, str]]:
    """Return what an entry can be narrowed down by, as pairs of a kind and a value, each once.

    >>> from types import SimpleNamespace
    >>> entry = SimpleNamespace(data_urls=["s3://b/a.tar"], schema_ref="x/Digit@1.0.0",
    ...                         metadata={"tags": ["images"], "license": "MIT"})
    >>> facets_of(entry)
    [('place', 's3'), ('schema', 'x/Digit@1.0.0'), ('tag', 'images'), ('license', 'MIT')]
    """
    return list(dict.fromkeys((kind, value[:_LONGEST]) for kind, value in _said(entry) if value))


def place_of(url: str) -> str:
    """Return where a shard is: ``local``, ``s3`` or ``network``.

    >>> [place_of(url) for url in ("/data/a.tar", "file:///a.tar", "s3://b/a", "at://did:x/blob/c")]
    ['local', 'local', 's3', 'network']
    """
    match = _SCHEME.match(url)
    scheme = match.group().lower() if match else "file"
    return {"file": "local", "s3": "s3"}.get(scheme, "network")


def _said(entry: IndexEntry) -> Iterator[tuple[str, str]]:
    metadata = entry.metadata or {}
    yield from (("place", place) for place in dict.fromkeys(map(place_of, entry.data_urls)))
    yield "schema", str(entry.schema_ref)
    tags = _own(entry, metadata, "tags")
    for tag in tags[:_MOST_TAGS] if isinstance(tags, (list, tuple)) else ():
        yield "tag", str(tag)
    license_ = _own(entry, metadata, "license")
    yield "license", license_ if isinstance(license_, str) else ""


def _own(entry: IndexEntry, metadata: dict[str, Any], name: str) -> Any:
    # An entry's own attributes come before what its metadata says.
    return getattr(entry, name, None) or metadata.get(name) or ""
