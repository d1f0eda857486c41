"""Reading: whether samples written under one schema can be read under another, and why not.

Values are stored under the names of their fields. A reader refuses names that it does not know,
fills in what is missing where the field has a default, and takes an integer for a float, but
nothing else for anything else. Nested samples are read in the same way.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from atdata_nb.schemas.text import shape_label, type_label

if TYPE_CHECKING:
    from collections.abc import Iterator

    from atdata_nb.schemas.model import Field, FieldType, Schema

_SHOWN: Final = 3


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether something can be read; ``reasons`` says what stands against it.

    >>> bool(Verdict(())), str(Verdict(("a is missing",)))
    (True, 'no: a is missing')
    """

    reasons: tuple[str, ...]

    def __bool__(self) -> bool:
        return not self.reasons

    def __str__(self) -> str:
        if not self.reasons:
            return "yes"
        more = len(self.reasons) - _SHOWN
        told = "; ".join(self.reasons[:_SHOWN])
        return f"no: {told}" + (f"; and {more:,} more" if more > 0 else "")


def reads(written: Schema, reader: Schema) -> Verdict:
    """Say whether every sample of one schema can be read as a sample of another.

    Example:
        >>> from atdata_nb.schemas import Field, FieldType, Schema
        >>> integer = FieldType(kind="primitive", primitive="int")
        >>> old = Schema("D", "1.0.0", (Field("a", integer),))
        >>> new = Schema("D", "1.1.0", (Field("a", integer), Field("b", integer, default=0)))
        >>> str(reads(old, new)), str(reads(new, old))
        ('yes', 'no: b is unknown to the reader')
    """
    return Verdict(tuple(_obstacles(written, reader, "")))


def _obstacles(written: Schema, reader: Schema, path: str) -> Iterator[str]:
    known = {item.name: item for item in reader.fields}
    stored = {item.name: item for item in written.fields}
    for name, item in stored.items():
        if name in known:
            yield from _field_obstacles(item, known[name], f"{path}{name}")
        else:
            yield f"{path}{name} is unknown to the reader"
    for name, item in known.items():
        if name not in stored and item.required:
            yield f"{path}{name} is missing, and it has no default"


def _field_obstacles(written: Field, reader: Field, path: str) -> Iterator[str]:
    if written.optional and not reader.optional:
        yield f"{path} may be None, and the reader wants a value"
    yield from type_obstacles(written.type, reader.type, path)


def type_obstacles(written: FieldType, reader: FieldType, path: str) -> Iterator[str]:
    """Yield why a value of one type may not be one of another."""
    if written == reader or _widens(written, reader):
        return
    if written.kind != reader.kind or written.kind == "primitive":
        yield f"{path} is {type_label(written)}, and the reader wants {type_label(reader)}"
    elif written.kind == "ndarray":
        yield from _array_obstacles(written, reader, path)
    elif written.items is not None and reader.items is not None:
        if written.items_optional and not reader.items_optional:
            yield f"{path}[] may be None, and the reader wants a value"
        yield from type_obstacles(written.items, reader.items, f"{path}[]")
    elif written.schema is not None and reader.schema is not None:
        yield from _obstacles(written.schema, reader.schema, f"{path}.")
    else:
        yield f"{path} refers to {type_label(written)}, the reader to {type_label(reader)}"


def _widens(written: FieldType, reader: FieldType) -> bool:
    if written.kind != "primitive" or reader.kind != "primitive":
        return False
    return reader.primitive == "any" or (written.primitive, reader.primitive) == ("int", "float")


def _array_obstacles(written: FieldType, reader: FieldType, path: str) -> Iterator[str]:
    # The bytes of an array say what it is, so it would be read; but the schema would be untrue.
    if reader.dtype is not None and written.dtype != reader.dtype:
        yield f"{path} is {written.dtype or 'of any dtype'}, and the reader says {reader.dtype}"
    if not shape_fits(written, reader):
        yield f"{path} is {shape_label(written)}, and the reader says {shape_label(reader)}"


def shape_fits(written: FieldType, reader: FieldType) -> bool:
    """Whether every array of one shape is one of the other."""
    if reader.shape is None:
        return True
    if written.shape is None or len(written.shape) != len(reader.shape):
        return False
    pairs = zip(written.shape, reader.shape, strict=True)
    return all(want is None or have == want for have, want in pairs)
