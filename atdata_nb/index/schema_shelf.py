"""SchemaShelf: the half of an index that keeps schemas."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from atdata_nb.errors import SchemaNotFoundError
from atdata_nb.index.draft import SchemaDraft
from atdata_nb.schemas import (
    Schema,
    SchemaDict,
    local_schema_ref,
    parse_schema_ref,
    schema_from_type,
    schema_to_type,
)
from atdata_nb.schemas.versions import Version

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from atdata_nb.index.storage import Storage
    from atdata_nb.protocols import Packable

_BLOCK = 500


class SchemaShelf:
    """Schemas by name and version; a stored version never changes."""

    _storage: Storage
    _where: str

    def publish_schema(
        self,
        sample_type: type | Schema,
        *,
        version: str | None = None,
        description: str | None = None,
        **unknown: Any,
    ) -> str:
        """Store the schema of a sample type; return its reference.

        A stored version never changes: the same content again gives the same reference. Other
        content without ``version`` gets the next one after the highest: *major* if old data does
        not read under it, *patch* if only words changed, else *minor* (`diff_schemas`).

        Raises:
            SchemaConflictError: that version is there with other content.
            SchemaVersionError: the version is not MAJOR.MINOR.PATCH.
            SampleTypeError: that is no sample type.
        """
        refuse(unknown, "publish_schema")
        if isinstance(sample_type, Schema):
            schema = sample_type
            if description is not None:
                schema = replace(schema, description=description)
        else:
            schema = schema_from_type(sample_type, description=description)
        return self._storage.put_schema(SchemaDraft(schema=schema, version=version))

    def get_schema(self, ref: str) -> SchemaDict:
        """Return a stored schema by reference, ``Name@version`` or ``Name`` (highest version).

        Raises:
            SchemaNotFoundError: it is not stored here.
            SchemaRefError: the reference names no schema.
        """
        name, version = _schema_key(ref)
        record = self._storage.schema(name, version)
        if record is None:
            raise SchemaNotFoundError(f"no schema {ref!r} in {self._where}")
        return _schema_dict(record)

    @property
    def schemas(self) -> Iterator[SchemaDict]:
        """All schemas by name and version, read block by block as they are asked for."""
        last = ("", "")
        while block := self._storage.schemas_after(*last, _BLOCK):
            yield from map(_schema_dict, block)
            last = (block[-1]["name"], block[-1]["version"])

    # Any, as a list[SchemaDict] is no list[dict] to a type checker.
    def list_schemas(self) -> list[Any]:
        """Return all schemas."""
        return list(self.schemas)

    def decode_schema(self, ref: str) -> type[Packable]:
        """Build the sample type of a stored schema.

        Raises:
            SchemaNotFoundError: it is not stored here.
            SchemaError: no type can be built from it.
        """
        return cast("type[Packable]", schema_to_type(self.get_schema(ref)))


def refuse(unknown: Mapping[str, Any], what: str) -> None:
    """Raise TypeError if there are arguments that nothing takes."""
    # The protocol lets every index take more arguments; a misspelled one must not pass unseen.
    if unknown:
        raise TypeError(f"{what} takes no {', '.join(unknown)}")


def _schema_key(ref: str) -> tuple[str, str | None]:
    if "/" not in ref:
        name, _, version = ref.partition("@")
        return name, str(Version.parse(version)) if version else None
    parsed = parse_schema_ref(ref)
    # The network's records have no version, and none of them is stored under its own URI.
    return (parsed.name, parsed.version) if parsed.kind == "local" else (ref, "")


def _schema_dict(record: Mapping[str, Any]) -> SchemaDict:
    return SchemaDict({**record, "$ref": local_schema_ref(record["name"], record["version"])})
