"""Atmosphere: records, blobs and datasets of the AT Protocol network."""

from __future__ import annotations

from atdata_nb.atmosphere.aturi import AtUri
from atdata_nb.atmosphere.blob_source import BlobSource
from atdata_nb.atmosphere.blobs import PDSBlobStore
from atdata_nb.atmosphere.client import AtmosphereClient, Record
from atdata_nb.atmosphere.discovery import NetworkIndex, discover
from atdata_nb.atmosphere.entry import AtmosphereEntry
from atdata_nb.atmosphere.index import AtmosphereIndex
from atdata_nb.atmosphere.opening import open_dataset
from atdata_nb.atmosphere.proof import Verdict
from atdata_nb.atmosphere.records import CodeReference, DatasetRecord, LabelRecord, LensRecord
from atdata_nb.atmosphere.retry import Retry
from atdata_nb.atmosphere.writes import Create, Delete, Update

__all__ = [
    "AtUri",
    "AtmosphereClient",
    "AtmosphereEntry",
    "AtmosphereIndex",
    "BlobSource",
    "CodeReference",
    "Create",
    "DatasetRecord",
    "Delete",
    "LabelRecord",
    "LensRecord",
    "NetworkIndex",
    "PDSBlobStore",
    "Record",
    "Retry",
    "Update",
    "Verdict",
    "discover",
    "open_dataset",
]
