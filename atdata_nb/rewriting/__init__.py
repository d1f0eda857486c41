"""Rewriting: new datasets from old ones, shard by shard, on one machine or many."""

from __future__ import annotations

from atdata_nb.rewriting.mapping import map_dataset
from atdata_nb.rewriting.provenance import Step
from atdata_nb.rewriting.writing import write_dataset, write_shards

__all__ = ["Step", "map_dataset", "write_dataset", "write_shards"]
