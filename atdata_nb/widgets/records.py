"""Records: what is stored of a dataset as a tree that the page can draw, bounded in every way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from atdata_nb.views.places import shard_name
from atdata_nb.views.text import visible
from atdata_nb.widgets.rows import SchemaEntry

if TYPE_CHECKING:
    from atdata_nb.protocols import IndexEntry

_MOST_NODES: Final = 4_000
_DEEPEST: Final = 16
_LONGEST: Final = 2_000


def record_wire(entry: IndexEntry) -> dict[str, Any]:
    """Return the record of an entry: of the network, or as its index keeps it."""
    uri, cid = getattr(entry, "uri", None), getattr(entry, "cid", None)
    facts = [("uri", str(uri) if uri else ""), ("cid", str(cid or ""))]
    return {
        "facts": [[name, visible(text, 400)] for name, text in facts if text],
        "tree": tree_of(stored_form(entry)),
    }


def stored_form(entry: IndexEntry) -> Mapping[str, Any]:
    """Return what is stored of an entry; shards as they may be shown (`places.shard_name`)."""
    if isinstance(entry, SchemaEntry):
        return entry.schema
    value = getattr(entry, "value", None)
    if isinstance(value, Mapping):
        return value
    names = ("name", "version", "schema_ref", "cid", "created_at", "description", "license")
    told = {name: getattr(entry, name, None) for name in names}
    shards = [
        {
            "url": shard_name(shard.url),
            "samples": shard.samples,
            "bytes": shard.bytes,
            "sha256": shard.sha256,
            "cid": shard.cid,
        }
        for shard in getattr(entry, "shards", None) or ()
    ]
    return {
        **{name: said for name, said in told.items() if said is not None},
        "tags": list(getattr(entry, "tags", None) or ()),
        "data_urls": [shard_name(url) for url in entry.data_urls],
        "metadata": entry.metadata,
        **({"shards": shards} if shards else {}),
    }


def tree_of(value: Any) -> list[Any]:
    """Return plain data as a tree of ``[kind, …]``, with what was left out counted.

    >>> tree_of({"name": "digits", "sizes": [1, 2]})
    ['o', [['name', ['s', 'digits']], ['sizes', ['a', [['v', '1'], ['v', '2']], 0]]], 0]
    """
    return _node(value, _Budget(), 0)


@dataclass(slots=True)
class _Budget:
    left: int = _MOST_NODES


def _node(value: Any, budget: _Budget, depth: int) -> list[Any]:
    budget.left -= 1
    if isinstance(value, str):
        return ["s", visible(value, _LONGEST)]
    if isinstance(value, (Mapping, list, tuple)):
        if depth >= _DEEPEST:
            return ["v", "…"]
        pairs = isinstance(value, Mapping)
        items: list[Any] = []
        for item in value.items() if isinstance(value, Mapping) else value:
            if budget.left <= 0:
                break
            part = item[1] if pairs else item
            node = _node(part, budget, depth + 1)
            items.append([visible(str(item[0]), 200), node] if pairs else node)
        return ["o" if pairs else "a", items, len(value) - len(items)]
    if value is None or isinstance(value, bool):
        return ["v", {None: "null", True: "true", False: "false"}[value]]
    if isinstance(value, (int, float)):
        return ["v", visible(str(value), 60)]
    if isinstance(value, (bytes, bytearray, memoryview)):
        return ["v", f"{len(value):,} bytes"]
    return ["v", f"<{type(value).__name__}>"]
