"""Promotion: one dataset on its way to the network, planned and then carried out."""

from __future__ import annotations

import hashlib
import json
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from atdata_nb.atmosphere.identity import PUBLIC_PLC
from atdata_nb.errors import (
    AtdataError,
    BlobNotFoundError,
    FlowCancelledError,
    FlowError,
    PlanBlockedError,
)
from atdata_nb.flows import rates
from atdata_nb.flows.commit import Commit, is_public, take_back_schema
from atdata_nb.flows.event import Event
from atdata_nb.flows.findings import Findings, Wish, look, material_faults
from atdata_nb.flows.hashing import hashed
from atdata_nb.flows.promotion_plan import blocked_plan, plan_of
from atdata_nb.flows.reading_back import read_back
from atdata_nb.flows.result import Result
from atdata_nb.flows.telling import Teller
from atdata_nb.flows.work import Work, journal_of

if TYPE_CHECKING:
    from atdata_nb.atmosphere.aturi import AtUri
    from atdata_nb.atmosphere.client import AtmosphereClient
    from atdata_nb.atmosphere.storage import Storage
    from atdata_nb.flows.material import Material, Parcel
    from atdata_nb.flows.place import Carried
    from atdata_nb.flows.plan import Cancel, OnEvent, Plan
    from atdata_nb.protocols import AbstractIndex
    from atdata_nb.stores import S3DataStore

# As many at once as keep a server busy, and no more: it hashes and stores what comes.
UPLOADS: Final = 3
UNDONE: Final = "run it again to go on, or roll it back"


