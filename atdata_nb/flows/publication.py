"""Publication: samples on their way into an index of this machine or team."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from atdata_nb.amounts import counted, size
from atdata_nb.dataset import Dataset
from atdata_nb.errors import AtdataError, IndexError_
from atdata_nb.flows.findings import name_faults
from atdata_nb.flows.plan import Note, Plan, Public, Step
from atdata_nb.flows.privacy import personal_fields, public_part, text_notes
from atdata_nb.flows.result import Result
from atdata_nb.flows.telling import Teller
from atdata_nb.index.draft import encode_metadata
from atdata_nb.schemas import SchemaDict, from_any
from atdata_nb.schemas.versions import Version

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from atdata_nb.flows.findings import OnExisting
    from atdata_nb.flows.given import Given
    from atdata_nb.flows.plan import Cancel, OnEvent
    from atdata_nb.protocols import AbstractIndex, IndexEntry
    from atdata_nb.schemas import Schema

# What this machine writes, roughly: packing costs more than the disk.
_RATE: Final = 80e6
_UNDONE: Final = "nothing of it was kept, run again it begins anew"


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """Samples, and what somebody wants of their publication.

    Attributes:
        given: the samples.
        index: where they will be listed.
        name: what under.
        copy: whether shards that are there already are copied into the index's store.
    """

    given: Given
    index: AbstractIndex = field(repr=False)
    name: str
    version: str | None = None
    description: str | None = None
    tags: tuple[str, ...] = ()
    license: str | None = None
    metadata: dict[str, Any] | None = None
    on_existing: OnExisting = "new version"
    copy: bool = True
    options: dict[str, Any] = field(default_factory=dict)

    def with_schema(self, schema: Schema, renames: Mapping[str, str] | None = None) -> Publication:
        """Return it with another schema, which the samples are made to fit."""
        return replace(self, given=self.given.as_schema(schema, renames), copy=True)

    @property
    def schema(self) -> Schema:
        """The schema of the samples."""
        return self.given.schema

    def plan(self) -> Plan:
        """Return what it would do; nothing is written."""
        given, there = self.given, self._there()
        version = self._version(there)
        return Plan(
            kind="publish",
            title=f"Publish {self.name} {version}",
            confirm=self._confirm(),
            steps=self._steps(version),
            public=Public(
                facts=tuple(self._facts(version)),
                fields=tuple(item.name for item in given.schema.fields),
                record=self._record(version),
            ),
            warnings=tuple(self._warnings(there, version)),
            blockers=tuple(self._blockers(there)),
            bytes=given.bytes if self._is_copied else 0,
            seconds=None if given.bytes is None else 0.2 + given.bytes / _RATE,
            action=self,
        )

    @property
    def _is_copied(self) -> bool:
        return self.copy or self.given.where != "shards"

    def _there(self) -> list[Any]:
        """Return what is listed under the name already, the highest version last."""
        try:
            if hasattr(self.index, "versions"):
                return list(self.index.versions(self.name))
            return [self.index.get_dataset(self.name)]
        except KeyError:
            return []

    def _version(self, there: list[Any]) -> str:
        if self.version is not None or not there:
            return self.version or "1.0.0"
        known = getattr(there[-1], "version", "1.0.0")
        return f"{Version.parse(known).bump('minor')} (or {known}, if it is the same)"

    def _amount(self) -> str:
        given = self.given
        told = "the samples" if given.count is None else counted(given.count, "sample")
        return told if given.bytes is None else f"{told}, about {size(given.bytes)}"

    def _confirm(self) -> str:
        verb = "Write" if self._is_copied else "List"
        return f"{verb} {self._amount()}, as {self.name} on this machine"

    def _steps(self, version: str) -> tuple[Step, ...]:
        given = self.given
        reused = self._schema_there()
        schema = f"Schema {given.schema.name} {given.schema.version}"
        write = Step("write", "write", "Write the samples", self._amount(), given.bytes)
        if not self._is_copied:
            shards = given.samples.list_shards() if isinstance(given.samples, Dataset) else []
            where = f"{counted(len(shards), 'shard')} stay where they are"
            write = Step("write", "write", "Look at the shards", where, given.bytes)
        return (
            Step("check", "check", "Check everything before anything is written"),
            Step("schema", "schema", schema, reused or "new", reused=bool(reused)),
            write,
            Step("record", "record", f"List {self.name} {version}"),
        )

    def _schema_there(self) -> str:
        schema = self.given.schema
        try:
            found = self.index.get_schema(schema.name)
            same = from_any(found)[0].content_cid == schema.content_cid
        except (AtdataError, KeyError):
            return ""
        return f"there already, reused: version {found['version']}" if same else ""

    def _facts(self, version: str) -> Iterator[tuple[str, str]]:
        names = ", ".join(item.name for item in self.given.schema.fields)
        count = "" if self.given.count is None else f"{self.given.count:,}, "
        told = {
            "name": f"{self.name}, version {version}",
            "samples": f"{count}all fields: {names}",
            "description": self.description or "",
            "license": self.license or "",
            "tags": ", ".join(self.tags),
            "metadata": ", ".join(self.metadata or {}),
            "seen by": "who may read this index; nothing goes to the network",
        }
        yield from ((word, text) for word, text in told.items() if text)

    def _record(self, version: str) -> dict[str, Any]:
        told = {
            "name": self.name,
            "version": version,
            "schema": dict(SchemaDict.of(self.given.schema)),
            "description": self.description,
            "tags": list(self.tags),
            "license": self.license,
        }
        return {key: fact for key, fact in told.items() if fact}

    def _warnings(self, there: list[Any], version: str) -> Iterator[Note]:
        yield from text_notes(self.description, self.license)
        fields = personal_fields(self.given.schema)
        if fields:
            yield Note(
                "personal",
                f"these fields look personal: {', '.join(fields)}",
                "leave them out with plan.with_schema(…), or be sure that you may keep them",
            )
        _, paths = public_part(self.metadata)
        if paths:
            yield Note(
                "metadata",
                f"in the metadata: {'; '.join(paths)}",
                "nothing to do: it stays here, and is left out if the dataset is promoted",
            )
        if there and self.on_existing == "replace":
            yield Note(
                "exists",
                f"{self.name} is listed already, in {counted(len(there), 'version')}: they are "
                "forgotten once this one is written",
                "on_existing='new version' keeps them",
            )
        elif there and self.on_existing == "new version":
            yield Note(
                "exists",
                f"{self.name} is listed already; this becomes version {version}",
                "on_existing='replace' forgets what was there",
            )

    def _blockers(self, there: list[Any]) -> Iterator[Note]:
        yield from name_faults(self.name)
        if self.given.count == 0:
            yield Note("samples", "there are no samples", "give at least one")
        if there and self.on_existing == "stop":
            yield Note(
                "exists",
                f"{self.name} is listed already",
                "choose another name, or on_existing='new version' or 'replace'",
            )
        if self._is_copied and not hasattr(self.index, "write_samples"):
            yield Note(
                "index",
                f"{type(self.index).__name__} takes no samples",
                "publish into a LocalIndex, and promote from there",
            )
        try:
            encode_metadata(self.metadata)
            if self.version is not None:
                Version.parse(self.version)
        except AtdataError as error:
            yield Note("metadata" if "metadata" in str(error) else "version", str(error))

    def run(
        self,
        plan: Plan,  # noqa: ARG002 - an action's signature; what was planned is looked at anew
        on_event: OnEvent,
        cancel: Cancel | None,
    ) -> Result:
        """Write the samples and list them; nothing is left if that fails or is cancelled."""
        teller = Teller(on_event, cancel, self.given.count, _UNDONE)
        with teller.step("check"):
            fresh = self.plan()
            fresh.check()
        before = {getattr(one, "version", None) for one in self._there()}
        with teller.step("schema"):
            pass
        with teller.step("write", self.given.count):
            entry = self._write(teller)
        changed = getattr(entry, "version", None) not in before
        with teller.step("record", is_too_late=True):
            if self.on_existing == "replace":
                self._forget(entry)
        return self._result(entry, changed=changed)

    def _write(self, teller: Teller) -> IndexEntry:
        index: Any = self.index
        words: dict[str, Any] = {
            "name": self.name,
            "metadata": self.metadata,
            "description": self.description,
            "tags": self.tags,
            "license": self.license,
        }
        if self.version is not None:
            words["version"] = self.version
        if not self._is_copied:
            found: IndexEntry = index.insert_dataset(self.given.samples, **words)
            return found

        def progress(done: int) -> None:
            teller.progress("write", done, self.given.count)

        samples = self.given.samples
        kind = None if isinstance(samples, Dataset) else self.given.sample_type
        written: IndexEntry = index.write_samples(
            samples, sample_type=kind, progress=progress, **words, **self.options
        )
        return written

    def _forget(self, entry: IndexEntry) -> None:
        for one in self._there():
            if one.version != getattr(entry, "version", None):
                remove: Any = getattr(self.index, "remove", None)
                if remove is None:
                    raise IndexError_(f"{type(self.index).__name__} can't forget {one.name}")
                remove(f"{one.name}@{one.version}", delete_shards=True)

    def _result(self, entry: IndexEntry, *, changed: bool) -> Result:
        ref = getattr(entry, "ref", entry.name)
        return Result(
            uri=ref,
            url="",
            code=f'index.get_dataset("{ref}").dataset()',
            changed=changed,
            bytes=(getattr(entry, "bytes", None) or 0) if changed else 0,
            entry=entry,
        )
