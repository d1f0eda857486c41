"""Beside: what lies beside the shards of a promotion, and goes with them where it is small."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from atdata_nb.amounts import counted, size
from atdata_nb.atmosphere.companions import MAX_COMPANION, Companions
from atdata_nb.atmosphere.storage import Blob
from atdata_nb.errors import ManifestError
from atdata_nb.flows.plan import Note
from atdata_nb.manifests import Manifest
from atdata_nb.shards.sources import COMPANIONS, MANIFEST_ENDING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from atdata_nb.flows.material import Material, Parcel

_PARALLEL: Final = 8


@dataclass(frozen=True, slots=True)
class Beside:
    """What lies beside the shards of a promotion.

    Attributes:
        blobs: what it will be as blobs, by the number of the shard.
        fields: those whose values are in it, all of them.
        left_out: why something stays here, and beside how many shards.
        is_carried: whether the record has room for it.
    """

    blobs: dict[int, tuple[tuple[str, Blob], ...]]
    fields: tuple[str, ...] = ()
    left_out: tuple[tuple[str, int], ...] = ()
    is_carried: bool = True

    @classmethod
    def look(cls, material: Material) -> Beside:
        """Look at what lies there now."""

        def one(parcel: Parcel) -> tuple[tuple[tuple[str, Blob], ...], tuple[str, ...], str]:
            # Only what is needed is kept: the files themselves are read again when they are sent.
            found = Companions.of(
                material.source, parcel.shard, sha256=parcel.sha256, size=parcel.bytes
            )
            return found.blobs, found.fields, found.left_out

        sound = [parcel for parcel in material.parcels if not parcel.fault]
        with ThreadPoolExecutor(_PARALLEL, "atdata-beside") as pool:
            found = list(pool.map(one, sound))
        why = Counter(reason for _, _, reason in found if reason)
        return cls(
            {parcel.number: blobs for parcel, (blobs, _, _) in zip(sound, found, strict=True)},
            tuple(dict.fromkeys(name for _, fields, _ in found for name in fields)),
            tuple(why.most_common()),
        )

    @classmethod
    def look_at_files(cls, material: Material) -> Beside:
        """Look at what goes into a bucket beside files of this machine, of any size."""
        blobs: dict[int, tuple[tuple[str, Blob], ...]] = {}
        fields: dict[str, None] = {}
        for parcel in material.parcels:
            if parcel.path is None:
                continue
            paths = {one: parcel.path.with_name(parcel.path.name + one) for one in COMPANIONS}
            blobs[parcel.number] = tuple(
                (ending, Blob("", path.stat().st_size))
                for ending, path in paths.items()
                if path.exists()
            )
            with suppress(ManifestError, OSError):
                sidecar = Manifest.decode(paths[MANIFEST_ENDING].read_bytes()).sidecar
                fields |= dict.fromkeys(() if sidecar is None else sidecar.columns)
        return cls(blobs, tuple(fields))

    def of(self, parcel: Parcel) -> tuple[tuple[str, Blob], ...]:
        """Return what goes with a shard."""
        return self.blobs.get(parcel.number, ()) if self.is_carried else ()

    def without_room(self) -> Beside:
        """Return it for a record that has no room for it."""
        return replace(self, is_carried=False)

    @property
    def words(self) -> str:
        """What becomes public by it; nothing where nothing goes."""
        there = [blobs for blobs in self.blobs.values() if blobs]
        if not there or not self.is_carried:
            return ""
        amount = size(sum(blob.size for blobs in there for _, blob in blobs))
        values = f", and all values of {', '.join(self.fields)}" if self.fields else ""
        return f"of {counted(len(there), 'shard')}, {amount}: where each sample is{values}"

    @property
    def notes(self) -> Iterator[Note]:
        """What of it stays here."""
        if not self.is_carried:
            yield Note(
                "manifests",
                "the manifests stay here: there are too many shards to name them all in one record",
                "write the samples in fewer, larger shards, if others are to search them quickly",
            )
            return
        for reason, count in self.left_out:
            yield Note(
                "manifests",
                f"the manifests of {counted(count, 'shard')} stay here: {reason}",
                f"each file may have {size(MAX_COMPANION)}; "
                "without them, others read those shards whole to search them",
            )


def unknown(beside: Iterable[tuple[str, Blob]], cid: str) -> tuple[tuple[str, Blob], ...]:
    """Return what will lie beside a piece of a shard, as far as anybody knows before it is cut."""
    return tuple((ending, replace(blob, cid=cid)) for ending, blob in beside)
