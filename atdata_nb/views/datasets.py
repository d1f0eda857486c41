"""Facts of a dataset: its type, its shards, its fields, without reading a remote byte."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from atdata_nb.views.amounts import counted
from atdata_nb.views.entries import MOST_SHARDS
from atdata_nb.views.places import place, shard_name
from atdata_nb.views.schemas import FieldFacts, schema_facts
from atdata_nb.views.text import one_line


@dataclass(frozen=True, slots=True)
class DatasetFacts:
    """What a face shows of a dataset.

    ``local`` says that its first shard is a file here, ``where`` what a selection's samples match.
    """

    title: str
    type: str
    place: str
    shards: tuple[str, ...]
    shard_count: int
    fields: tuple[FieldFacts, ...]
    local: bool
    where: str = ""

    @property
    def extent(self) -> str:
        """Number of shards, where they are, and which of their samples."""
        some = f" · where {self.where}" if self.where else ""
        return f"{counted(self.shard_count, 'shard')} · {self.place}{some}"


def dataset_facts(dataset: Any) -> DatasetFacts:
    """Return the facts of a dataset; counting its samples could cost a full read, so it is not."""
    shards = [str(shard) for shard in dataset.list_shards()]
    type_name = one_line(getattr(dataset.sample_type, "__name__", "sample"), 80)
    schema = getattr(dataset, "schema", None)
    return DatasetFacts(
        title=one_line(dataset.name or type_name),
        type=type_name,
        place=place(shards),
        shards=tuple(shard_name(shard) for shard in shards[:MOST_SHARDS]),
        shard_count=len(shards),
        fields=schema_facts(schema).fields if schema is not None else (),
        local=_is_local(dataset.source, shards),
        where=one_line(getattr(dataset, "condition", ""), 200),
    )


def _is_local(source: Any, shards: list[str]) -> bool:
    local_path = getattr(source, "local_path", None)
    return bool(shards) and local_path is not None and local_path(shards[0]) is not None
