"""Promotion plan: what was found, put into the words of a plan."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from atdata_nb.amounts import counted, size
from atdata_nb.atmosphere.records import namespace_of
from atdata_nb.errors import (
    IdentityError,
    LoginError,
    MissingExtraError,
    RecordError,
    RemoteError,
    SchemaError,
    UnreachableError,
)
from atdata_nb.flows.blob_place import UNKNOWN
from atdata_nb.flows.findings import draft_of, material_faults
from atdata_nb.flows.plan import Note, Plan, Public, Step
from atdata_nb.flows.rates import seconds_for

if TYPE_CHECKING:
    from atdata_nb.atmosphere.records import DatasetRecord
    from atdata_nb.flows.findings import Findings
    from atdata_nb.flows.material import Material
    from atdata_nb.flows.promotion import Promotion

# Stands for what only the run can know.
OPEN: Final = "…"


def plan_of(promotion: Promotion, found: Findings) -> Plan:
    """Return what a promotion would do."""
    material, client = promotion.material, promotion.client
    record = _record(promotion, found)
    is_done = found.same is not None
    moved = 0 if is_done else found.survey.moved
    name, version = found.draft.name, found.version
    return Plan(
        kind="promote",
        title=f"Promote {name} {version}",
        confirm=_confirm(material, found, client.handle),
        steps=_steps(found, len(json.dumps(record).encode())),
        public=Public(
            facts=_facts(material, found, f"{client.handle} ({client.did})"),
            urls=found.survey.urls,
            fields=tuple(item.name for item in material.schema.fields),
            left_out=found.left_out,
            record=record,
        ),
        warnings=found.warnings,
        blockers=found.blockers,
        bytes=moved,
        seconds=seconds_for(moved, found.place.host),
        action=promotion,
    )


def _confirm(material: Material, found: Findings, handle: str) -> str:
    if found.same is not None:
        return f"Nothing to do: it is public already, as {found.same.uri}"
    amount = counted(len(material.parcels), "shard")
    if material.bytes is not None:
        amount += f", {size(material.bytes)}"
    return f"Publish {amount}, publicly as {handle}"


def _steps(found: Findings, record_size: int) -> tuple[Step, ...]:
    schema, same = found.repository.schema, found.same
    shards = found.survey.steps
    if same is not None:
        shards = tuple(
            replace(step, reused=True, detail="already public, reused") for step in shards
        )
    return (
        Step("check", "check", "Check everything before anything is sent"),
        *shards,
        Step(
            "schema",
            "schema",
            f"Schema {schema.name} {schema.version}",
            f"already public, reused: {schema.ref}"
            if schema.ref
            else "new, at once with the record",
            reused=schema.ref is not None,
        ),
        Step(
            "record",
            "record",
            f"Dataset record {found.draft.name} {found.version}",
            f"already public: {same.uri}" if same else "written last",
            record_size,
            reused=same is not None,
        ),
        Step("verify", "verify", "Read back and verify"),
    )


def _facts(material: Material, found: Findings, who: str) -> tuple[tuple[str, str], ...]:
    draft = found.draft
    names = ", ".join(item.name for item in material.schema.fields)
    samples = "" if material.samples is None else f"{material.samples:,}, "
    shards = counted(len(material.parcels), "shard")
    if material.bytes is not None:
        shards += f", {size(material.bytes)}"
    links = counted(len(found.survey.urls), "link") if found.survey.urls else ""
    told = {
        "account": who,
        "name": f"{draft.name}, version {found.version}",
        "samples": f"{samples}all fields: {names}",
        "shards": f"{shards}, {found.place.words}",
        "manifests": found.survey.beside,
        "description": draft.description or "",
        "license": draft.license or "",
        "tags": ", ".join(draft.tags),
        "metadata": ", ".join(draft.metadata or {}),
        "links": links or "none outside your server",
    }
    return tuple((word, text) for word, text in told.items() if text)


def _record(promotion: Promotion, found: Findings) -> dict[str, Any]:
    """Return the record as it will be; what only the run can know stands there as ``…``."""
    if found.same is not None:
        return found.same.value
    space = namespace_of(promotion.wish.namespace)
    ref = found.draft.schema_ref or f"at://{promotion.client.did}/{space.schema}/{OPEN}"
    value = _shown(found.draft, space.name)
    return value | {"schemaRef": ref, "createdAt": OPEN}


def _shown(draft: DatasetRecord, namespace: str) -> dict[str, Any]:
    stand_in = "at://did:plc:aaaaaaaaaaaaaaaaaaaaaaaa/a.b.c/x"
    try:
        record = replace(
            draft, schema_ref=stand_in, created_at="1970-01-01T00:00:00.000Z"
        ).to_record(namespace)
    except RecordError:
        # What speaks against it is among the blockers.
        record = {"name": draft.name, "description": draft.description, "license": draft.license}
    text = json.dumps(record).replace(UNKNOWN, OPEN)
    told: dict[str, Any] = json.loads(text)
    return told


_REMEDIES: Final[tuple[tuple[type[Exception], str, str], ...]] = (
    (LoginError, "login", "log in: client.login(handle, app_password), then plan again"),
    (IdentityError, "login", "check the handle, then log in again"),
    (UnreachableError, "network", "check the connection, then plan again"),
    (RemoteError, "bucket", "check bucket and credentials, then plan again"),
    (MissingExtraError, "install", "install it, then plan again"),
    (SchemaError, "schema", "publish it under another version"),
)


def blocked_plan(promotion: Promotion, error: Exception) -> Plan:
    """Return a plan that says why nothing could be found out."""
    material = promotion.material
    kind, remedy = next(
        ((kind, remedy) for cls, kind, remedy in _REMEDIES if isinstance(error, cls)),
        ("network", "see what it says, then plan again"),
    )
    return without_network(material, promotion, Note(kind, str(error), remedy))


def without_network(material: Material, promotion: Promotion, reason: Note) -> Plan:
    """Return what is known of a promotion without asking anybody."""
    draft, left_out = draft_of(material, promotion.wish)
    facts = {
        "name": draft.name,
        "description": draft.description or "",
        "license": draft.license or "",
        "tags": ", ".join(draft.tags),
    }
    return Plan(
        kind="promote",
        title=f"Promote {draft.name} {promotion.wish.version or material.version}",
        confirm=f"Can't be done yet: {reason.text}",
        steps=(),
        public=Public(
            facts=tuple((word, text) for word, text in facts.items() if text),
            fields=tuple(item.name for item in material.schema.fields),
            left_out=left_out,
        ),
        blockers=(reason, *material_faults(material)),
        bytes=material.bytes,
        action=promotion,
    )
