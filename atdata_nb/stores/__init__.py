"""Stores: places that keep shards."""

from __future__ import annotations

from atdata_nb.stores.disk import LocalDiskStore

__all__ = ["LocalDiskStore"]
