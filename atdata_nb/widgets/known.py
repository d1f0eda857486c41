"""Known: what the page has been told of, by the keys it was given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from atdata_nb.errors import DatasetNotFoundError, NotFoundError
from atdata_nb.views.entries import entry_key
from atdata_nb.widgets.rows import SchemaEntry

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from atdata_nb.protocols import AbstractIndex, IndexEntry
    from atdata_nb.widgets.rows import Row


@dataclass(frozen=True, slots=True)
class Found:
    """A dataset, or a schema on its own, and the index it is from."""

    key: str
    entry: IndexEntry
    index: AbstractIndex

    @property
    def schema(self) -> Mapping[str, Any]:
        """The schema of its samples, or the schema itself.

        Raises:
            SchemaNotFoundError: its index does not have it.
        """
        if isinstance(self.entry, SchemaEntry):
            return self.entry.schema
        return self.index.get_schema(self.entry.schema_ref)

    @property
    def is_remote(self) -> bool:
        """Whether asking its index is asking a server."""
        return bool(getattr(self.index, "is_remote", False))


class Known:
    """Keys for entries; the same entry of the same index has the same key in every process."""

    def __init__(self, indexes: Sequence[AbstractIndex]) -> None:
        self._indexes = tuple(indexes)
        self._found: dict[str, Found] = {}

    def put(self, row: Row) -> str:
        """Return the key of a row of a list."""
        return self.add(row.entry, row.source)

    def add(self, entry: IndexEntry, source: int) -> str:
        """Return the key of an entry of one of the indexes."""
        mark = "schema" if isinstance(entry, SchemaEntry) else "data"
        try:
            key = f"{mark}-{source}-{entry_key(entry)}"
        except Exception:  # noqa: BLE001 - an entry that cannot be read can be shown, as a fault
            key = f"{mark}-{source}-unreadable-{len(self._found)}"
        self._found[key] = Found(key, entry, self._indexes[source])
        return key

    def get(self, key: str) -> Found | None:
        """Return what has a key."""
        return self._found.get(key)

    def __getitem__(self, key: str) -> Found:
        try:
            return self._found[key]
        except KeyError:
            raise DatasetNotFoundError("this dataset is no longer listed: search again") from None

    def look_up(self, ref: str) -> str:
        """Return the key of what a text names: a dataset of one of the indexes, or a schema.

        Raises:
            DatasetNotFoundError: none of the indexes has it.
        """
        first: Exception | None = None
        for source, index in enumerate(self._indexes):
            try:
                return self.add(index.get_dataset(ref), source)
            except (KeyError, ValueError) as error:
                first = first or error
        for source, index in enumerate(self._indexes):
            try:
                return self.add(SchemaEntry(index.get_schema(ref)), source)
            except (KeyError, ValueError, AttributeError):
                continue
        if isinstance(first, NotFoundError):
            raise first
        raise DatasetNotFoundError(f"nothing is listed under {ref!r:.200}") from first

    def look_up_schema(self, ref: str) -> str:
        """Return the key of a schema.

        Raises:
            KeyError: none of the indexes has it.
        """
        for source, index in enumerate(self._indexes[:-1]):
            try:
                return self.add(SchemaEntry(index.get_schema(ref)), source)
            except (KeyError, ValueError):
                continue
        last = len(self._indexes) - 1
        return self.add(SchemaEntry(self._indexes[last].get_schema(ref)), last)

    def source_of(self, entry: IndexEntry) -> int:
        """Return the number of the index that an entry says it is from, or of the first."""
        home = getattr(entry, "index", None)
        return next((i for i, index in enumerate(self._indexes) if index is home), 0)
