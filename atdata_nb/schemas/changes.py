"""Changes: what of a field is not as it was, fact by fact, into nested types."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from atdata_nb.samples.packable import show_value
from atdata_nb.schemas.model import MISSING
from atdata_nb.schemas.text import shape_label, type_label
from atdata_nb.schemas.values import canonical

if TYPE_CHECKING:
    from collections.abc import Iterator

    from atdata_nb.schemas.model import Field, FieldType, Schema

# Changes that neither a value nor a type depends on.
WORDS: Final = frozenset({"description", "dimensions"})


@dataclass(frozen=True, slots=True)
class Change:
    """One fact that is not as it was.

    Attributes:
        field: path of the field in the new schema, ``points[].x`` for a nested one; empty for the
            schema as a whole.
        what: which fact: ``type``, ``dtype``, ``shape``, ``optional``, ``default``…; for a nested
            field also ``added`` and ``removed``.
        old: what it was, in words; empty where there was nothing.
        new: what it is.
    """

    field: str
    what: str
    old: str
    new: str

    def __str__(self) -> str:
        where = f"{self.field}: " if self.field else ""
        return f"{where}{self.what} {self.old or '–'} → {self.new or '–'}"


def field_changes(path: str, old: Field, new: Field) -> Iterator[Change]:
    """Yield what changed of a field that is in both schemas."""
    yield from type_changes(path, old.type, new.type)
    if old.optional != new.optional:
        yield Change(path, "optional", _yes(value=old.optional), _yes(value=new.optional))
    if _default_key(old) != _default_key(new):
        yield Change(path, "default", _default_label(old), _default_label(new))
    if old.description != new.description:
        yield Change(path, "description", old.description or "", new.description or "")


def type_changes(path: str, old: FieldType, new: FieldType) -> Iterator[Change]:
    """Yield what changed of a type."""
    if old == new:
        return
    same = (old.kind, old.primitive) == (new.kind, new.primitive)
    if not same or (old.schema is None) != (new.schema is None):
        yield Change(path, "type", type_label(old), type_label(new))
    elif old.items is not None and new.items is not None:
        if old.items_optional != new.items_optional:
            before, after = _yes(value=old.items_optional), _yes(value=new.items_optional)
            yield Change(f"{path}[]", "optional", before, after)
        yield from type_changes(f"{path}[]", old.items, new.items)
    elif old.schema is not None and new.schema is not None:
        yield from _nested_changes(path, old.schema, new.schema)
    elif old.kind == "ref":
        yield Change(path, "type", type_label(old), type_label(new))
    else:
        yield from _array_changes(path, old, new)


def _array_changes(path: str, old: FieldType, new: FieldType) -> Iterator[Change]:
    if old.dtype != new.dtype:
        yield Change(path, "dtype", old.dtype or "any", new.dtype or "any")
    if old.shape != new.shape:
        yield Change(path, "shape", shape_label(old), shape_label(new))
    elif old.dimension_names != new.dimension_names:
        yield Change(path, "dimensions", shape_label(old), shape_label(new))


def _nested_changes(path: str, old: Schema, new: Schema) -> Iterator[Change]:
    before = {item.name: item for item in old.fields}
    after = {item.name: item for item in new.fields}
    for name, item in before.items():
        if name not in after:
            label = type_label(item.type, optional=item.optional)
            yield Change(f"{path}.{name}", "removed", label, "")
    for name, item in after.items():
        if name in before:
            yield from field_changes(f"{path}.{name}", before[name], item)
        else:
            label = type_label(item.type, optional=item.optional)
            yield Change(f"{path}.{name}", "added", "", label)
    if old.name != new.name:
        yield Change(path, "name", old.name, new.name)
    if old.description != new.description:
        yield Change(path, "description", old.description or "", new.description or "")
    if [name for name in before if name in after] != [name for name in after if name in before]:
        yield Change(path, "order", ", ".join(before), ", ".join(after))


def _default_key(item: Field) -> str | None:
    return None if item.default is MISSING else canonical(item.default)


def _default_label(item: Field) -> str:
    return "" if item.default is MISSING else show_value(item.default)


def _yes(*, value: bool) -> str:
    return "yes" if value else "no"
