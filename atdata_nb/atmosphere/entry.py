"""AtmosphereEntry: one dataset of the network."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from atdata_nb.atmosphere.blob_source import BlobSource, blob_url
from atdata_nb.atmosphere.checksum_source import ChecksumSource
from atdata_nb.atmosphere.records import DatasetRecord
from atdata_nb.atmosphere.storage import Blobs, Location, expanded
from atdata_nb.display import Displayed
from atdata_nb.schemas.text import one_line
from atdata_nb.shards import Shard, URLSource

if TYPE_CHECKING:
    from atdata_nb.atmosphere.aturi import AtUri
    from atdata_nb.atmosphere.client import Record
    from atdata_nb.atmosphere.index import AtmosphereIndex
    from atdata_nb.atmosphere.proof import OnStep, Verdict
    from atdata_nb.dataset import Dataset
    from atdata_nb.protocols import DataSource
    from atdata_nb.schemas import SchemaDict

_MAX_LINE = 120


@dataclass(frozen=True, slots=True)
class AtmosphereEntry(Displayed):
    """One dataset of the network: a value, with a way back to the index that found it.

    Attributes:
        uri: address of its record.
        cid: CID of its record.
        handle: what the network calls its author; None where that is not known.
        record: what its record says.
        value: the record itself.
        index: the index it came from; not part of the value.
        verdict: what came of verifying it last; None until then. Not part of the value.
    """

    uri: AtUri
    cid: str
    handle: str | None
    record: DatasetRecord = field(hash=False)
    value: dict[str, Any] = field(repr=False, hash=False)
    index: AtmosphereIndex = field(repr=False, compare=False)
    verdict: Verdict | None = field(default=None, repr=False, compare=False)

    @classmethod
    def of(cls, record: Record, handle: str | None, index: AtmosphereIndex) -> AtmosphereEntry:
        """Return the entry of a record.

        Raises:
            RecordError: it is no record of a dataset.
        """
        found = DatasetRecord.read(record.value)
        return cls(record.uri, record.cid, handle, found, record.value, index)

    @property
    def name(self) -> str:
        """Name of the dataset, for people."""
        return self.record.name

    @property
    def schema_ref(self) -> str:
        """Address of the record of its schema."""
        return self.record.schema_ref

    @property
    def data_urls(self) -> list[str]:
        """Where its shards are, in order; blobs as ``at://did/blob/cid``."""
        storage = self.record.storage
        if isinstance(storage, Blobs):
            return [blob_url(self.did, blob.cid) for blob in storage.blobs]
        return [one.url for one in expanded(storage.shards)]

    @property
    def metadata(self) -> dict[str, Any] | None:
        """What its author wrote beside it."""
        return self.record.metadata

    @property
    def did(self) -> str:
        """Whose it is."""
        return self.uri.authority

    @property
    def created_at(self) -> str:
        """When it was published, as its author says."""
        return self.record.created_at

    @property
    def description(self) -> str | None:
        """What it is, in words."""
        return self.record.description

    @property
    def tags(self) -> tuple[str, ...]:
        """Words to search and group by."""
        return self.record.tags

    @property
    def license(self) -> str | None:
        """An SPDX expression, or a URL."""
        return self.record.license

    @property
    def samples(self) -> int | None:
        """Number of samples, where its author says so."""
        return self.record.samples

    @property
    def bytes(self) -> int | None:
        """Size of all shards, where it is known."""
        return self.record.bytes

    @property
    def searched(self) -> str:
        """What a search looks through, in lower case."""
        return " ".join((self.name, self.description or "", *self.tags)).lower()

    @property
    def schema(self) -> SchemaDict:
        """The schema of its samples, from whosever repository.

        Raises:
            SchemaNotFoundError: there is none at that address.
        """
        return self.index.get_schema(self.schema_ref)

    @property
    def sample_type(self) -> type:
        """The sample type built from its schema."""
        return self.index.decode_schema(self.schema_ref)

    def dataset(self, sample_type: type | None = None) -> Dataset[Any]:
        """Open the data; its samples are of a type built from the schema, unless one is given.

        Shards are checked against their CIDs and checksums as they are read to their ends.

        Raises:
            UnsafeUrlError: the record names something that a stranger may not name.
            SchemaNotFoundError: no type was given and the schema is not there.
        """
        from atdata_nb.dataset import Dataset

        return Dataset(
            self.source(),
            sample_type=self.sample_type if sample_type is None else sample_type,
            metadata=self.metadata,
            name=self.name,
            written=self.written(),
        )

    def source(self) -> DataSource:
        """Return what opens its shards; nothing that a record may not name is opened.

        Raises:
            UnsafeUrlError: the record names something that a stranger may not name.
        """
        storage, client = self.record.storage, self.index.client
        if isinstance(storage, Blobs):
            beside = {blob_url(self.did, one.cid): dict(one.beside) for one in storage.blobs}
            return BlobSource(self.data_urls, client, beside=beside)
        places: list[Location] = expanded(storage.shards)
        urls = [one.url for one in places]
        if all(url.startswith("at://") for url in urls):
            return BlobSource(urls, client)
        known = {one.url: one.sha256 for one in places if one.sha256}
        source = URLSource(urls, trusted=False, allow_hosts=client.allow_hosts)
        return ChecksumSource(source, known) if known else source

    def written(self) -> list[Shard]:
        """What its record says of the shards that are blobs."""
        storage = self.record.storage
        if not isinstance(storage, Blobs):
            return []
        return [
            Shard(blob_url(self.did, blob.cid), 0, blob.size, blob.sha256, blob.cid)
            for blob in storage.blobs
        ]

    def verify(self, *, data: bool = True, on_step: OnStep | None = None) -> Verdict:
        """Return whether its author signed this record and its shards are what it says.

        The entry shows what came of it from then on.

        Args:
            data: look at the shards too, which reads them whole.
            on_step: is told of each step as soon as it is done; what it raises ends it all.
        """
        from atdata_nb.atmosphere.proof import verify

        verdict = verify(self.index.client, self, data=data, on_step=on_step)
        # No part of the value: it is what this machine thinks of it, for the views to show.
        object.__setattr__(self, "verdict", verdict)
        return verdict

    def __repr__(self) -> str:
        who = one_line(f"@{self.handle}" if self.handle else self.did)
        count = len(self.data_urls)
        data = [f"{count} shard{'' if count == 1 else 's'}"]
        if self.samples is not None:
            data.insert(0, f"{self.samples:,} samples")
        if self.bytes is not None:
            data.append(f"{self.bytes:,} bytes")
        facts = {
            "uri": str(self.uri),
            "cid": self.cid,
            "published": self.created_at,
            "schema": self.schema_ref,
            "data": " · ".join(data),
            "about": " ".join((self.description or "").split()),
            "tags": ", ".join(self.tags),
            "license": self.license or "",
            # A verdict that is not ok is false.
            "proof": "not verified yet" if self.verdict is None else self.verdict.outcome,
        }
        lines = [
            f"  {label:<9} {one_line(text, _MAX_LINE)}" for label, text in facts.items() if text
        ]
        return "\n".join([f"AtmosphereEntry {self.name!r} by {who}", *lines])