@dataclass(frozen=True, slots=True, kw_only=True)
class Promotion:
    """One dataset, and what somebody wants of its promotion.

    Attributes:
        material: what there is.
        wish: what is wanted of it.
        client: who it is for.
        index: lists it, and keeps the journal.
        store: writes into the bucket, where that is the place.
        executor: where all shards are read and hashed before the first is sent; None: each is
            hashed while it is sent.
    """

    material: Material
    wish: Wish
    client: AtmosphereClient = field(repr=False)
    index: AbstractIndex | None = field(repr=False, default=None)
    store: S3DataStore | None = field(repr=False, default=None)
    executor: Any = field(repr=False, compare=False, default=None)

    def plan(self) -> Plan:
        """Return what it would do; nothing is written."""
        try:
            return plan_of(self, look(self.material, self.wish, self.client, self.store))
        except (AtdataError, OSError) as error:
            return blocked_plan(self, error)

    def work(self) -> Work:
        """Return what was done of it already."""
        return Work(journal_of(self.index), self._head())

    def _head(self) -> dict[str, Any]:
        material = self.material
        shards = [[one.shard, one.bytes, one.sha256 or _changed(one)] for one in material.parcels]
        return {
            "kind": "promote",
            "title": f"Promote {material.name} {material.version}",
            "entry": _ref(material.entry),
            "schema": material.schema.content_cid,
            "shards": [len(shards), _digest(shards)],
            "did": self.client.did,
            "handle": self.client.handle,
            "server": self.client.resolve(self.client.did).pds,
            "plc": self.client.plc_url,
            "bucket": None if self.store is None else self.store.bucket,
            "wish": self.wish.to_dict(),
        }

    def run(self, plan: Plan, on_event: OnEvent, cancel: Cancel | None) -> Result:
        """Carry it out, or what is left of it."""
        fresh = replace(self, material=self.material.fresh())
        return fresh.carry_out(plan, Teller(on_event, cancel, plan.bytes, UNDONE))

    def carry_out(self, plan: Plan, teller: Teller) -> Result:
        """Carry it out, with the shards as they are."""
        with self.work().owned() as work:
            try:
                return self._run(plan, teller, work)
            except PlanBlockedError as error:
                if work.is_begun:
                    work.stopped(str(error))
                else:
                    work.end()
                raise
            except FlowCancelledError:
                work.stopped("it was cancelled")
                take_back_schema(self.client, work)
                raise
            except Exception as error:
                work.stopped(str(error))
                raise
            except KeyboardInterrupt:
                work.stopped("it was interrupted")
                raise

    def _run(self, plan: Plan, teller: Teller, work: Work) -> Result:
        with teller.step("check"):
            material = self.material
            if self.executor is not None:
                material = hashed(material, self.executor, teller.check)
            found = look(material, self.wish, self.client, self.store)
            blockers = found.blockers or tuple(material_faults(self.material, remote=True))
            if blockers:
                raise PlanBlockedError("; ".join(map(str, blockers)))
        return replace(self, material=material).bring(found, plan, teller, work)

    def bring(self, found: Findings, plan: Plan, teller: Teller, work: Work) -> Result:
        """Bring everything there, after it was looked at."""
        if found.same is not None:
            return self._finish(plan, teller, work, found.same.uri, changed=False)
        storage = self._carry(found, teller, work)
        made, changed = self._publish(found, storage, teller, work)
        rates.remember(found.place.host, teller.moved, teller.elapsed)
        return self._finish(plan, teller, work, made, changed=changed)

    def _carry(self, found: Findings, teller: Teller, work: Work) -> Storage:
        parcels = self.material.parcels
        places: dict[int, tuple[Carried, ...]] = {}
        for parcel in parcels:
            there = found.place.has(parcel)
            if there is not None:
                places[parcel.number] = there
                teller.tell(Event(parcel.step, "reused", parcel.bytes or 0, parcel.bytes))

        def carry(parcel: Parcel) -> tuple[Carried, ...]:
            def watch(done: int, total: int | None) -> None:
                teller.progress(parcel.step, done, total)

            with teller.step(parcel.step, parcel.bytes):
                return found.place.carry(parcel, work, watch)

        rest = [parcel for parcel in parcels if parcel.number not in places]
        carried = teller.map(carry, rest, UPLOADS)
        places |= {parcel.number: one for parcel, one in zip(rest, carried, strict=True)}
        return found.place.storage([one for parcel in parcels for one in places[parcel.number]])

    def _publish(
        self, found: Findings, storage: Storage, teller: Teller, work: Work
    ) -> tuple[AtUri, bool]:
        commit = Commit.of(found, storage, self.client, work)
        # Only now all of it is known: what was cut on the way may be there already.
        same = found.repository.same(commit.value)
        if commit.schema is None:
            teller.tell(Event("schema", "reused", text=found.repository.schema.ref or ""))
        if same is not None:
            teller.tell(Event("record", "reused", text=str(same.uri)))
            return same.uri, False
        with ExitStack() as steps:
            if commit.schema is not None:
                steps.enter_context(teller.step("schema"))
            steps.enter_context(teller.step("record"))
            try:
                commit.send(self.client, work)
            except BlobNotFoundError:
                # Long ago uploaded and never referred to: the server has swept it away.
                for cid in work.having("blob:"):
                    work.drop(f"blob:{cid}")
                commit = Commit.of(found, self._carry(found, teller, work), self.client, work)
                commit.send(self.client, work)
        return commit.uri, True

    def _finish(
        self, plan: Plan, teller: Teller, work: Work, uri: AtUri, *, changed: bool
    ) -> Result:
        if not changed:
            for step in plan.steps:
                if step.kind not in {"check", "verify"}:
                    teller.tell(Event(step.id, "reused", step.bytes or 0, step.bytes))
        with teller.step("verify", is_too_late=True):
            entry, verdict = read_back(self.client, uri, self.wish.namespace)
        work.end()
        return Result(
            uri=str(uri),
            url=record_url(self.client, uri),
            code=self._code(str(uri)),
            changed=changed,
            bytes=teller.moved if changed else 0,
            verdict=verdict,
            entry=entry,
        )

    def _code(self, uri: str) -> str:
        there = "" if self.client.plc_url == PUBLIC_PLC else ", index=at.AtmosphereIndex(client)"
        return f'at.load_dataset("{uri}", split="train"{there})'

    def roll_back(self) -> str:
        """Take away what an unfinished run has made; return what that was, in a sentence.

        Raises:
            FlowError: the dataset is public already.
        """
        with self.work().owned() as work:
            uri = is_public(self.client, work, self.wish.namespace)
            if uri is not None:
                raise FlowError(
                    f"{uri} is public already: resume to verify it, or take it down with "
                    "AtmosphereIndex(client).delete_dataset(…)"
                )
            found = look(self.material, self.wish, self.client, self.store)
            found.place.undo(work)
            schema = take_back_schema(self.client, work)
            work.end()
        what = "the schema was deleted" if schema else "nothing of it was public"
        return f"rolled back: {what}; blobs that no record refers to go by themselves"


def record_url(client: AtmosphereClient, uri: AtUri) -> str:
    """Return where anybody can look at a record in a web browser."""
    server = client.resolve(uri.authority).pds.rstrip("/")
    asked = f"repo={uri.authority}&collection={uri.collection}&rkey={uri.rkey}"
    return f"{server}/xrpc/com.atproto.repo.getRecord?{asked}"


def _ref(entry: Any) -> str:
    """Return what an index looks an entry up by."""
    return str(getattr(entry, "uri", None) or getattr(entry, "ref", None) or entry.name)


def _changed(parcel: Parcel) -> int | None:
    """Return when a file changed last: what tells one that nobody hashed from another."""
    return None if parcel.path is None or parcel.fault else parcel.path.stat().st_mtime_ns


def _digest(shards: list[list[Any]]) -> str:
    return hashlib.blake2b(json.dumps(shards).encode(), digest_size=16).hexdigest()
