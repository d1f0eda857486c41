"""Indexes of strangers: with nothing but the protocol's methods, and with more."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from atdata_nb.errors import DatasetNotFoundError, SchemaNotFoundError
from atdata_nb.protocols import Page


@dataclass
class PlainEntry:
    name: str
    schema_ref: str = "atdata://local/sampleSchema/Digit@1.0.0"
    data_urls: list[str] = field(default_factory=list)
    metadata: dict[str, Any] | None = None


class PlainIndex:
    """What somebody might write after reading the protocol, and no more."""

    data_store = None

    def __init__(self, entries: list[PlainEntry], schemas: dict[str, Any] | None = None) -> None:
        self.entries, self.stored = entries, schemas or {}
        self.read = 0

    @property
    def datasets(self) -> Iterator[PlainEntry]:
        for entry in self.entries:
            self.read += 1
            yield entry

    def list_datasets(self) -> list[PlainEntry]:
        return list(self.datasets)

    def get_dataset(self, ref: str) -> PlainEntry:
        for entry in self.entries:
            if entry.name == ref:
                return entry
        raise DatasetNotFoundError(f"no dataset {ref!r}")

    def get_schema(self, ref: str) -> dict[str, Any]:
        if ref not in self.stored:
            raise SchemaNotFoundError(f"no schema {ref}")
        return self.stored[ref]

    @property
    def schemas(self) -> Iterator[dict[str, Any]]:
        return iter(self.stored.values())

    def decode_schema(self, ref: str) -> type:
        from atdata_nb.schemas import schema_to_type

        return schema_to_type(self.get_schema(ref))


class CapableIndex(PlainIndex):
    """An index that can count, page and search by itself."""

    def count(self) -> int:
        return len(self.entries)

    def page(self, *, limit: int = 50, offset: int = 0, order: str = "name") -> Page[PlainEntry]:
        assert order == "name"
        return Page(self.entries[offset : offset + limit], None, offset)

    def search(self, query: str, *, limit: int = 50, offset: int = 0) -> Page[PlainEntry]:
        found = [entry for entry in self.entries if query in entry.name]
        return Page(found[offset : offset + limit], len(found), offset)


def entries(count: int) -> list[PlainEntry]:
    return [PlainEntry(f"dataset-{i:05}") for i in range(count)]


@pytest.fixture
def plain() -> PlainIndex:
    return PlainIndex(entries(12_000))


@pytest.fixture
def capable() -> CapableIndex:
    return CapableIndex(entries(12_000))
