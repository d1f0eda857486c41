"""ImportReport: what was taken over from an index of the ``atdata`` package, and what not."""

from __future__ import annotations

import json
import warnings
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import msgspec

from atdata_nb.display import Displayed
from atdata_nb.errors import (
    AtdataError,
    IndexWarning,
    LensConflictError,
    SchemaConflictError,
    SchemaError,
)
from atdata_nb.index.draft import (
    Draft,
    LensDraft,
    SchemaDraft,
    check_name,
    encode_metadata,
    fingerprint,
)
from atdata_nb.index.foreign import Foreign, ForeignEntry, ForeignLabel, read_foreign
from atdata_nb.index.lens_shelf import check_lens_name
from atdata_nb.lenses import StoredLens
from atdata_nb.schemas import local_schema_ref, parse_schema_ref, read_schema
from atdata_nb.schemas.versions import Version

if TYPE_CHECKING:
    from collections.abc import Iterator

    from atdata_nb.index.entry import LocalEntry
    from atdata_nb.index.foreign import ForeignLens, ForeignSchema
    from atdata_nb.index.storage import Storage
    from atdata_nb.schemas import Schema

_BLOCK = 500


@dataclass(frozen=True, slots=True, repr=False)
class ImportReport(Displayed):
    """What became of another package's index.

    Attributes:
        source: where it was read.
        datasets: versions of names that are new here.
        unchanged: versions of names that were here already.
        schemas: schemas that are new here.
        lenses: lenses that are new here.
        notes: what was taken over in another form than it had.
        skipped: what could not be taken over, by key, and why.
    """

    source: str
    datasets: int
    unchanged: int
    schemas: int
    lenses: int = 0
    notes: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()

    def __repr__(self) -> str:
        lines = [
            f"ImportReport {self.source}",
            f"  datasets   {self.datasets:,} new, {self.unchanged:,} here already",
            f"  schemas    {self.schemas:,} new",
        ]
        lines += [f"  lenses     {self.lenses:,} new"] if self.lenses else []
        lines += [f"  note       {note}" for note in self.notes]
        lines += [f"  skipped    {reason}" for reason in self.skipped]
        return "\n".join(lines)


def import_atdata(storage: Storage, source: Any) -> ImportReport:
    """Take over an index of the ``atdata`` package; see ``LocalIndex.import_atdata``."""
    report = _Import(storage, read_foreign(source)).run()
    for reason in report.skipped:
        warnings.warn(f"skipped {reason}", IndexWarning, stacklevel=3)
    return report


