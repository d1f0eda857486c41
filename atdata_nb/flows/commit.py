"""Commit: the moment at which a dataset becomes public, all of it or nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from atdata_nb.atmosphere.aturi import AtUri
from atdata_nb.atmosphere.data_model import MAX_RECORD, to_json
from atdata_nb.atmosphere.names import new_tid
from atdata_nb.atmosphere.records import LABELS, LabelRecord, namespace_of
from atdata_nb.atmosphere.writes import Create, Update
from atdata_nb.errors import RecordNotFoundError

if TYPE_CHECKING:
    from atdata_nb.atmosphere.client import AtmosphereClient
    from atdata_nb.atmosphere.storage import Storage
    from atdata_nb.flows.findings import Findings
    from atdata_nb.flows.work import Work

KEYS: Final = "keys"
OWN_SCHEMA: Final = "schema"


@dataclass(frozen=True, slots=True)
class Commit:
    """The records that make a dataset public: its schema if it is new, itself, and its label.

    They get their keys and their time before anything is sent, from the journal: made again after
    a crash they are the same records.

    Attributes:
        uri: address of the dataset.
        value: what its record says.
        schema: the record of its schema to be written; None where that is there already.
        label: the record that gives it name and version; None where there is one.
    """

    uri: AtUri
    value: dict[str, Any]
    schema: Create | None
    label: Create | None
    is_new: bool

    @classmethod
    def of(cls, found: Findings, storage: Storage, client: AtmosphereClient, work: Work) -> Commit:
        """Return what is to be written.

        Raises:
            RecordError: no record can say that.
        """
        keys = work.keep(
            KEYS,
            {
                "dataset": new_tid(),
                "schema": new_tid(),
                "label": new_tid(),
                "at": found.created_at(),
            },
        )
        space, at = namespace_of(found.repository.namespace), {"createdAt": keys["at"]}
        plan = found.repository.schema
        schema = None
        if plan.ref is None:
            schema = Create(space.schema, plan.record | at, keys["schema"])
        ref = plan.ref or str(AtUri(client.did, space.schema, keys["schema"]))
        draft = replace(found.draft, schema_ref=ref, storage=storage, created_at=keys["at"])
        rkey = keys["dataset"] if found.replaced is None else found.replaced.uri.rkey
        uri = AtUri(client.did, space.dataset, rkey)
        return cls(
            uri=uri,
            value=draft.to_record(space.name),
            schema=schema,
            label=_label(found, uri, keys),
            is_new=found.replaced is None,
        )

    def send(self, client: AtmosphereClient, work: Work) -> None:
        """Write the records: all at once, or the schema before where that is too much at once.

        Raises:
            BlobNotFoundError: the server has forgotten a blob since it was uploaded.
            RefusedError: it does not take them.
        """
        dataset: Create | Update
        if self.is_new:
            dataset = Create(self.uri.collection, self.value, self.uri.rkey)
        else:
            dataset = Update(self.uri.collection, self.value, self.uri.rkey)
        writes = [one for one in (self.schema, dataset, self.label) if one is not None]
        size = sum(len(to_json(one.value)) for one in writes)
        if self.schema is not None and size > MAX_RECORD:
            # Written down first: what a crash leaves behind can be found and taken away.
            work.keep(OWN_SCHEMA, str(AtUri(client.did, self.schema.collection, self.schema.key)))
            client.create_record(self.schema.collection, self.schema.value, rkey=self.schema.key)
            writes.remove(self.schema)
        client.apply_writes(writes)


def _label(found: Findings, uri: AtUri, keys: dict[str, str]) -> Create | None:
    for _, label in found.repository.labels:
        if (label.version, label.dataset_uri) == (found.version, str(uri)):
            return None
    record = LabelRecord(
        name=found.draft.name,
        dataset_uri=str(uri),
        created_at=keys["at"],
        version=found.version,
    )
    return Create(LABELS, record.to_record(), keys["label"])


def take_back_schema(client: AtmosphereClient, work: Work) -> bool:
    """Delete the schema that a run has written, unless a dataset refers to it; return whether."""
    ref = work.get(OWN_SCHEMA)
    if ref is None:
        return False
    uri = AtUri.parse(ref)
    space = namespace_of(uri.collection.rpartition(".")[0])
    if any(one.value.get("schemaRef") == ref for one in client.list_records(space.dataset)):
        return False
    client.delete_record(uri)
    work.drop(OWN_SCHEMA)
    return True


def is_public(client: AtmosphereClient, work: Work, namespace: str) -> AtUri | None:
    """Return the address of the dataset that a run has published; None where it has not."""
    keys = work.get(KEYS)
    if keys is None:
        return None
    uri = AtUri(client.did, namespace_of(namespace).dataset, keys["dataset"])
    try:
        client.get_record(uri)
    except RecordNotFoundError:
        return None
    return uri
