"""Atmosphere: records, blobs and datasets of the AT Protocol network."""

from __future__ import annotations

from atdata_nb.atmosphere.aturi import AtUri
from atdata_nb.atmosphere.client import AtmosphereClient, Record
from atdata_nb.atmosphere.retry import Retry
from atdata_nb.atmosphere.writes import Create, Delete, Update

__all__ = ["AtUri", "AtmosphereClient", "Create", "Delete", "Record", "Retry", "Update"]
