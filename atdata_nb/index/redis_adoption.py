"""Adoption: what another package has written into the same Redis becomes part of the index.

The published package has no hook to be told by, and writes the same keys. Each hash of ours bears
a mark made from what it says, so a walk through the keys finds, inside the server, those that
somebody else wrote or wrote over. How many keys there are tells without a walk that one is due.
"""

from __future__ import annotations

import hashlib
import json
import time
import warnings
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import msgspec

from atdata_nb.errors import AtdataError, IndexConflictError, IndexWarning
from atdata_nb.index.draft import FIRST_VERSION, Draft, check_name, encode_metadata, split_ref
from atdata_nb.index.foreign import Foreign
from atdata_nb.index.redis_listing import STATE, insert
from atdata_nb.index.redis_plan import Plan
from atdata_nb.index.redis_records import Kind, readable
from atdata_nb.index.redis_rows import from_frame
from atdata_nb.index.redis_schemas import content_of, content_of_lens
from atdata_nb.schemas.versions import Version

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from atdata_nb.index.entry import LocalEntry
    from atdata_nb.index.foreign import ForeignEntry, ForeignLabel
    from atdata_nb.index.redis_server import RedisServer

_ENTRY: Final = "LocalDatasetEntry"
_LABEL: Final = "Label"
_SCHEMA: Final = Kind.SCHEMA.value
_LENS: Final = Kind.LENS.value
_SCANNED: Final = 1_000
_BLOCK: Final = 500
# A program that shares the database and makes keys all the time must not keep us walking.
_PATIENCE: Final = 3
_REST: Final = 50


class Adoption:
    """Finds what is not of this index in its database, and takes it in."""

    def __init__(self, server: RedisServer) -> None:
        self._server = server
        self._warned: set[str] = set()
        self._fruitless = 0
        self._next = 0.0

    @property
    def is_due(self) -> bool:
        """Whether a walk is worth its time, where the number of keys says that one is needed."""
        return self._fruitless < _PATIENCE or time.monotonic() >= self._next

    def run(self) -> int:
        """Walk through all keys and take in what is new; return how many keys were."""
        start = time.monotonic()
        size, grown = self._server.run_together(
            [("DBSIZE",), ("HGET", STATE, "grown")], atomic=True
        )
        unknown = self._unknown()
        run = _Run(self._server, unknown)
        run.take_in()
        with self._server.errors():
            # What we write meanwhile counts in ``grown``; what others write shows next time.
            self._server.client.hset(STATE, "base", size - int(grown or 0))
        taken = sum(map(len, unknown.values())) - len(run.skipped)
        self._fruitless = 0 if taken else self._fruitless + 1
        self._next = time.monotonic() + _REST * (time.monotonic() - start)
        self._warn(run.skipped)
        return taken

    def _unknown(self) -> dict[str, list[str]]:
        # SCAN may return a key twice, and in no order.
        found: set[bytes] = set()
        cursor: Any = 0
        while True:
            cursor, keys = self._server.run("scan", cursor, _SCANNED)
            found.update(keys)
            if int(cursor) == 0:
                break
        kinds: dict[str, list[str]] = {_SCHEMA: [], _LENS: [], _LABEL: [], _ENTRY: []}
        for key in sorted(found):
            text = key.decode("utf-8", "surrogateescape")
            kinds[text.partition(":")[0]].append(text)
        return kinds

    def _warn(self, skipped: dict[str, str]) -> None:
        for key, reason in skipped.items():
            if key not in self._warned:
                self._warned.add(key)
                shown = key.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
                text = f"{shown} in {self._server.label} is left out: {reason}"
                warnings.warn(text, IndexWarning, stacklevel=2)