class _Import:
    """One run of an import."""

    def __init__(self, storage: Storage, foreign: Foreign) -> None:
        self._storage, self._foreign = storage, foreign
        self._notes: list[str] = []
        self._skipped: list[str] = []
        self._renamed: dict[tuple[str, str | None], str] = {}

    def run(self) -> ImportReport:
        for key, reason in self._foreign.unreadable:
            self._skip(key, reason)
        before = set(self._schema_refs())
        schemas = {ref for schema in self._foreign.schemas if (ref := self._take_schema(schema))}
        drafts = list(self._drafts())
        known = {(d.name, e.version) for d in drafts for e in self._storage.versions(d.name)}
        listed = {(entry.name, entry.version) for entry in self._storage.insert(drafts)}
        lenses = [self._take_lens(lens) for lens in self._foreign.lenses]
        return ImportReport(
            source=self._foreign.label,
            datasets=len(listed - known),
            unchanged=len(listed & known),
            schemas=len(schemas - before),
            lenses=sum(lenses),
            notes=tuple(self._notes),
            skipped=tuple(self._skipped),
        )

    def _schema_refs(self) -> Iterator[str]:
        last = ("", "")
        while block := self._storage.schemas_after(*last, _BLOCK):
            yield from (local_schema_ref(one["name"], one["version"]) for one in block)
            last = (block[-1]["name"], block[-1]["version"])

    def _skip(self, key: str, reason: str) -> None:
        self._skipped.append(f"{key}: {reason}")

    def _take_schema(self, foreign: ForeignSchema) -> str | None:
        try:
            schema = read_schema(json.loads(foreign.record))
            return self._put_schema(foreign.key, schema)
        except (AtdataError, ValueError, TypeError) as error:
            self._skip(foreign.key, str(error))
            return None

    def _put_schema(self, key: str, schema: Schema) -> str:
        try:
            return self._storage.put_schema(SchemaDraft(schema=schema, version=schema.version))
        except SchemaConflictError:
            ref = self._storage.put_schema(SchemaDraft(schema=schema))
            self._renamed[schema.name, schema.version] = ref
            name = ref.rpartition("/")[2]
            self._notes.append(f"{key} is other content here, so it became {name}")
            return ref

    def _take_lens(self, foreign: ForeignLens) -> bool:
        """Store a lens of the other package, and say whether it is new here."""
        try:
            lens = StoredLens.from_dict(json.loads(foreign.record))
            check_lens_name(lens.name)
            ends = [self._local_ref(ref) for ref in (lens.source_schema, lens.view_schema)]
            draft = LensDraft(lens=lens, source=ends[0], view=ends[1], version=lens.version)
            return self._put_lens(foreign.key, draft)
        except (AtdataError, ValueError, TypeError) as error:
            self._skip(foreign.key, str(error))
            return False

    def _put_lens(self, key: str, draft: LensDraft) -> bool:
        before = {(one["name"], one["version"]) for one in self._storage.lenses_between(None, None)}
        try:
            stored = self._storage.put_lens(draft)
        except LensConflictError:
            stored = self._storage.put_lens(replace(draft, version=None))
            name = f"{stored.name}@{stored.version}"
            self._notes.append(f"{key} is other content here, so it became {name}")
        if stored.caution:
            self._notes.append(f"{key}: {stored.caution}")
        return (stored.name, stored.version) not in before

    def _local_ref(self, ref: str) -> str:
        """Return a reference as this index spells it, so that the lens is found by it."""
        try:
            return str(parse_schema_ref(self._schema_ref(ref)))
        except SchemaError:
            return ref

    def _drafts(self) -> Iterator[Draft]:
        """Drafts in the order in which they get versions: what is current comes last."""
        entries = {entry.cid: entry for entry in self._foreign.entries}
        labels = [label for label in self._foreign.labels if self._points(label, entries)]
        named = {(label.name, label.cid) for label in labels}
        fixed = [label for label in labels if _semantic(label.version)]
        fixed.sort(key=lambda label: (label.name, Version.parse(label.version)))
        current = [label for label in labels if not _semantic(label.version)]
        current.sort(key=lambda label: (label.created_at or "", label.name, label.version))
        for label in fixed:
            yield from self._checked(label.key, label.name, entries[label.cid], label)
        for entry in self._foreign.entries:
            if (entry.name, entry.cid) not in named:
                yield from self._checked(entry.key, entry.name, entry, None)
        for label in current:
            yield from self._checked(label.key, label.name, entries[label.cid], label)

    def _points(self, label: ForeignLabel, entries: dict[str, ForeignEntry]) -> bool:
        if label.cid not in entries:
            self._skip(label.key, f"there is no entry {label.cid}")
        return label.cid in entries

    def _checked(
        self, key: str, name: str, entry: ForeignEntry, label: ForeignLabel | None
    ) -> Iterator[Draft]:
        try:
            check_name(name)
        except AtdataError as error:
            self._skip(key, str(error))
            return
        draft = Draft(
            name=name,
            schema=self._schema_ref(entry.schema_ref),
            data_urls=entry.data_urls,
            metadata=_own_spelling(entry.metadata),
            created_at=(label and label.created_at) or entry.created_at,
        )
        if label is not None:
            draft = replace(draft, description=label.description)
            draft = self._versioned(draft, label)
        yield draft

    def _versioned(self, draft: Draft, label: ForeignLabel) -> Draft:
        if not label.version:
            return draft
        if not _semantic(label.version):
            self._notes.append(f"{label.key} has no version of three numbers, so it gets one")
            return draft
        wanted = str(Version.parse(label.version))
        for listed in self._storage.versions(draft.name):
            if listed.version == wanted and not _says(listed, draft):
                self._notes.append(f"{label.key} is other content here, so it gets a new version")
                return draft
        return replace(draft, version=wanted)

    def _schema_ref(self, ref: str) -> str:
        try:
            parsed = parse_schema_ref(ref)
        except SchemaError:
            return ref
        return self._renamed.get((parsed.name, parsed.version), ref)


def _semantic(version: str) -> bool:
    try:
        Version.parse(version)
    except SchemaError:
        return False
    return True


def _own_spelling(metadata: bytes | None) -> bytes | None:
    # The same map must compare equal, whoever packed it.
    return None if metadata is None else encode_metadata(msgspec.msgpack.decode(metadata))


def _says(entry: LocalEntry, draft: Draft) -> bool:
    here = Draft.told(entry.name, metadata=entry.metadata, description=entry.description)
    here = replace(here, data_urls=tuple(entry.data_urls))
    plain = not entry.tags and entry.license is None
    return plain and fingerprint(here, entry.schema_ref) == fingerprint(draft, str(draft.schema))
