"""Stores: places that keep shards."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from atdata_nb.stores.disk import LocalDiskStore

if TYPE_CHECKING:
    from atdata_nb.stores.s3 import S3DataStore

__all__ = ["LocalDiskStore", "S3DataStore"]


def __getattr__(name: str) -> Any:
    if name != "S3DataStore":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return import_module(f"{__name__}.s3").S3DataStore
