"""Definition: which class this is, as a value that a re-run notebook cell does not change."""

from __future__ import annotations

import weakref
from dataclasses import dataclass
from typing import Any, Final

from atdata_nb.errors import SampleTypeError
from atdata_nb.samples import FieldSpec, TypeSpec, field_specs
from atdata_nb.schemas.model import Schema

MAX_NESTING: Final = 16


@dataclass(frozen=True, slots=True)
class Definition:
    """Where a class was defined and which fields it has; equal for equal definitions.

    Running a notebook cell again makes a new class of the same name. Its definition is equal to
    the old one's as long as the fields (names, types, dtypes, shapes) are; a changed field makes
    another definition of the same `place`.

    Attributes:
        place: module and qualified name, or the schema it was built from.
        name: what a reader knows it by.
        fields: name and type of each field, sorted by name; for a class without declared fields,
            the class itself, weakly.
    """

    place: tuple[str, str]
    name: str
    fields: tuple[tuple[str, Any], ...] | weakref.ref[type]

    def changes_from(self, old: Definition) -> str:
        """Say in a few words how the fields differ from an older definition's.

        >>> from atdata_nb.samples import packable
        >>> @packable
        ... class Pair:
        ...     a: int
        ...     b: str
        >>> old = definition_of(Pair)
        >>> @packable
        ... class Pair:
        ...     a: float
        ...     c: str
        >>> definition_of(Pair).changes_from(old)
        '+c, -b, a changed its type'
        """
        if isinstance(self.fields, weakref.ref) or isinstance(old.fields, weakref.ref):
            return "it declares no fields that could be compared"
        new_types, old_types = dict(self.fields), dict(old.fields)
        added = [f"+{name}" for name in new_types if name not in old_types]
        removed = [f"-{name}" for name in old_types if name not in new_types]
        changed = [
            f"{name} changed its type"
            for name, spec in new_types.items()
            if name in old_types and old_types[name] != spec
        ]
        return ", ".join([*added, *removed, *changed]) or "nothing"


def place_of(cls: type) -> tuple[str, str]:
    """Return where a class was defined: its module and qualified name.

    A class that was built from a schema was defined there: two versions of a schema, and schemas
    of one name by two publishers, are different places.
    """
    schema = cls.__dict__.get("__schema__")
    if isinstance(schema, Schema):
        return schema.identity_cid, schema.name
    return cls.__module__, cls.__qualname__


def definition_of(cls: type) -> Definition:
    """Return the definition of a class."""
    # Kept on the class, and only for itself: a re-defined class leaves nothing behind.
    found: Definition | None = cls.__dict__.get("__atdata_definition__")
    if found is None:
        found = _define(cls, depth=0)
        if isinstance(found.fields, tuple):
            cls.__atdata_definition__ = found  # type: ignore[attr-defined]
    return found


def same_definition(a: type, b: type) -> bool:
    """Whether two classes are one, or one re-defined with equal fields."""
    return a is b or (place_of(a) == place_of(b) and definition_of(a) == definition_of(b))


def type_name(cls: type) -> str:
    """Return the name a reader knows a class by; of one built from a schema, with its version.

    >>> type_name(Definition)
    'Definition'
    """
    schema = cls.__dict__.get("__schema__")
    if isinstance(schema, Schema):
        return f"{schema.name}@{schema.version}"
    return cls.__qualname__.rpartition(".")[2]


def _define(cls: type, *, depth: int) -> Definition:
    place = place_of(cls)
    try:
        specs = field_specs(cls)
    except SampleTypeError:
        # Without declared fields only the class itself is known to be the same; weakly, so that
        # no registry keeps a re-defined class alive.
        return Definition(place, type_name(cls), weakref.ref(cls))
    return Definition(
        place, type_name(cls), tuple(sorted(_describe_field(spec, depth) for spec in specs))
    )


def _describe_field(spec: FieldSpec, depth: int) -> tuple[str, str]:
    return spec.name, _describe_type(spec.type, depth)


def _describe_type(spec: TypeSpec, depth: int) -> str:
    words: list[str] = [spec.kind]
    if spec.optional:
        words.append("optional")
    if spec.dtype is not None:
        words.append(str(spec.dtype.descr if spec.dtype.names else spec.dtype.str))
    if spec.shape is not None:
        words.append(str(spec.shape))
    if spec.items is not None:
        words.append(f"[{_describe_type(spec.items, depth)}]")
    if spec.sample_type is not None:
        words.append(_describe_nested(spec.sample_type, depth + 1))
    return " ".join(words)


def _describe_nested(cls: type, depth: int) -> str:
    place = ".".join(place_of(cls))
    # A class may hold itself; past this depth its name has to do.
    if depth > MAX_NESTING:
        return place
    definition = _define(cls, depth=depth)
    fields = definition.fields if isinstance(definition.fields, tuple) else ()
    return f"{place}({', '.join(f'{name}: {kind}' for name, kind in fields)})"