class _Run:
    """One time of taking in."""

    def __init__(self, server: RedisServer, unknown: dict[str, list[str]]) -> None:
        self._server, self._unknown = server, unknown
        self.skipped: dict[str, str] = {}
        self._taken: dict[str, LocalEntry] = {}

    def take_in(self) -> None:
        plan = Plan()
        for key, record in self._values(self._unknown[_SCHEMA] + self._unknown[_LENS], "GET"):
            self._take_record(plan, key, record)
        plan.commit(self._server)
        foreign = self._read()
        entries = {entry.cid: entry for entry in foreign.entries}
        self._take_entries(foreign, entries)
        self._take_labels(foreign.labels, entries)
        plan = Plan()
        self._mark_entries(plan, entries)
        self._mark_labels(plan, foreign.labels)
        plan.commit(self._server)

    def _read(self) -> Foreign:
        foreign = Foreign(self._server.label)
        for key, facts in self._values(self._unknown[_LABEL], "HGETALL"):
            foreign.add_label(key, facts)
        pointed_at = {f"{_ENTRY}:{label.cid}" for label in foreign.labels}
        keys = sorted(pointed_at.union(self._unknown[_ENTRY]))
        for key, facts in self._values(keys, "HGETALL"):
            foreign.add_entry(key, {**facts, "cid": key.partition(":")[2]})
        self.skipped.update(foreign.unreadable)
        return foreign

    def _take_record(self, plan: Plan, key: str, record: bytes) -> None:
        kind = Kind(key.partition(":")[0])
        raw, _, version = key.partition(":")[2].rpartition("@")
        # Schemas of the oldest releases have their module in front of the name.
        name = raw.rpartition(".")[2] if kind is Kind.SCHEMA else raw
        said = json.dumps({**readable(record), "name": name, "version": version}).encode()
        try:
            Version.parse(version)
        except AtdataError as error:
            self.skipped[key] = str(error)
            return
        if not (content_of(said) if kind is Kind.SCHEMA else content_of_lens(said)):
            self.skipped[key] = "its text cannot be read"
            return
        if raw != name:
            plan.do("SET", kind.key(name, version), said, "NX")
        plan.set_score(kind.members, f"{name}\0{version}", 0)

    def _take_entries(self, foreign: Foreign, entries: Mapping[str, ForeignEntry]) -> None:
        # A label says the same name again, and may say more.
        named = {(label.name, label.cid) for label in foreign.labels}
        unknown = set(self._unknown[_ENTRY])
        self._list(
            [
                (entry.key, _draft(entry.name, entry))
                for entry in entries.values()
                if entry.key in unknown and (entry.name, entry.cid) not in named
            ]
        )

    def _take_labels(
        self, labels: Sequence[ForeignLabel], entries: Mapping[str, ForeignEntry]
    ) -> None:
        drafts: list[tuple[str, Draft]] = []
        for label in sorted(labels, key=_by_version):
            entry = entries.get(label.cid)
            if entry is None:
                self.skipped[label.key] = f"there is no entry {label.cid}"
                continue
            draft = replace(_draft(label.name, entry), description=label.description)
            drafts.append((label.key, replace(draft, version=_semantic(label.version))))
        self._list(drafts)

    def _list(self, drafts: Sequence[tuple[str, Draft]]) -> None:
        fit = [(key, draft) for key, draft in drafts if self._is_fit(key, draft)]
        for start in range(0, len(fit), _BLOCK):
            block = fit[start : start + _BLOCK]
            try:
                listed = insert(self._server, [draft for _, draft in block])
            except IndexConflictError:
                # One whose version is taken must not keep out the others.
                for key, draft in block:
                    self._taken[key] = self._list_one(draft)
            else:
                self._taken.update(zip((key for key, _ in block), listed, strict=True))

    def _list_one(self, draft: Draft) -> LocalEntry:
        try:
            return insert(self._server, [draft])[0]
        except IndexConflictError:
            return insert(self._server, [replace(draft, version=None)])[0]

    def _is_fit(self, key: str, draft: Draft) -> bool:
        # An older version is shown to the other package as name@version, which is no new name.
        name, version = split_ref(draft.name)
        if version is not None:
            for row in self._server.run("read", "version", name, str(version))[1]:
                entry = from_frame(row)
                if entry.data_urls == list(draft.data_urls):
                    self._taken[key] = entry
                    return False
        try:
            check_name(draft.name)
        except AtdataError as error:
            self.skipped[key] = str(error)
        return key not in self.skipped

    def _mark_entries(self, plan: Plan, entries: Mapping[str, ForeignEntry]) -> None:
        listed = {entry.cid for entry in self._taken.values()}
        for key in self._unknown[_ENTRY]:
            cid = key.partition(":")[2]
            if cid in listed:
                plan.cids[cid] = None
            elif key in self._taken:
                # Listed under the CID that its content has; the other hash stays as it is.
                self._mark(plan, key, "name", "schema_ref", "data_urls", "metadata")
            elif cid in entries:
                self.skipped.setdefault(key, "its label could not be taken in")

    def _mark_labels(self, plan: Plan, labels: Sequence[ForeignLabel]) -> None:
        for label in labels:
            if label.key not in self._taken:
                continue
            if label.key == f"{_LABEL}:{label.name}@":
                plan.names[label.name] = None
            else:
                self._mark(plan, label.key, "name", "cid", "version", "description")

    def _mark(self, plan: Plan, key: str, *fields: str) -> None:
        with self._server.errors():
            said = self._server.client.hmget(key, fields)
        joined = b"\0".join(part or b"" for part in said)
        digest = hashlib.sha1(joined, usedforsecurity=False).hexdigest()
        plan.do("HSET", key, "atdata_nb", digest)

    def _values(self, keys: Sequence[str], command: str) -> Iterator[tuple[str, Any]]:
        for start in range(0, len(keys), _BLOCK):
            block = keys[start : start + _BLOCK]
            with self._server.errors(), self._server.client.pipeline(transaction=False) as asked:
                for key in block:
                    asked.execute_command(command, key.encode("utf-8", "surrogateescape"))
                # A key of another type must not hide all the others.
                values = asked.execute(raise_on_error=False)
            for key, value in zip(block, values, strict=True):
                if isinstance(value, Exception):
                    self.skipped[key] = str(value)
                elif value and command == "HGETALL":
                    yield key, {name.decode("utf-8", "replace"): p for name, p in value.items()}
                elif value:
                    yield key, value


def _draft(name: str, entry: ForeignEntry) -> Draft:
    said = None if entry.metadata is None else msgspec.msgpack.decode(entry.metadata)
    return Draft(
        name=name,
        schema=entry.schema_ref,
        data_urls=entry.data_urls,
        # The same map must compare equal, whoever packed it.
        metadata=encode_metadata(said),
    )


def _by_version(label: ForeignLabel) -> tuple[bool, Version, str, str]:
    # What has no version is what is current, so it comes last.
    version = _semantic(label.version)
    ordered = Version.parse(version) if version else FIRST_VERSION
    return version is None, ordered, label.name, label.key


def _semantic(version: str) -> str | None:
    try:
        return str(Version.parse(version))
    except AtdataError:
        return None
