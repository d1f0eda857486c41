"""UrlPlace: shards that are public already, and stay where they are."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from atdata_nb.atmosphere.blob_source import BlobSource
from atdata_nb.atmosphere.storage import Location, Urls
from atdata_nb.errors import ChecksumError
from atdata_nb.flows.place import PIECE, Survey
from atdata_nb.flows.plan import Step
from atdata_nb.flows.privacy import unreachable
from atdata_nb.shards import URLSource

if TYPE_CHECKING:
    from atdata_nb.atmosphere.client import AtmosphereClient
    from atdata_nb.atmosphere.storage import Storage
    from atdata_nb.flows.material import Material, Parcel
    from atdata_nb.flows.place import Carried, Watch
    from atdata_nb.flows.work import Work
    from atdata_nb.protocols import DataSource


class UrlPlace:
    """Shards behind addresses that everybody can read; they are read once, to record checksums."""

    words = "where they are"

    def __init__(self, client: AtmosphereClient, material: Material) -> None:
        self._client = client
        self.host = urlsplit(material.parcels[0].shard).netloc if material.parcels else ""

    def survey(self, material: Material) -> Survey:
        """Look at the addresses; nothing is asked of their servers yet."""
        count = len(material.parcels)
        steps = [
            Step(
                parcel.step,
                "shard",
                f"Shard {parcel.number + 1} of {count}",
                "stays where it is; read once, to record its checksum",
                parcel.bytes,
            )
            for parcel in material.parcels
        ]
        urls = tuple(parcel.shard for parcel in material.parcels)
        places = tuple(Location(one.shard, one.sha256) for one in material.parcels)
        blockers = tuple(unreachable(urls, self._client.allow_hosts))
        return Survey(tuple(steps), Urls(places), material.bytes, urls, (), blockers)

    def has(self, parcel: Parcel) -> None:
        """Nobody knows before it was read."""

    def carry(
        self,
        parcel: Parcel,
        work: Work,  # noqa: ARG002 - a place's signature; nothing is brought anywhere
        watch: Watch,
    ) -> tuple[Carried, ...]:
        """Read a shard as everybody else would, and return its address and checksum.

        Raises:
            ChecksumError: it is not the one that was written.
            ShardNotFoundError: it is not there.
            RemoteError: its server does not give it.
        """
        url = parcel.shard
        digest, done = hashlib.sha256(), 0
        with self._source(url).open_shard(url) as stream:
            while piece := stream.read(PIECE):
                digest.update(piece)
                done += len(piece)
                watch(done, parcel.bytes)
        found = digest.hexdigest()
        if parcel.sha256 not in {None, found}:
            reason = "what its address gives is not what was written"
            raise ChecksumError(reason, shard=url)
        return (Location(url, found),)

    def _source(self, url: str) -> DataSource:
        if url.startswith("at://"):
            return BlobSource([url], self._client)
        return URLSource([url], trusted=False, allow_hosts=self._client.allow_hosts)

    def storage(self, carried: list[Carried]) -> Storage:
        """Return the addresses, as the record names them."""
        return Urls(tuple(one for one in carried if isinstance(one, Location)))

    def undo(self, work: Work) -> None:
        """Nothing was brought anywhere."""
