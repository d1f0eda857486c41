"""Shards: tar archives of samples, written deterministically and read in place."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from atdata_nb.shards.reader import RawBlock, read_file, read_stream
from atdata_nb.shards.sources import URLSource
from atdata_nb.shards.urls import check_url, expand, expand_braces
from atdata_nb.shards.writer import Shard, ShardWriter, write_shard

if TYPE_CHECKING:
    from atdata_nb.shards.s3_source import S3Source

__all__ = [
    "RawBlock",
    "S3Source",
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


def __getattr__(name: str) -> Any:
    # What speaks HTTP is loaded when it is asked for.
    if name != "S3Source":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return import_module(f"{__name__}.s3_source").S3Source
