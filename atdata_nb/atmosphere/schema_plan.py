"""SchemaPlan: what publishing a schema comes to, found before anything is written."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from atdata_nb.atmosphere.storage import FOUNDATION
from atdata_nb.errors import SchemaConflictError, SchemaError
from atdata_nb.schemas import from_any, to_json_schema, to_sample_schema
from atdata_nb.schemas.versions import Version

if TYPE_CHECKING:
    from atdata_nb.atmosphere.client import AtmosphereClient
    from atdata_nb.atmosphere.records import Namespace
    from atdata_nb.schemas import Schema
    from atdata_nb.schemas.model import Loss


@dataclass(frozen=True, slots=True)
class SchemaPlan:
    """What publishing a schema comes to.

    Attributes:
        name: of the schema.
        version: that it has there, or will get.
        ref: address of the record that says the same; None where there is none yet.
        record: the record, without the time at which it is made.
        losses: what the namespace can't carry.
    """

    name: str
    version: str
    ref: str | None
    record: dict[str, Any]
    losses: tuple[Loss, ...]

    @classmethod
    def of(
        cls,
        schema: Schema,
        client: AtmosphereClient,
        space: Namespace,
        *,
        repo: str | None = None,
        version: str | None = None,
    ) -> SchemaPlan:
        """Look for the schema among those that a repository has.

        A published version never changes: the same content again is what is there already; other
        content without ``version`` gets its own if that comes after all there are, or the next.

        Raises:
            SchemaConflictError: that version is there with other content.
        """
        write = to_sample_schema if space.name == FOUNDATION else to_json_schema
        # What a record can't carry is not what it is compared by.
        record, losses = write(replace(schema, created_at=None, ref=None))
        content = from_any(record)[0].content_cid
        known = _published(client, space, repo, schema.name)
        for there in reversed(known):
            same = there.content_cid == content
            if same and (version is None or there.version == version):
                return cls(schema.name, there.version, str(there.ref), record, losses)
            if not same and there.version == version:
                raise SchemaConflictError(
                    f"{schema.name}@{version} is published already with other content: leave "
                    "version= out to get the next one"
                )
        chosen = str(Version.parse(version or _next(schema, known)))
        return cls(schema.name, chosen, None, record | {"version": chosen}, losses)


def _published(
    client: AtmosphereClient, space: Namespace, repo: str | None, name: str
) -> list[Schema]:
    found = []
    for record in client.list_records(space.schema, repo=repo):
        if record.value.get("name") == name:
            try:
                schema, _ = from_any(record.value)
            except SchemaError:
                continue
            found.append(replace(schema, ref=str(record.uri)))
    return sorted(found, key=lambda schema: Version.parse(schema.version))


def _next(schema: Schema, known: list[Schema]) -> str:
    highest = max((Version.parse(there.version) for there in known), default=None)
    if highest is None or Version.parse(schema.version) > highest:
        return schema.version
    return str(highest.bump("minor"))
