"""Wire form: what the widgets send to the page, as JSON and buffers.

The shapes are mirrored in ``widgets/src/wire.ts`` and ``wire_browser.ts``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from atdata_nb.views.amounts import counted
from atdata_nb.views.entries import entry_facts
from atdata_nb.views.schemas import schema_facts
from atdata_nb.widgets.rows import SchemaEntry

if TYPE_CHECKING:
    from atdata_nb.views.entries import EntryFacts
    from atdata_nb.widgets.catalog import Listing
    from atdata_nb.widgets.checking import State
    from atdata_nb.widgets.known import Known
    from atdata_nb.widgets.rows import Row
    from atdata_nb.widgets.shard_list import ShardFacts


def listing_wire(listing: Listing, known: Known) -> dict[str, Any]:
    """Return a page of the list; each row is given its key."""
    return {
        "items": [row_wire(row, known.put(row)) for row in listing.rows],
        "offset": listing.offset,
        "total": listing.total,
        "looked": listing.looked,
        "done": listing.done,
        "notes": [[note.source, note.text] for note in listing.notes],
    }


def row_wire(row: Row, key: str) -> dict[str, Any]:
    """Return what one row of the list shows."""
    if isinstance(row.entry, SchemaEntry):
        return {**schema_item_wire(row.entry, key), "source": row.source}
    return {**item_wire(entry_facts(row.entry), key), "source": row.source}


def item_wire(facts: EntryFacts, key: str) -> dict[str, Any]:
    """Return what one row of the list shows of a dataset."""
    return {
        "key": key,
        "name": facts.name,
        "version": facts.version,
        "about": facts.description[:200],
        "extent": facts.extent,
        "schema": facts.schema,
        "place": facts.place,
        "license": facts.license,
        "tags": list(facts.tags),
        "fault": facts.fault,
        "listed": "datasets",
    }


def schema_item_wire(entry: SchemaEntry, key: str) -> dict[str, Any]:
    """Return what one row of the list shows of a schema."""
    facts = schema_facts(entry.schema)
    return {
        "key": key,
        "name": facts.name,
        "version": facts.version,
        "about": facts.description[:200],
        "extent": counted(len(facts.fields) + facts.left_out, "field"),
        "schema": "",
        "place": facts.version,
        "license": "",
        "tags": [],
        "fault": facts.fault,
        "listed": "schemas",
    }


def overview_wire(facts: EntryFacts, code: str, key: str) -> dict[str, Any]:
    """Return the overview of a dataset."""
    published = facts.published
    known = (
        ("samples", facts.samples),
        ("size", facts.size),
        ("schema", facts.schema),
        ("license", facts.license),
        ("tags", ", ".join(facts.tags)),
        ("created", facts.created),
        ("author", "" if published is None else published.author),
        # Handles change hands; the DID says whose it is, and leads to what else is theirs.
        ("identity", "" if published is None else published.did),
        ("record", "" if published is None else published.uri),
    )
    return {
        "item": item_wire(facts, key),
        "description": facts.description,
        "facts": [list(pair) for pair in known if pair[1]],
        "metadata": [list(pair) for pair in facts.metadata],
        "shardCount": facts.shard_count,
        "place": facts.place,
        "code": code,
    }


def check_wire(state: State) -> dict[str, Any]:
    """Return how far the verification of a dataset got."""
    return {
        "state": state.name,
        "why": state.why,
        "done": state.done,
        "total": state.total,
        "steps": [list(step) for step in state.steps],
    }


def shards_wire(shards: list[ShardFacts], offset: int, limit: int, state: State) -> dict[str, Any]:
    """Return some of the shards, with what was found of them."""
    return {
        "offset": offset,
        "total": len(shards),
        "shards": [
            {
                "name": shard.name,
                "place": shard.place,
                "samples": shard.samples,
                "size": shard.size,
                "sum": shard.sha256[:12],
                "good": state.shards.get(shard.url, ("",))[0],
                "why": state.shards.get(shard.url, ("", ""))[1],
            }
            for shard in shards[offset : offset + limit]
        ],
    }
