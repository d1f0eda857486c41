"""LensShelf: the part of an index that keeps lenses, as data."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from atdata_nb.errors import LensError, SchemaError, StoredLensNotFoundError
from atdata_nb.index.draft import LensDraft, SchemaDraft, split_ref
from atdata_nb.lenses import DeclarativeLens, Lens, StoredLens
from atdata_nb.schemas import (
    Schema,
    local_schema_ref,
    parse_schema_ref,
    read_schema,
    schema_from_type,
)
from atdata_nb.schemas.names import is_unicode
from atdata_nb.schemas.versions import Version

if TYPE_CHECKING:
    from collections.abc import Iterator

    from atdata_nb.index.storage import Storage

_BLOCK: Final = 500
_REF: Final = "atdata://local/lens/"
MAX_NAME: Final = 200  # the limit of the network's lexicon
_NAME: Final = re.compile(r"[^/\s@](?:[^/@]*[^/\s@])?")

# What names one end of a lens: a sample type, a schema, or a reference to one.
End = type | Schema | Mapping[str, Any] | str


class LensShelf:
    """Lenses by name and version; a stored version never changes, and none of them is code."""

    _storage: Storage
    _where: str

    def publish_lens(
        self,
        lens: Lens[Any, Any] | DeclarativeLens | StoredLens,
        *,
        name: str | None = None,
        version: str | None = None,
        description: str | None = None,
        source: End | None = None,
        view: End | None = None,
        repository: str = "",
        commit: str = "",
    ) -> str:
        """Store a lens; return its reference, ``atdata://local/lens/{name}@{version}``.

        What is stored is data: the steps of a declarative lens, of any other one where its code
        is. The schemas of the types at both ends are stored too. The same content again gives
        the same reference; other content without ``version`` gets the next one.

        Args:
            lens: the lens.
            name: what to call it; by default as it is called already.
            version: MAJOR.MINOR.PATCH; without it, the one that fits.
            description: what it is for.
            source: type or stored schema it starts from, where the lens itself has no types.
            view: type or stored schema it leads to.
            repository: URL of the repository that holds its code.
            commit: commit of that repository.

        Raises:
            LensError: it cannot be stored as data, or an end is not known.
            LensConflictError: that version is there with other content.
            SchemaNotFoundError: no schema is stored under one of its references.

        Example:
            >>> import tempfile
            >>> import atdata_nb as at
            >>> from atdata_nb.schemas.steps import Rename
            >>> @at.packable
            ... class Old:
            ...     img: bytes
            >>> @at.packable
            ... class New:
            ...     image: bytes
            >>> home = tempfile.TemporaryDirectory()
            >>> index = at.LocalIndex(home.name)
            >>> upgrade = DeclarativeLens((Rename("img", "image"),)).as_lens(Old, New)
            >>> index.publish_lens(upgrade, name="upgrade")
            'atdata://local/lens/upgrade@1.0.0'
            >>> index.get_lens("upgrade").as_lens(Old, New)(Old(b"x"))
            New(image=b'x')
            >>> index.close(); home.cleanup()
        """
        told = _ends_of(lens)
        source, view = source or told[0], view or told[1]
        if source is None or view is None:
            raise LensError("these steps lead between no types yet: pass source= and view=")
        ends = self._end(source), self._end(view)
        stored = _stored(lens, ends, name=name, repository=repository, commit=commit)
        if description is not None:
            stored = replace(stored, description=description)
        draft = LensDraft(lens=stored, source=ends[0], view=ends[1], version=version)
        return local_lens_ref(self._storage.put_lens(draft))

    def get_lens(self, ref: str) -> StoredLens:
        """Return a stored lens by reference, ``name@version`` or ``name`` (highest version).

        It is data. ``as_lens(source_type, view_type)`` makes it a lens that runs if it consists
        of steps; code never runs, unless you registered the function as its implementation.

        Raises:
            StoredLensNotFoundError: it is not stored here.
        """
        found = self._lens_record(ref)
        if found is None:
            raise self._no_lens(ref)
        return StoredLens.from_dict(found)

    @property
    def lenses(self) -> Iterator[StoredLens]:
        """All lenses by name and version, read block by block as they are asked for."""
        last = ("", "")
        while block := self._storage.lenses_after(*last, _BLOCK):
            yield from map(StoredLens.from_dict, block)
            last = (block[-1]["name"], block[-1]["version"])

    def list_lenses(self) -> list[StoredLens]:
        """Return all lenses."""
        return list(self.lenses)

    def find_lenses(self, source: End | None = None, target: End | None = None) -> list[StoredLens]:
        """Return the lenses that lead from one schema, to another, or both; newest of each name.

        Args:
            source: a sample type, a schema, its reference or ``Name@version``; or a ``Name``,
                which stands for all its versions.
            target: the same of what the lens leads to.
        """
        sides = [None if end is None else sorted(self._refs_of(end)) for end in (source, target)]
        newest: dict[str, StoredLens] = {}
        for record in self._storage.lenses_between(*sides):
            lens = StoredLens.from_dict(record)
            other = newest.get(lens.name)
            if other is None or Version.parse(lens.version) > Version.parse(other.version):
                newest[lens.name] = lens
        return [newest[name] for name in sorted(newest)]

    def _end(self, end: End) -> str | SchemaDraft:
        if isinstance(end, str):
            # A record of the network is kept there; everything else has to be here.
            if end.startswith("at://"):
                return str(parse_schema_ref(end))
            found: str = self.get_schema(end)["$ref"]  # type: ignore[attr-defined] # SchemaShelf's
            return found
        schema = _schema_of(end)
        # A type that came from the network is known by where it is published.
        ref = str(end.__dict__.get("__schema_ref__") if isinstance(end, type) else schema.ref)
        return ref if ref.startswith("at://") else SchemaDraft(schema=schema)

    def _refs_of(self, end: End) -> set[str]:
        if isinstance(end, str):
            if "/" in end or "@" in end:
                return {_normal(end)}
            known = self._storage.schema_versions(end)
            return {local_schema_ref(name, version) for name, version, _ in known}
        schema = _schema_of(end)
        refs = {
            local_schema_ref(name, version)
            for name, version, content in self._storage.schema_versions(schema.name)
            if content == schema.content_cid
        }
        there = self._end(end)
        return refs | {there} if isinstance(there, str) else refs

    def _lens_record(self, ref: object) -> dict[str, Any] | None:
        if not isinstance(ref, str) or not is_unicode(ref):
            return None
        name, version = split_ref(ref.removeprefix(_REF))
        return self._storage.lens(name, None if version is None else str(version))

    def _no_lens(self, ref: object) -> StoredLensNotFoundError:
        if not isinstance(ref, str):
            return StoredLensNotFoundError(f"a lens is found by its name, got {ref!r}")
        name, version = split_ref(ref.removeprefix(_REF))
        known = [(lens.name, lens.version) for lens in self.lenses]
        there = [each for other, each in known if other == name]
        if version is not None and there:
            only = ", ".join(there)
            return StoredLensNotFoundError(f"{name} has no version {version}, only {only}")
        near = difflib.get_close_matches(name, list(dict(known)), n=3)
        hint = f"; there is {', '.join(map(repr, near))}" if near else ""
        return StoredLensNotFoundError(f"no lens {ref!r} in {self._where}{hint}")


def local_lens_ref(lens: StoredLens) -> str:
    """Return the reference of a lens in a local index."""
    return f"{_REF}{lens.name}@{lens.version}"


def check_lens_name(name: object) -> str:
    """Return a lens's name if it can stand in a reference.

    Raises:
        LensError: it is empty, too long, or has control characters, ``/``, ``@`` or outer spaces.
    """
    if (
        not isinstance(name, str)
        or len(name) > MAX_NAME
        or not name.isprintable()
        or not _NAME.fullmatch(name)
    ):
        raise LensError(
            f"{name!r:.80} can't be the name of a stored lens: pass name= with 1 to {MAX_NAME} "
            "printable characters, without '/' and '@'"
        )
    return name


def _ends_of(lens: Lens[Any, Any] | DeclarativeLens | StoredLens) -> tuple[Any, Any]:
    match lens:
        case Lens():
            return lens.source_type, lens.view_type
        case StoredLens():
            return lens.source_schema, lens.view_schema
    return None, None


def _stored(
    lens: Lens[Any, Any] | DeclarativeLens | StoredLens,
    ends: tuple[str | SchemaDraft, str | SchemaDraft],
    *,
    name: str | None,
    **code: str,
) -> StoredLens:
    name = check_lens_name(name or getattr(lens, "name", None))
    source, view = map(_provisional, ends)
    match lens:
        case Lens():
            return StoredLens.of(lens, source_schema=source, view_schema=view, name=name, **code)
        case StoredLens():
            kept = replace(lens, name=name, created_at=None, caution=None)
            return replace(kept, source_schema=source, view_schema=view)
    return StoredLens(name, source, view, lens)


def _schema_of(end: type | Schema | Mapping[str, Any]) -> Schema:
    return schema_from_type(end) if isinstance(end, type) else read_schema(end)


def _provisional(end: str | SchemaDraft) -> str:
    if isinstance(end, str):
        return end
    return local_schema_ref(end.schema.name, end.schema.version)


def _normal(ref: str) -> str:
    """Return a reference as this package spells it, or as it is if it is none."""
    try:
        if "/" not in ref:
            name, _, version = ref.partition("@")
            return local_schema_ref(name, version)
        return str(parse_schema_ref(ref))
    except SchemaError:
        return ref
