"""TypeNamespace: the sample types of an index's schemas, by name and with completion."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from atdata_nb.errors import SchemaError, SchemaNotFoundError, SchemaTypeNotFoundError
from atdata_nb.schemas.versions import Version

if TYPE_CHECKING:
    from atdata_nb.index.schema_shelf import SchemaShelf

_VERSIONED: Final = re.compile(r"(?P<name>.+)_(?P<version>\d+_\d+_\d+)")
_SHOWN: Final = 10


class TypeNamespace(Mapping[str, type[Any]]):
    """Sample types built from the schemas of an index.

    ``types.Digit`` is the newest version's, ``types.Digit_1_0_0`` one version's. As a mapping it
    has the names of schemas; ``types["Digit@1.0.0"]`` and references are found too. A schema
    called like a method of this class is found only so: ``types["items"]``.

    Example:
        >>> import tempfile
        >>> import atdata_nb as at
        >>> @at.packable
        ... class Digit:
        ...     label: int
        >>> home = tempfile.TemporaryDirectory()
        >>> index = at.LocalIndex(home.name)
        >>> ref = index.publish_schema(Digit)
        >>> index.types.Digit(label=3)
        Digit(label=3)
        >>> index.types.Digit is index.types.Digit_1_0_0 is index.types["Digit@1.0.0"]
        True
        >>> index.close(); home.cleanup()
    """

    __slots__ = ("_index",)

    def __init__(self, index: SchemaShelf) -> None:
        self._index = index

    def __getitem__(self, ref: str) -> type[Any]:
        try:
            return self._index.decode_schema(ref)
        except SchemaNotFoundError:
            raise
        except SchemaError as error:
            # A text that is no reference names nothing here; a schema that can't be built is one.
            if self._has(ref):
                raise
            raise SchemaNotFoundError(str(error)) from error

    def __getattr__(self, name: str) -> type[Any]:
        # What Python and IPython ask every object for is no schema.
        if not name.startswith("__"):
            match = _VERSIONED.fullmatch(name)
            if self._has(name):
                return self[name]
            if match and self._has(ref := f"{match['name']}@{match['version'].replace('_', '.')}"):
                return self[ref]
        raise SchemaTypeNotFoundError(f"no schema {name!r} here; dir(index.types) lists all")

    def __iter__(self) -> Iterator[str]:
        return iter(self._versions())

    def __len__(self) -> int:
        return len(self._versions())

    def __contains__(self, ref: object) -> bool:
        return isinstance(ref, str) and self._has(ref)

    def __dir__(self) -> list[str]:
        versions = self._versions()
        marked = [
            f"{name}_{str(version).replace('.', '_')}"
            for name, known in versions.items()
            for version in known
        ]
        return sorted({*super().__dir__(), *versions, *marked})

    def _ipython_key_completions_(self) -> list[str]:
        versions = self._versions()
        marked = [f"{name}@{version}" for name, known in versions.items() for version in known]
        return [*versions, *marked]

    def __repr__(self) -> str:
        versions = self._versions()
        lines = [f"types of {len(versions):,} schema{'' if len(versions) == 1 else 's'}"]
        for name in list(versions)[:_SHOWN]:
            *older, newest = versions[name]
            also = f" (also {', '.join(map(str, reversed(older)))})" if older else ""
            lines.append(f"  {name} {newest}{also}")
        if len(versions) > _SHOWN:
            lines.append(f"  … {len(versions) - _SHOWN:,} more")
        return "\n".join(lines)

    def _has(self, ref: str) -> bool:
        try:
            self._index.get_schema(ref)
        except (SchemaNotFoundError, SchemaError):
            return False
        return True

    def _versions(self) -> dict[str, list[Version]]:
        """Versions by name, each sorted, the highest last."""
        found: dict[str, list[Version]] = {}
        for name, version, _ in sorted(self._index._storage.schema_versions()):  # noqa: SLF001
            found.setdefault(name, []).append(Version.parse(version))
        return {name: sorted(known) for name, known in found.items()}
