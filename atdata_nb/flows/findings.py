"""Findings: what there is before a promotion, here and on the network, and what follows from it."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from atdata_nb.atmosphere.records import DatasetRecord, LabelRecord, namespace_of
from atdata_nb.atmosphere.storage import FOUNDATION, Blobs
from atdata_nb.diagnosis.clocks import check_date
from atdata_nb.diagnosis.server import ask
from atdata_nb.errors import AtdataError, DatasetNameError, RecordError
from atdata_nb.flows.blob_place import BlobPlace
from atdata_nb.flows.larger import larger_shards
from atdata_nb.flows.material import has_samples
from atdata_nb.flows.plan import Note
from atdata_nb.flows.privacy import personal_notes, public_part, text_notes
from atdata_nb.flows.repository import Repository
from atdata_nb.flows.s3_place import S3Place
from atdata_nb.flows.url_place import UrlPlace
from atdata_nb.index.draft import check_name
from atdata_nb.stores.packing import MAX_SIZE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from atdata_nb.atmosphere.client import AtmosphereClient, Record
    from atdata_nb.flows.material import Material
    from atdata_nb.flows.place import Place, Survey
    from atdata_nb.stores import S3DataStore

PlaceName: TypeAlias = Literal["blobs", "s3", "urls"]
OnExisting: TypeAlias = Literal["new version", "replace", "stop"]
_TIMEOUT: Final = 10.0
_DESCRIBE: Final = "/xrpc/com.atproto.server.describeServer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What somebody wants of a promotion; None for what the entry says."""

    place: PlaceName = "blobs"
    namespace: str = FOUNDATION
    name: str | None = None
    version: str | None = None
    description: str | None = None
    tags: tuple[str, ...] | None = None
    license: str | None = None
    on_existing: OnExisting = "new version"
    public_url: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        told = {name: getattr(self, name) for name in self.__slots__}
        return told | {"tags": None if self.tags is None else list(self.tags)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What there is, and what follows from it.

    Attributes:
        draft: what the record will say; its schema and storage as far as they are known.
        place: where the shards go.
        survey: what that makes of the shards.
        repository: what the repository says already.
        version: that the dataset gets.
        same: the dataset that says the same already.
        replaced: the dataset that will be replaced.
        left_out: what of the metadata stays here.
        offset: how far the server's clock is ahead of this machine's.
    """

    draft: DatasetRecord
    place: Place
    survey: Survey
    repository: Repository
    version: str
    same: Record | None
    replaced: Record | None
    left_out: tuple[str, ...]
    offset: timedelta
    warnings: tuple[Note, ...]
    blockers: tuple[Note, ...]

    def created_at(self) -> str:
        """Return the time, by the server's clock, as a record says it."""
        told = (datetime.now(UTC) + self.offset).isoformat(timespec="milliseconds")
        return told.replace("+00:00", "Z")


def draft_of(material: Material, wish: Wish) -> tuple[DatasetRecord, tuple[str, ...]]:
    """Return what the record will say but for schema and storage, and what is left out of it."""
    metadata, left_out = public_part(material.metadata)
    draft = DatasetRecord(
        name=material.name if wish.name is None else wish.name,
        schema_ref="",
        storage=Blobs(()),
        created_at="",
        description=material.description if wish.description is None else wish.description,
        tags=material.tags if wish.tags is None else wish.tags,
        license=material.license if wish.license is None else wish.license,
        metadata=metadata,
        samples=material.samples,
        bytes=material.bytes,
    )
    return draft, left_out


def look(
    material: Material, wish: Wish, client: AtmosphereClient, store: S3DataStore | None
) -> Findings:
    """Look at all there is, and write nothing.

    Raises:
        LoginError: nobody is logged in.
        AtmosphereError: the network does not answer.
        RemoteError: the bucket does not.
    """
    draft, left_out = draft_of(material, wish)
    place = _place(material, wish, client, store, draft.name)
    survey = place.survey(material)
    repository = Repository.look(client, wish.namespace, draft.name, material.schema)
    draft = replace(draft, storage=survey.storage, schema_ref=repository.schema.ref or "")
    offset, clock = _clock(client)
    record, refused = _try(draft, wish, client, material, place)
    same = None if record is None or not draft.schema_ref else repository.same(record)
    wanted = wish.version or material.version
    replaced = None
    if same is None and wish.on_existing == "replace" and repository.namesakes:
        replaced = repository.namesakes[0]
    version = (
        repository.version_of(same) or wanted
        if same is not None
        else _version(repository, wanted, replaced)
    )
    blockers = [*material_faults(material), *survey.blockers, *refused]
    if same is None:
        blockers += _conflicts(repository, wish, version)
    warnings = [*text_notes(draft.description, draft.license), *survey.warnings, *clock]
    warnings += personal_notes(material.schema, material)
    warnings += [Note("loss", str(loss), "") for loss in repository.schema.losses]
    if same is None:
        warnings += _existing(repository, wish, version)
    return Findings(
        draft=draft,
        place=place,
        survey=survey,
        repository=repository,
        version=version,
        same=same,
        replaced=replaced,
        left_out=left_out,
        offset=offset,
        warnings=tuple(warnings),
        blockers=tuple(blockers),
    )


def material_faults(material: Material, *, remote: bool = False) -> Iterator[Note]:
    """Yield why there is nothing that could be promoted.

    Args:
        material: what there is.
        remote: look at shards that are elsewhere too, which takes its time.
    """
    for parcel in material.parcels:
        if parcel.fault:
            remedy = "write the dataset again, or list it where its shards are now"
            yield Note("shards", parcel.fault, remedy)
            return
    if not material.is_local and not remote:
        return
    try:
        if has_samples(material):
            return
    except (AtdataError, OSError) as error:
        yield Note("shards", str(error), "write the dataset again, then plan again")
        return
    yield Note("samples", "there are no samples", "write some first: index.write_samples(…)")


def name_faults(name: str) -> Iterator[Note]:
    """Yield why no dataset can have a name."""
    if name.startswith("@") and "/" in name:
        yield Note(
            "name",
            f"{name!r} would be in a repository that is named: you write into your own only",
            f"call it {name.partition('/')[2]!r}",
        )
        return
    try:
        check_name(name)
    except DatasetNameError as error:
        yield Note("name", str(error), "choose another name")


def _place(
    material: Material,
    wish: Wish,
    client: AtmosphereClient,
    store: S3DataStore | None,
    name: str,
) -> Place:
    if wish.place == "s3":
        assert store is not None  # noqa: S101 - looked at before
        return S3Place(store, client, material, name, wish.public_url)
    return UrlPlace(client, material) if wish.place == "urls" else BlobPlace(client, material)


def _try(
    draft: DatasetRecord, wish: Wish, client: AtmosphereClient, material: Material, place: Place
) -> tuple[dict[str, Any] | None, list[Note]]:
    """Return the record as it would be, and what speaks against it."""
    space = namespace_of(wish.namespace)
    notes = list(name_faults(draft.name))
    try:
        ref = draft.schema_ref or f"at://{client.did}/{space.schema}/x"
        record = replace(draft, schema_ref=ref, created_at=_EPOCH).to_record(space.name)
        LabelRecord(name=draft.name, dataset_uri=ref, created_at=_EPOCH).to_record()
    except RecordError as error:
        kind = str(error).partition(":")[0]
        text, remedy = str(error), _REMEDIES.get(kind, "change it")
        if kind == "storage" and len(material.parcels) > _FEW:
            limit = place.limit if isinstance(place, BlobPlace) else MAX_SIZE
            text = f"one record can't name {len(material.parcels):,} shards ({text})"
            remedy = larger_shards(material, limit)
        return None, notes or [Note(kind, text, remedy)]
    return record, notes


# So many shards fit into a record, whatever they are called.
_FEW: Final = 50
_EPOCH: Final = "1970-01-01T00:00:00.000Z"
_REMEDIES: Final = {
    "name": "choose another name",
    "metadata": "keep less in the metadata",
    "tags": "give fewer, or shorter ones",
    "description": "say it in fewer words",
    "license": "give an SPDX expression, as in CC-BY-4.0",
}


def _version(repository: Repository, wanted: str, replaced: Record | None) -> str:
    known = None if replaced is None else repository.version_of(replaced)
    return known or repository.next_version(wanted)


def _conflicts(repository: Repository, wish: Wish, version: str) -> Iterator[Note]:
    if not repository.namesakes:
        return
    there = repository.namesakes[0]
    if wish.on_existing == "stop":
        yield Note(
            "exists",
            f"there is a dataset of that name already, which says something else: {there.uri}",
            "choose another name, or on_existing='new version' or 'replace'",
        )
    elif wish.version is not None and wish.on_existing == "new version" and version != wish.version:
        yield Note(
            "version",
            f"version {wish.version} is taken, or older than what is there",
            f"leave it out, or take {version}",
        )


def _existing(repository: Repository, wish: Wish, version: str) -> Iterator[Note]:
    if not repository.namesakes:
        return
    there = repository.namesakes[0].uri
    if wish.on_existing == "replace":
        yield Note(
            "exists",
            f"{there} is replaced: what it says now, and shards that nothing else names, go",
            "on_existing='new version' keeps both",
        )
    elif wish.on_existing == "new version":
        yield Note(
            "exists",
            f"there is a dataset of that name already ({there}); this becomes version {version}",
            "on_existing='replace' puts this one into its place",
        )


def _clock(client: AtmosphereClient) -> tuple[timedelta, list[Note]]:
    said = ask(f"{client.resolve(client.did).pds}{_DESCRIBE}", _TIMEOUT)
    if isinstance(said, str) or said.date is None:
        return timedelta(0), []
    finding = check_date("pds", said.date, said.sent, said.answered)
    if finding.severity != "problem":
        return timedelta(0), []
    offset = parsedate_to_datetime(said.date).timestamp() - time.time()
    text = f"the server says that {finding.sentence}; the record says the server's time"
    return timedelta(seconds=offset), [Note("clock", text, finding.remedy)]
