"""AtmosphereIndex: the datasets and schemas of one repository of the network."""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from atdata_nb.atmosphere.aturi import AtUri
from atdata_nb.atmosphere.blob_source import parse_blob_url
from atdata_nb.atmosphere.blobs import PDSBlobStore
from atdata_nb.atmosphere.entry import AtmosphereEntry
from atdata_nb.atmosphere.labels import Labels
from atdata_nb.atmosphere.names import is_did
from atdata_nb.atmosphere.records import (
    NAMESPACES,
    CodeReference,
    DatasetRecord,
    LensRecord,
    namespace_of,
    now,
)
from atdata_nb.atmosphere.schema_plan import SchemaPlan
from atdata_nb.atmosphere.storage import FOUNDATION, Blob, Blobs, Location, storage_of
from atdata_nb.atmosphere.writes import Delete
from atdata_nb.display import Displayed
from atdata_nb.errors import (
    AtUriError,
    DatasetNotFoundError,
    IndexWarning,
    LoginError,
    RecordError,
    RecordNotFoundError,
    SchemaError,
    SchemaNotFoundError,
    UrlError,
)
from atdata_nb.protocols import Page
from atdata_nb.schemas import (
    Schema,
    SchemaDict,
    from_any,
    schema_from_type,
    schema_to_type,
)
from atdata_nb.shards.urls import check_url

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from atdata_nb.atmosphere.client import AtmosphereClient, Record
    from atdata_nb.dataset import Dataset
    from atdata_nb.protocols import AbstractDataStore, Packable
    from atdata_nb.shards import Shard


def found_in(
    entries: Iterable[AtmosphereEntry], query: str, *, limit: int, offset: int
) -> Page[AtmosphereEntry]:
    """Return those entries, of all these, that hold every word of a query."""
    words = query.lower().split()
    found = [entry for entry in entries if all(word in entry.searched for word in words)]
    return Page(found[offset : offset + limit], len(found), offset)


