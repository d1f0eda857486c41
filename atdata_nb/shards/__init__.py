"""Shards: tar archives of samples, written deterministically and read in place."""

from __future__ import annotations

from atdata_nb.shards.reader import RawBlock, read_file, read_stream
from atdata_nb.shards.sources import URLSource
from atdata_nb.shards.urls import check_url, expand, expand_braces
from atdata_nb.shards.writer import Shard, ShardWriter, write_shard

__all__ = [
    "RawBlock",
    "Shard",
    "ShardWriter",
    "URLSource",
    "check_url",
    "expand",
    "expand_braces",
    "read_file",
    "read_stream",
    "write_shard",
]
