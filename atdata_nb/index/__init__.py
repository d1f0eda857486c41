"""Index: which datasets and schemas there are, on this machine or a team's."""

from __future__ import annotations

from atdata_nb.index.entry import LocalEntry
from atdata_nb.index.importer import ImportReport
from atdata_nb.index.local import LocalIndex, default_home

__all__ = ["ImportReport", "LocalEntry", "LocalIndex", "default_home"]