class AtmosphereIndex(Displayed):
    """The datasets and schemas of one repository of the network, in both namespaces at once.

    Args:
        client: reads; to write, somebody has to be logged in.
        repo: whose repository, by handle or DID; without it, that of who is logged in.
        data_store: where ``insert_dataset`` puts shards; without it, they stay where they are.
        namespace: the one to write in.
    """

    # load_dataset("@handle/name", index=…) leaves the handle to an index that says this.
    resolves_owners = True
    # Each question is one to a server, which may take its time.
    is_remote = True

    def __init__(
        self,
        client: AtmosphereClient,
        *,
        repo: str | None = None,
        data_store: AbstractDataStore | None = None,
        namespace: str = FOUNDATION,
    ) -> None:
        self.client, self._store = client, data_store
        self._repo, self._space = repo, namespace_of(namespace)
        self.labels = Labels(client)

    @property
    def repo(self) -> str:
        """Whose repository it is, as a DID.

        Raises:
            LoginError: none was named, and nobody is logged in.
        """
        return self.client.did if self._repo is None else self.client.resolve(self._repo).did

    @property
    def owner(self) -> str:
        """Whose repository it is, as it was named; ``nobody`` where nobody is logged in."""
        if self._repo is not None:
            return self._repo
        return self.client.handle if self.client.is_authenticated else "nobody"

    @property
    def data_store(self) -> AbstractDataStore | None:
        """Where ``insert_dataset`` puts shards."""
        return self._store

    # Datasets

    @property
    def datasets(self) -> Iterator[AtmosphereEntry]:
        """All datasets, of each namespace the newest first, fetched page by page.

        A record that is no dataset is left out with an IndexWarning.
        """
        for found in self.readable():
            if isinstance(found, AtmosphereEntry):
                yield found
            else:
                warnings.warn(found, IndexWarning, stacklevel=2)

    def readable(self) -> Iterator[AtmosphereEntry | str]:
        """Yield all datasets, and for a record that is none, why."""
        owner = self.client.resolve(self.repo)
        for space in NAMESPACES.values():
            for record in self.client.list_records(space.dataset, repo=owner.did):
                try:
                    yield AtmosphereEntry.of(record, owner.handle, self)
                except RecordError as error:
                    yield f"{record.uri}: {error}"

    def list_datasets(self) -> list[AtmosphereEntry]:
        """All datasets at once."""
        return list(self.datasets)

    def get_dataset(self, ref: str) -> AtmosphereEntry:
        """Return a dataset by address, by ``@handle/name[@version]``, or by its name here.

        Raises:
            DatasetNotFoundError: there is none.
        """
        text = str(ref)
        if text.startswith("at://"):
            return self._by_uri(text)
        if text.startswith("@"):
            owner, slash, name = text[1:].partition("/")
            if not slash or not name:
                raise DatasetNotFoundError(f"{text!r:.200} names no dataset; write @handle/name")
            if name.startswith("at://"):
                return self._by_uri(name)
            return AtmosphereIndex(self.client, repo=owner).get_dataset(name)
        return self._by_name(text)

    def _by_uri(self, text: str) -> AtmosphereEntry:
        try:
            record = self.client.get_record(text)
        except (RecordNotFoundError, AtUriError) as error:
            raise DatasetNotFoundError(f"no dataset {text:.200}: {error}") from error
        handle = self.client.resolve(record.uri.authority).handle
        return AtmosphereEntry.of(record, handle, self)

    def _by_name(self, name: str) -> AtmosphereEntry:
        label = self.labels.find(self.repo, name)
        if label is not None:
            return self._by_uri(label.dataset_uri)
        found = [entry for entry in self.datasets if entry.name == name]
        if not found:
            raise DatasetNotFoundError(f"no dataset {name!r:.200} in the repository {self.repo}")
        return max(found, key=lambda entry: entry.created_at)

    def insert_dataset(
        self,
        ds: Dataset[Any],
        *,
        name: str,
        schema_ref: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        description: str | None = None,
        tags: Iterable[str] = (),
        license: str | None = None,  # noqa: A002 - the field's own word
        version: str | None = None,
        rkey: str | None = None,
        **options: Any,
    ) -> AtmosphereEntry:
        """Publish a dataset: its schema, its shards if there is a data store, then its record.

        Publishing the same again changes nothing and returns what is there.

        Args:
            ds: the dataset.
            name: its name, for people.
            schema_ref: address of a published schema, instead of that of its type.
            metadata: plain values to publish beside it; without it, the dataset's own.
            description: what it is.
            tags: words to search and group by.
            license: an SPDX expression, or a URL.
            version: give it a label of this name and version too.
            rkey: key of the record.
            options: what the data store's ``write`` takes.

        Raises:
            UnsafeUrlError: a shard is on this machine, where nobody else can read it.
            RecordError: no record can say that.
            LoginError: nobody is logged in, or this is somebody else's repository.
        """
        self._check_own(name)
        draft = DatasetRecord(
            name=name,
            schema_ref=str(AtUri.parse(schema_ref)) if schema_ref else "",
            storage=Blobs(()),
            created_at=now(),
            description=description,
            tags=(tags,) if isinstance(tags, str) else tuple(tags),
            license=license,
            metadata=dict(metadata) if metadata is not None else ds.metadata,
        )
        # All that can be refused is refused before the first byte goes out.
        replace(
            draft, schema_ref=draft.schema_ref or f"at://{self.repo}/{self._space.schema}/x"
        ).to_record(self._space.name)
        if self._store is None:
            draft = replace(draft, storage=self._public(ds.list_shards()))
        if not draft.schema_ref:
            draft = replace(draft, schema_ref=self._publish_schema_of(ds))
        if self._store is not None:
            draft = self._stored(draft, ds, options)
        entry = self._same(draft) or self._create(draft, rkey)
        if version is not None:
            self.labels.put(name, str(entry.uri), version=version)
        return entry

    def update_dataset(self, ref: str, **changes: Any) -> AtmosphereEntry:
        """Replace facts of a dataset: name, description, tags, license, metadata, schema_ref.

        Raises:
            DatasetNotFoundError: there is none.
            WriteConflictError: somebody changed it in between.
            LoginError: it is not of who is logged in.
        """
        entry = self.get_dataset(ref)
        self._check_mine(entry.uri)
        if "tags" in changes:
            changes["tags"] = tuple(changes["tags"])
        record = replace(entry.record, **changes)
        space = next(s for s in NAMESPACES.values() if s.dataset == entry.uri.collection)
        made = self.client.put_record(
            space.dataset, entry.uri.rkey, record.to_record(space.name), swap_record=entry.cid
        )
        return AtmosphereEntry.of(made, entry.handle, self)

    def delete_dataset(self, ref: str) -> None:
        """Delete a dataset and its labels; its blobs go with it, unless others refer to them.

        Raises:
            DatasetNotFoundError: there is none.
            LoginError: it is not of who is logged in.
        """
        entry = self.get_dataset(ref)
        self._check_mine(entry.uri)
        labels = self.labels.of_dataset(entry.did, entry.uri)
        writes = [Delete(uri.collection, uri.rkey) for uri in (*labels, entry.uri)]
        self.client.apply_writes(writes)

    def search(self, query: str, *, limit: int = 50, offset: int = 0) -> Page[AtmosphereEntry]:
        """Return datasets whose name, description or tags hold every word of a query."""
        return found_in(self.datasets, query, limit=limit, offset=offset)

    # Schemas

    @property
    def schemas(self) -> Iterator[SchemaDict]:
        """All schemas, fetched page by page; what is no schema is left out with an IndexWarning."""
        for space in NAMESPACES.values():
            for record in self.client.list_records(space.schema, repo=self.repo):
                try:
                    yield _schema_dict(record)
                except SchemaError as error:
                    warnings.warn(f"{record.uri}: {error}", IndexWarning, stacklevel=2)

    def list_schemas(self) -> list[SchemaDict]:
        """All schemas at once."""
        return list(self.schemas)

    def get_schema(self, ref: str) -> SchemaDict:
        """Return a schema of whomever by its address.

        Raises:
            SchemaNotFoundError: there is none.
            SchemaError: it can't be read.
        """
        try:
            return _schema_dict(self.client.get_record(ref))
        except (RecordNotFoundError, AtUriError) as error:
            raise SchemaNotFoundError(f"no schema {ref!r:.200}: {error}") from error

    def decode_schema(self, ref: str) -> type[Packable]:
        """Build the sample type of a schema of whomever.

        Raises:
            SchemaNotFoundError: there is none.
            SchemaError: no type can be built from it.
        """
        return cast("type[Packable]", schema_to_type(self.get_schema(ref)))

    def publish_schema(
        self,
        sample_type: type | Schema,
        *,
        version: str | None = None,
        description: str | None = None,
        **_: Any,
    ) -> str:
        """Publish the schema of a sample type; return its address.

        A published version never changes: the same content again is what is there already, other
        content without ``version`` gets the next one.

        Raises:
            SchemaConflictError: that version is there with other content.
            LoginError: nobody is logged in, or this is somebody else's repository.
        """
        self._check_own("")
        schema = sample_type
        if not isinstance(schema, Schema):
            schema = schema_from_type(cast("type", sample_type), description=description)
        elif description is not None:
            schema = replace(schema, description=description)
        return self._publish(schema, version)

    def _publish_schema_of(self, ds: Dataset[Any]) -> str:
        from atdata_nb.index.writing import schema_of

        return self._publish(schema_of(ds, ds.name or "Sample"), None)

    def _publish(self, schema: Schema, version: str | None) -> str:
        plan = SchemaPlan.of(schema, self.client, self._space, repo=self.repo, version=version)
        if plan.ref is not None:
            return plan.ref
        record = plan.record | {"createdAt": now()}
        return str(self.client.create_record(self._space.schema, record).uri)

    # Lenses

    def publish_lens(
        self,
        *,
        name: str,
        source_schema: str,
        target_schema: str,
        description: str | None = None,
        getter: CodeReference | None = None,
        putter: CodeReference | None = None,
    ) -> AtUri:
        """Publish that a lens leads from one published schema to another; return its address.

        Raises:
            RecordError: no record can say that.
            LoginError: nobody is logged in, or this is somebody else's repository.
        """
        self._check_own("")
        lens = LensRecord(
            name=name,
            source_schema=source_schema,
            target_schema=target_schema,
            created_at=now(),
            description=description,
            getter=getter,
            putter=putter,
        )
        return self.client.create_record(self._space.lens, lens.to_record(self._space.name)).uri

    def lenses(
        self, source_schema: str | None = None, target_schema: str | None = None
    ) -> Iterator[LensRecord]:
        """Yield the lenses of the repository, those between these schemas."""
        for space in NAMESPACES.values():
            for record in self.client.list_records(space.lens, repo=self.repo):
                try:
                    lens = LensRecord.read(record.value)
                except RecordError as error:
                    warnings.warn(f"{record.uri}: {error}", IndexWarning, stacklevel=2)
                    continue
                if source_schema in {None, lens.source_schema} and target_schema in {
                    None,
                    lens.target_schema,
                }:
                    yield lens

    # Below the surface

    def _check_own(self, name: str) -> None:
        mine = self.client.did
        owner = name[1:].partition("/")[0] if name.startswith("@") and "/" in name else None
        asked = self.repo if owner is None else self.client.resolve(owner).did
        if asked != mine:
            who = owner or self._repo
            raise LoginError(
                f"{who} is somebody else: {self.client.handle} writes into its own repository only"
            )

    def _check_mine(self, uri: AtUri) -> None:
        if uri.authority != self.client.did:
            raise LoginError(f"{uri} is not in the repository of {self.client.handle}")

    def _public(self, urls: list[str]) -> Any:
        blobs = [url for url in urls if url.startswith("at://")]
        if blobs and all(parse_blob_url(url)[0] == self.client.did for url in blobs):
            raise UrlError("these shards are blobs of a record already: publish with a data_store")
        for url in urls:
            check_url(url, trusted=False, allow_hosts=self.client.allow_hosts)
        return storage_of([Location(url) for url in urls])

    def _stored(
        self, draft: DatasetRecord, ds: Dataset[Any], options: dict[str, Any]
    ) -> DatasetRecord:
        store: Any = self._store
        prefix = draft.name.replace("@", "").strip("/") or "dataset"
        if not hasattr(store, "write"):
            urls = store.write_shards(ds, prefix=prefix, **options)
            return replace(draft, storage=self._public(urls))
        shards: list[Shard] = store.write(ds, prefix=prefix, **options)
        counted = sum(shard.samples for shard in shards), sum(shard.bytes for shard in shards)
        draft = replace(draft, samples=counted[0], bytes=counted[1])
        if all(is_did(shard.url.removeprefix("at://").partition("/")[0]) for shard in shards):
            if isinstance(store, PDSBlobStore):
                return replace(draft, storage=store.blobs(shards))
            blobs = tuple(Blob(shard.cid, shard.bytes) for shard in shards)
            return replace(draft, storage=Blobs(blobs))
        self._public([shard.url for shard in shards])
        places = [Location(shard.url, shard.sha256) for shard in shards]
        return replace(draft, storage=storage_of(places))

    def _same(self, draft: DatasetRecord) -> AtmosphereEntry | None:
        wanted = draft.to_record(self._space.name) | {"createdAt": ""}
        owner = self.client.resolve(self.client.did)
        for record in self.client.list_records(self._space.dataset):
            if record.value | {"createdAt": ""} == wanted:
                return AtmosphereEntry.of(record, owner.handle, self)
        return None

    def _create(self, draft: DatasetRecord, rkey: str | None) -> AtmosphereEntry:
        value = draft.to_record(self._space.name)
        made = self.client.create_record(self._space.dataset, value, rkey=rkey)
        return AtmosphereEntry.of(made, self.client.handle, self)

    def __iter__(self) -> Iterator[AtmosphereEntry]:
        return self.datasets

    def __repr__(self) -> str:
        return f"AtmosphereIndex({self.owner}, {self._space.name})"


def _schema_dict(record: Record) -> SchemaDict:
    schema, _ = from_any(record.value)
    return SchemaDict.of(replace(schema, ref=str(record.uri)))
