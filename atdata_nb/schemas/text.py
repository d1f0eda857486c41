"""Text: a schema in a terminal, with the same facts that its HTML shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from atdata_nb.samples.packable import show_value
from atdata_nb.schemas.model import MISSING

if TYPE_CHECKING:
    from atdata_nb.schemas.model import Field, FieldType, Schema

MOST_FIELDS: Final = 200
_WIDEST: Final = 60
_HEADINGS: Final = ("field", "type", "default", "description")


def type_label(kind: FieldType, *, optional: bool = False) -> str:
    """Return a type in the words of an annotation, arrays with dtype and shape.

    >>> from atdata_nb.schemas import FieldType
    >>> image = FieldType(kind="ndarray", dtype="uint8", shape=(64, None, 3))
    >>> type_label(FieldType(kind="array", items=image), optional=True)
    'list[uint8 64×?×3] | None'
    """
    return _label(kind) + (" | None" if optional and kind.primitive != "any" else "")


def _label(kind: FieldType) -> str:
    match kind.kind:
        case "primitive":
            return str(kind.primitive)
        case "ndarray":
            return f"{kind.dtype or 'any dtype'} {shape_label(kind)}"
        case "ref":
            return kind.schema.name if kind.schema else f"schema {kind.ref}"
    items = "" if kind.items is None else type_label(kind.items, optional=kind.items_optional)
    return f"list[{items}]" if kind.kind == "array" else f"dict[str, {items}]"


def shape_label(kind: FieldType) -> str:
    """Return an array's shape in words: ``64×64×3``, ``scalar``, or ``array`` for any.

    >>> from atdata_nb.schemas import FieldType
    >>> shape_label(FieldType(kind="ndarray", shape=(2,), dimension_names=("time",)))
    'time=2'
    """
    if kind.shape is None:
        named = ", ".join(name or "?" for name in kind.dimension_names or ())
        return f"array ({named})" if named else "array"
    names = kind.dimension_names or (None,) * len(kind.shape)
    axes = ("?" if axis is None else str(axis) for axis in kind.shape)
    parts = [f"{name}={axis}" if name else axis for name, axis in zip(names, axes, strict=True)]
    return "×".join(parts) or "scalar"


def schema_table(schema: Schema) -> str:
    """Return a schema as a table of its fields."""
    rows = [_HEADINGS, *map(_row, schema.fields[:MOST_FIELDS])]
    lines = [f"{schema.name} {schema.version}"]
    lines += [one_line(schema.description, 200)] if schema.description else []
    lines += [schema.ref] if schema.ref else []
    lines += _aligned(rows) if schema.fields else ["(no fields)"]
    more = len(schema.fields) - MOST_FIELDS
    return "\n".join(lines + ([f"… and {more:,} more fields"] if more > 0 else []))


def _row(item: Field) -> tuple[str, ...]:
    default = "" if item.default is MISSING else show_value(item.default)
    kind = type_label(item.type, optional=item.optional)
    return tuple(map(one_line, (item.name, kind, default, item.description or "")))


def _aligned(rows: list[tuple[str, ...]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def one_line(text: str, limit: int = _WIDEST) -> str:
    r"""Return a text on one line, cut to length, that can't act on the terminal.

    >>> one_line("two\n lines\x1b[31m")
    'two lines�[31m'
    """
    line = " ".join(text.split())
    # A stranger's text must not move the cursor or colour the terminal.
    line = "".join(char if char.isprintable() else "�" for char in line)
    return line if len(line) <= limit else f"{line[: limit - 1]}…"
