"""Wire form: what the widgets send to the page, as JSON and buffers.

The shapes are mirrored in ``widgets/src/wire.ts``. A table of samples is sent by ``table_wire``
alone, so that another encoding of rows replaces this function and its reader and nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from atdata_nb.views.entries import entry_facts

if TYPE_CHECKING:
    from atdata_nb.views.cells import Cell
    from atdata_nb.views.entries import EntryFacts
    from atdata_nb.views.samples import Column, SampleTable
    from atdata_nb.views.schemas import SchemaFacts
    from atdata_nb.widgets.catalog import Listing


def listing_wire(listing: Listing) -> dict[str, Any]:
    """Return a page of the list."""
    return {
        "items": [item_wire(entry_facts(entry)) for entry in listing.entries],
        "offset": listing.offset,
        "total": listing.total,
        "looked": listing.looked,
        "done": listing.done,
    }


def item_wire(facts: EntryFacts) -> dict[str, Any]:
    """Return what one row of the list shows."""
    return {
        "key": facts.key,
        "name": facts.name,
        "version": facts.version,
        "about": facts.description[:200],
        "extent": facts.extent,
        "schema": facts.schema,
        "place": facts.place,
        "license": facts.license,
        "tags": list(facts.tags),
        "fault": facts.fault,
    }


def overview_wire(facts: EntryFacts, code: str) -> dict[str, Any]:
    """Return the overview of a dataset."""
    known = (
        ("samples", facts.samples),
        ("size", facts.size),
        ("schema", facts.schema),
        ("license", facts.license),
        ("tags", ", ".join(facts.tags)),
        ("created", facts.created),
    )
    return {
        "item": item_wire(facts),
        "description": facts.description,
        "facts": [list(pair) for pair in known if pair[1]],
        "metadata": [list(pair) for pair in facts.metadata],
        "shards": list(facts.shards),
        "shardCount": facts.shard_count,
        "place": facts.place,
        "code": code,
    }


def schema_wire(facts: SchemaFacts) -> dict[str, Any]:
    """Return a schema."""
    return {
        "name": facts.name,
        "version": facts.version,
        "ref": facts.ref,
        "description": facts.description,
        "fields": [
            {
                "name": field.name,
                "type": field.type,
                "default": field.default,
                "description": field.description,
            }
            for field in facts.fields
        ],
        "leftOut": facts.left_out,
        "fault": facts.fault,
        "raw": facts.raw,
    }


def table_wire(table: SampleTable) -> tuple[dict[str, Any], list[bytes]]:
    """Return a table of samples and the pictures in it, in the order of their numbers."""
    pictures: list[bytes] = []
    rows = [[_cell(cell, pictures) for cell in row] for row in table.rows]
    answer = {
        "columns": [_column(column) for column in table.columns],
        "rows": rows,
        "caption": table.caption,
        "faults": list(table.faults),
    }
    return answer, pictures


def _column(column: Column) -> dict[str, Any]:
    spread = column.histogram
    return {
        "name": column.name,
        "type": column.type,
        "note": column.note,
        "numeric": column.numeric,
        "histogram": None
        if spread is None
        else {"counts": list(spread.counts), "low": spread.low, "high": spread.high},
    }


def _cell(cell: Cell, pictures: list[bytes]) -> dict[str, Any]:
    wire: dict[str, Any] = {"kind": cell.kind, "text": cell.text}
    if cell.kind == "array":
        wire |= {"text": cell.type, "span": cell.long, "curve": list(cell.curve)}
    elif cell.long:
        wire["long"] = cell.long
    if cell.picture is not None:
        wire |= {
            "picture": len(pictures),
            "width": cell.picture.width,
            "height": cell.picture.height,
        }
        pictures.append(cell.picture.png)
    return wire
