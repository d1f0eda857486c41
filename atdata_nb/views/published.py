"""Facts of what was published: where on the network it is, by whom, and whether it was verified."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from atdata_nb.views.text import one_line
from atdata_nb.views.verdicts import VerdictFacts, verdict_facts

if TYPE_CHECKING:
    from atdata_nb.protocols import IndexEntry


@dataclass(frozen=True, slots=True)
class PublishedFacts:
    """What a face shows of an entry's record on the network."""

    uri: str
    cid: str
    did: str
    author: str
    verdict: VerdictFacts | None


def published_facts(entry: IndexEntry) -> PublishedFacts | None:
    """Return the facts of an entry's record; None for an entry that is on no network."""
    uri, did = getattr(entry, "uri", None), getattr(entry, "did", None)
    if uri is None or did is None:
        return None
    verdict = getattr(entry, "verdict", None)
    handle = getattr(entry, "handle", None)
    return PublishedFacts(
        uri=one_line(str(uri), 300),
        cid=one_line(str(getattr(entry, "cid", "")), 100),
        did=one_line(str(did), 260),
        author=one_line(f"@{handle}" if handle else str(did), 260),
        verdict=None if verdict is None else verdict_facts(verdict),
    )
