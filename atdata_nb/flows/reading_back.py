"""Reading back: whether what was published is there, signed, and what was sent."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from atdata_nb.amounts import counted, size
from atdata_nb.atmosphere.index import AtmosphereIndex
from atdata_nb.atmosphere.proof import Step, Verdict
from atdata_nb.atmosphere.storage import Blobs
from atdata_nb.flows.blob_place import list_blobs

if TYPE_CHECKING:
    from atdata_nb.atmosphere.aturi import AtUri
    from atdata_nb.atmosphere.client import AtmosphereClient
    from atdata_nb.atmosphere.entry import AtmosphereEntry

# Up to here every byte is fetched again; of more, `entry.verify()` does it when somebody asks.
MOST_READ: Final = 32 << 20


def read_back(
    client: AtmosphereClient, uri: AtUri, namespace: str
) -> tuple[AtmosphereEntry, Verdict]:
    """Fetch a dataset as everybody else would, and verify it.

    Shards of up to 32 MB together are read whole. Of more, the record is verified, and that the
    server has each blob: it has told of each which CID its bytes have when it took them.

    Raises:
        DatasetNotFoundError: it is not there.
        AtmosphereError: the network does not answer.
    """
    entry = AtmosphereIndex(client, namespace=namespace).get_dataset(str(uri))
    whole = (entry.bytes or 0) <= MOST_READ
    verdict = entry.verify(data=whole)
    if not whole and verdict.ok:
        verdict = replace(verdict, steps=(*verdict.steps, _shards(client, entry)))
        object.__setattr__(entry, "verdict", verdict)
    return entry, verdict


def _shards(client: AtmosphereClient, entry: AtmosphereEntry) -> Step:
    storage = entry.record.storage
    count = counted(len(entry.data_urls), "shard")
    if not isinstance(storage, Blobs):
        why = "their checksums are in the record; entry.verify() reads them whole"
        return Step(count, ok=None, why=why)
    there = set(list_blobs(client))
    named = [one.cid for blob in storage.blobs for one in (blob, *dict(blob.beside).values())]
    missing = [cid for cid in named if cid not in there]
    if missing:
        return Step(count, ok=False, why=f"the server does not have {missing[0]}")
    total = size(sum(blob.size for blob in storage.blobs))
    return Step(count, ok=True, why=f"the server has all {total} under the CIDs in the record")
