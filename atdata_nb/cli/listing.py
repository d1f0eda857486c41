"""Listing: entries as lines of text, for people and for programs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from atdata_nb.views.text import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from atdata_nb.index import LocalEntry

COLUMNS = ("NAME", "VERSION", "SAMPLES", "BYTES", "SCHEMA", "TAGS")
NUMBERS = (2, 3)


def as_table(entries: Sequence[LocalEntry]) -> str:
    """Return aligned columns under a heading."""
    rows = [COLUMNS, *map(_cells, entries)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(_line(row, widths) for row in rows)


def as_json(entry: LocalEntry, **more: Any) -> str:
    """Return the facts of an entry, and more of them, as one line of JSON."""
    facts = {
        "name": entry.name,
        "version": entry.version,
        "cid": entry.cid,
        "schema_ref": entry.schema_ref,
        "samples": entry.samples,
        "bytes": entry.bytes,
        "description": entry.description,
        "tags": list(entry.tags),
        "license": entry.license,
        "data_urls": entry.data_urls,
    }
    return json.dumps(facts | more, ensure_ascii=False)


def _cells(entry: LocalEntry) -> tuple[str, ...]:
    samples = "" if entry.samples is None else f"{entry.samples:,}"
    size = "" if entry.bytes is None else f"{entry.bytes:,}"
    schema = entry.schema_ref.rpartition("/")[2]
    # Names and tags may be a stranger's: nothing in them may act on the terminal.
    name, tags = one_line(entry.name), one_line(", ".join(entry.tags))
    return name, entry.version, samples, size, one_line(schema), tags


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = [
        cell.rjust(width) if place in NUMBERS else cell.ljust(width)
        for place, (cell, width) in enumerate(zip(row, widths, strict=True))
    ]
    return "  ".join(cells).rstrip()
