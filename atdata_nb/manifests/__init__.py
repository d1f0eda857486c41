"""Manifests: what is in each shard, beside it, so that questions need not read the shards.

docs/formats.md has the layout of the files.
"""

from atdata_nb.manifests.facts import ColumnFacts
from atdata_nb.manifests.manifest import Manifest

__all__ = ["ColumnFacts", "Manifest"]
