"""Scanning: one function over all shards – on threads, processes, or a Dask cluster."""

from __future__ import annotations

from atdata_nb.scanning.events import ScanEvent
from atdata_nb.scanning.pieces import Pieces
from atdata_nb.scanning.scan import map_shards

__all__ = ["Pieces", "ScanEvent", "map_shards"]
