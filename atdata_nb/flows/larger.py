"""Larger: how to write samples in fewer shards, where a record can't name so many."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from atdata_nb.amounts import counted, size
from atdata_nb.atmosphere.data_model import MAX_RECORD
from atdata_nb.index.entry import LocalEntry

if TYPE_CHECKING:
    from atdata_nb.flows.material import Material

_MEGABYTE: Final = 1_000_000
# What one blob takes of a record, as JSON, with some room for the rest of it.
_NAMED: Final = 150
_ANY: Final = 1_000_000_000


def larger_shards(material: Material, limit: int) -> str:
    """Return what to do about too many shards, as code where the samples are in an index here.

    Args:
        material: the dataset.
        limit: bytes that one shard may have.
    """
    most = max(1, limit // _MEGABYTE - 1) * _MEGABYTE
    count = 0 if material.bytes is None else math.ceil(material.bytes / most)
    if count > MAX_RECORD // _NAMED:
        return (
            f"even in shards of {size(most)} there are {count:,}: promote parts of it, or use "
            "place='s3' with shards of some gigabytes"
        )
    # Not the dataset itself: a copy keeps its keys, and with them where its shards begin.
    samples = "entry.dataset().ordered()"
    told = f"name={material.name!r}, maxcount={material.samples or _ANY}, maxsize={most}"
    if isinstance(material.entry, LocalEntry):
        told += ", description=entry.description, tags=entry.tags, license=entry.license"
    shards = f"about {counted(count, 'shard')}" if count else "fewer shards"
    return (
        f"write them into {shards} of up to {size(most)}, and promote that version: "
        f"index.write_samples({samples}, {told})"
    )
