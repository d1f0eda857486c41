"""SchemaShelf: the half of an index that keeps schemas."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar, cast

from atdata_nb.errors import SchemaError, SchemaNotFoundError
from atdata_nb.index.draft import SchemaDraft
from atdata_nb.index.type_namespace import TypeNamespace
from atdata_nb.schemas import (
    Schema,
    SchemaDict,
    diff_schemas,
    local_schema_ref,
    parse_schema_ref,
    schema_from_type,
    schema_to_type,
)
from atdata_nb.schemas.changes import WORDS
from atdata_nb.schemas.versions import Version

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from atdata_nb.index.storage import Storage
    from atdata_nb.protocols import Packable
    from atdata_nb.schemas import SchemaDiff

T = TypeVar("T")

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

    def schema_versions(self, name: str) -> list[str]:
        """Return the references of all versions of a schema, the highest last."""
        found = [version for _, version, _ in self._storage.schema_versions(name)]
        return [local_schema_ref(name, each) for each in sorted(found, key=Version.parse)]

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

    def decode_schema_as(self, ref: str, sample_type: type[T]) -> type[T]:
        """Return a sample type of your own, once it is checked to be that of a stored schema.

        Fields, their order, types, dtypes, shapes and defaults have to be the same; names of the
        types and descriptions need not.

        Raises:
            SchemaNotFoundError: it is not stored here.
            SchemaError: the type is another; the message lists the differences.
            SampleTypeError: that is no sample type.
        """
        stored = self.get_schema(ref)
        diff = diff_schemas(stored, schema_from_type(sample_type))
        differences = list(_differences(diff))
        if differences:
            raise SchemaError(
                f"{sample_type.__qualname__} is not {stored['name']} {stored['version']}: "
                + "; ".join(differences)
            )
        return sample_type

    @property
    def types(self) -> TypeNamespace:
        """Sample types of all schemas: ``index.types.Digit``, ``index.types.Digit_1_0_0``."""
        return TypeNamespace(self)

    def write_stubs(self, folder: str | os.PathLike[str]) -> list[Path]:
        """Write ``.pyi`` files for all schemas, so that editors and type checkers know them.

        In a folder ``stubs`` beside your code, ``from stubs import Digit`` is the type of the
        newest version, ``from stubs.Digit_1_0_0 import Digit`` that of one; such lines stand below
        ``if TYPE_CHECKING:``, as there is nothing to run in these files. Writing them again
        changes only what is not as it should be; nothing is removed.

        Args:
            folder: where to write; it is made if it is not there.

        Returns:
            The paths of all files, ``__init__.pyi`` first.

        Raises:
            UnsafePathError: a file that this package did not write is in the way.
            IndexAccessError: the folder cannot be written.
        """
        from atdata_nb.index.stub_folder import write_stubs

        return write_stubs([stored.schema for stored in self.schemas], folder)


def refuse(unknown: Mapping[str, Any], what: str) -> None:
    """Raise TypeError if there are arguments that nothing takes."""
    # The protocol lets every index take more arguments; a misspelled one must not pass unseen.
    if unknown:
        raise TypeError(f"{what} takes no {', '.join(unknown)}")


def _differences(diff: SchemaDiff) -> Iterator[str]:
    yield from (f"it lacks {field.name}" for field in diff.removed)
    yield from (f"it has {field.name} besides" for field in diff.added)
    yield from (f"{pair.old.name} is called {pair.new.name}" for pair in diff.renamed)
    for change in diff.changes:
        if change.what not in WORDS and (change.field or change.what != "name"):
            yield str(change)


def _schema_key(ref: str) -> tuple[str, str | None]:
    if "/" not in ref:
        name, _, version = ref.partition("@")
        return name, str(Version.parse(version)) if version else None
    parsed = parse_schema_ref(ref)
    # The network's records have no version, and none of them is stored under its own URI.
    return (parsed.name, parsed.version) if parsed.kind == "local" else (ref, "")


def _schema_dict(record: Mapping[str, Any]) -> SchemaDict:
    return SchemaDict({**record, "$ref": local_schema_ref(record["name"], record["version"])})
