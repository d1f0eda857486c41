"""Rows: entries and schemas with what they are searched, narrowed and sorted by."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from atdata_nb.index.facets import facets_of
from atdata_nb.views.entries import entry_facts
from atdata_nb.views.schemas import schema_facts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from atdata_nb.protocols import IndexEntry
    from atdata_nb.widgets.wanted import Wanted

Key = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class SchemaEntry:
    """A schema on its own, with the properties of an entry, so that it can stand in a list."""

    schema: Mapping[str, Any]

    @property
    def name(self) -> str:
        """Name of the schema."""
        return str(self.schema.get("name") or "schema")

    @property
    def version(self) -> str:
        """Its version."""
        return str(self.schema.get("version") or "")

    @property
    def schema_ref(self) -> str:
        """Its own reference."""
        return str(self.schema.get("$ref") or f"{self.name}@{self.version}")

    @property
    def data_urls(self) -> list[str]:
        """Nothing: it has no data."""
        return []

    @property
    def metadata(self) -> dict[str, Any] | None:
        """Nothing: all it says is the schema."""
        return None

    @property
    def description(self) -> str:
        """What it says of itself."""
        return str(self.schema.get("description") or "")

    @property
    def created_at(self) -> str:
        """When it was published."""
        return str(self.schema.get("createdAt") or "")


class Row:
    """One entry of one index; what it takes to find its place is worked out when asked for.

    Args:
        entry: the entry, or a schema that stands for one.
        source: number of the index it is from.
    """

    def __init__(self, entry: IndexEntry, source: int = 0) -> None:
        self.entry, self.source = entry, source

    @cached_property
    def said(self) -> str:
        """What a search looks through."""
        facts = entry_facts(self.entry)
        parts = [facts.name, facts.description, facts.schema, *facts.tags]
        if isinstance(self.entry, SchemaEntry):
            parts += [field.name for field in schema_facts(self.entry.schema).fields]
        return " ".join(parts).casefold()

    @cached_property
    def facets(self) -> frozenset[tuple[str, str]]:
        """What it can be narrowed down by; nothing of an entry that cannot be read."""
        try:
            return frozenset(facets_of(self.entry))
        except Exception:  # noqa: BLE001 - somebody else's entry can fail in any way
            return frozenset()

    def key(self, order: str) -> Key:
        """Return what it is sorted by: ascending, whatever the direction of the order."""
        name = str(self._of("name") or "")
        match order.removeprefix("-"):
            case "date":
                return (str(self._of("created_at") or ""), name)
            case "size":
                count = self._of("bytes")
                # Of unknown size come first, as in our own indexes.
                return (count if isinstance(count, int) else -1, name)
        return (name,)

    def matches(self, wanted: Wanted) -> bool:
        """Whether it has all words and all facets."""
        return all(word in self.said for word in wanted.words) and (
            not wanted.facets or self.facets.issuperset(wanted.facets)
        )

    def _of(self, name: str) -> Any:
        try:
            return getattr(self.entry, name, None)
        except Exception:  # noqa: BLE001 - as above
            return None
