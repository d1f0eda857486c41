"""Hashing: whether shards are what was written, found out before the first of them is sent."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from atdata_nb.cid import blob_cid_from_sha256
from atdata_nb.flows.place import PIECE
from atdata_nb.scanning import Pieces, map_shards
from atdata_nb.shards.checks import check_digest
from atdata_nb.shards.parts import part_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from atdata_nb.flows.material import Material
    from atdata_nb.protocols import DataSource
    from atdata_nb.shards import Shard


def hashed(material: Material, executor: Any, check: Callable[[], None]) -> Material:
    """Return what is to be promoted with every shard's hash known, each read where it is cheapest.

    Nothing of who is logged in travels: only where the shards are, and what was written.

    Args:
        material: what there is.
        executor: where the shards are read; see `map_shards`.
        check: called again and again; what it raises ends it.

    Raises:
        ChecksumError: a shard is not what was written; the message says which.
        ScanError: one can't be read.
    """
    if any(parcel.fault for parcel in material.parcels):
        return material
    written = {parcel.shard: parcel.written for parcel in material.parcels}
    pieces = Pieces(
        list(written), lambda shard: (part_of(material.source, [shard]), shard, written[shard])
    )
    sums = map_shards(hash_shard, pieces, executor=executor, on_event=lambda _: check())
    found = dict(zip(written, sums, strict=True))
    return replace(
        material,
        parcels=tuple(
            replace(
                parcel,
                bytes=found[parcel.shard][0],
                sha256=found[parcel.shard][1],
                cid=blob_cid_from_sha256(bytes.fromhex(found[parcel.shard][1])),
            )
            for parcel in material.parcels
        ),
    )


def hash_shard(piece: tuple[DataSource, str, Shard | None]) -> tuple[int, str]:
    """Return the size and SHA-256 of one shard.

    Raises:
        ChecksumError: it is not what was written.
    """
    source, shard, written = piece
    digest, size = hashlib.sha256(), 0
    with source.open_shard(shard) as stream:
        while data := stream.read(PIECE):
            digest.update(data)
            size += len(data)
    if written is not None:
        check_digest(shard, written, size, digest.hexdigest())
    return size, digest.hexdigest()
