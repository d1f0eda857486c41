"""Schema: what the samples of a dataset are, field by field, whichever way it is spelled.

Every object here is valid: names are identifiers, versions have three numbers, dtypes exist,
defaults are of their field's type, and all is bounded. So nothing that a stranger wrote has to be
checked again by those who show it, build a class from it or write it elsewhere.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, Literal, TypeAlias

from atdata_nb.cid import generate_cid
from atdata_nb.display import Displayed
from atdata_nb.errors import SchemaError
from atdata_nb.samples.packable import show_value
from atdata_nb.schemas.content import content
from atdata_nb.schemas.dtypes import canonical_dtype
from atdata_nb.schemas.names import check_name, check_text
from atdata_nb.schemas.values import canonical, check_json, fits, plain
from atdata_nb.schemas.versions import Version

Kind: TypeAlias = Literal["primitive", "ndarray", "array", "map", "ref"]
Shape: TypeAlias = tuple[int | None, ...]

PRIMITIVES: Final = ("str", "int", "float", "bool", "bytes", "any")
MAX_DEPTH: Final = 32
MAX_FIELDS: Final = 10_000
MAX_NDIM: Final = 64  # numpy's own bound
MAX_AXIS: Final = 1 << 53  # the largest integer that a record of the network may hold
MAX_DESCRIPTION: Final = 100_000
MAX_REF: Final = 8192


class Missing(enum.Enum):
    """The type of MISSING; an enum, so that it is itself again after pickling."""

    MISSING = enum.auto()

    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = Missing.MISSING


@dataclass(frozen=True, slots=True)
class Loss:
    """Something that a spelling of a schema can't carry.

    Attributes:
        field: which field; empty for the schema as a whole.
        what: what is lost: ``dtype``, ``default``, ``metadata.origin``…
        why: the reason, in a sentence.
    """

    field: str
    what: str
    why: str

    def __str__(self) -> str:
        where = f"{self.field}: " if self.field else ""
        return f"{where}{self.what} is lost: {self.why}"


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldType:
    """The type of a field, or of the items of an array or map.

    Attributes:
        kind: ``primitive``, ``ndarray``, ``array`` (a list), ``map`` (keys are text) or ``ref``
            (another schema).
        primitive: ``str int float bool bytes``, or ``any`` for a value of any type.
        dtype: an ndarray's element type, as ``dtypes.dtype_text`` spells it; None means any.
        shape: an ndarray's shape, None for a free axis; None means any.
        dimension_names: a name for each axis, None for one without.
        items: type of an array's items or a map's values.
        items_optional: whether these may be None.
        schema: the schema that a ref means, in place.
        ref: where that schema is published, or None.
    """

    kind: Kind
    primitive: str | None = None
    dtype: str | None = None
    shape: Shape | None = None
    dimension_names: tuple[str | None, ...] | None = None
    items: FieldType | None = None
    items_optional: bool = False
    schema: Schema | None = None
    ref: str | None = None
    depth: int = field(init=False, repr=False, compare=False, default=0)

    def __post_init__(self) -> None:
        _check_parts(self)
        if self.dtype is not None:
            object.__setattr__(self, "dtype", canonical_dtype(self.dtype))
        if self.shape is not None:
            object.__setattr__(self, "shape", _check_shape(self.shape))
        if self.dimension_names is not None:
            object.__setattr__(self, "dimension_names", _check_dimensions(self))
        if self.ref is not None:
            check_text(self.ref, "ref", MAX_REF)
        object.__setattr__(self, "depth", _depth(self))


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """One field of a schema.

    Attributes:
        name: an identifier.
        type: its type.
        optional: whether its value may be None.
        default: its value where none is given, as plain data (``values.plain``); MISSING where a
            value has to be given. A nested sample is a dict of its fields.
        description: what it is, in words.
    """

    name: str
    type: FieldType
    optional: bool = False
    default: Any = MISSING
    description: str | None = None

    def __post_init__(self) -> None:
        check_name(self.name, "field")
        if self.description is not None:
            check_text(self.description, f"{self.name}: the description", MAX_DESCRIPTION)
        if self.default is not MISSING:
            object.__setattr__(self, "default", _check_default(self))

    @property
    def required(self) -> bool:
        """Whether a sample can't be made without a value for it."""
        return self.default is MISSING

    def _facts(self) -> tuple[object, ...]:
        default = MISSING if self.default is MISSING else canonical(self.default)
        return self.name, self.type, self.optional, default, self.description

    # Not the generated ones: arrays and NaN as defaults compare to neither true nor false.
    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Field):
            return NotImplemented
        return self._facts() == other._facts()

    def __hash__(self) -> int:
        return hash(self._facts())


@dataclass(frozen=True, repr=False)
class Schema(Displayed):
    """What the samples of a dataset are.

    Attributes:
        name: an identifier, the name of the sample class.
        version: ``MAJOR.MINOR.PATCH``.
        fields: in order.
        description: what one sample is, in words.
        created_at: when it was published, as the publisher wrote it.
        metadata: what the publisher wrote beside it, in JSON.
        ref: where it is published.

    Example:
        >>> label = Field("label", FieldType(kind="primitive", primitive="int"))
        >>> Schema("Digit", "1.0.0", (label,))
        Digit 1.0.0
        field  type  default  description
        label  int
    """

    name: str
    version: str
    fields: tuple[Field, ...]
    description: str | None = None
    created_at: str | None = None
    metadata: dict[str, Any] | None = field(default=None, hash=False)
    ref: str | None = None

    def __post_init__(self) -> None:
        check_name(self.name, "schema")
        object.__setattr__(self, "version", str(Version.parse(self.version)))
        object.__setattr__(self, "fields", tuple(self.fields))
        _check_fields(self)
        for what, limit in (
            ("description", MAX_DESCRIPTION),
            ("created_at", 100),
            ("ref", MAX_REF),
        ):
            text = getattr(self, what)
            if text is not None:
                check_text(text, f"{self.name}: {what}", limit)
        _check_metadata(self.metadata, f"{self.name}: metadata")

    @cached_property
    def content_cid(self) -> str:
        """The CID of what matters: name, description, and the fields with all they say.

        Version, reference, date and metadata do not count, of nested schemas neither.
        """
        return generate_cid(content(self, versions=False))

    @cached_property
    def identity_cid(self) -> str:
        """The CID of what matters and the versions, of nested schemas too: one class each."""
        return generate_cid(content(self, versions=True))

    @cached_property
    def depth(self) -> int:
        """How deep its types are nested."""
        return max((item.type.depth for item in self.fields), default=0)

    @cached_property
    def size(self) -> int:
        """Number of its fields, those of nested schemas included."""
        return sum(1 + _nested_size(item.type) for item in self.fields)

    def get_field(self, name: str) -> Field:
        """Return the field of this name.

        Raises:
            SchemaError: there is none.
        """
        for item in self.fields:
            if item.name == name:
                return item
        message = f"{self.name} {self.version} has no field {name!r:.80}"
        raise SchemaError(message)

    def __repr__(self) -> str:
        from atdata_nb.schemas.text import schema_table

        return schema_table(self)


# ---- what holds for every object ----------------------------------------------------------------

_PARTS: Final[dict[str, tuple[str, ...]]] = {
    "primitive": ("primitive",),
    "ndarray": ("dtype", "shape", "dimension_names"),
    "array": ("items", "items_optional"),
    "map": ("items", "items_optional"),
    "ref": ("schema", "ref"),
}


def _check_parts(kind: FieldType) -> None:
    # A stranger's record may have a list here, which no dict can be asked for.
    allowed = _PARTS.get(str(kind.kind))
    if allowed is None:
        message = f"unknown kind of field {kind.kind!r:.80}: known are {', '.join(_PARTS)}"
        raise SchemaError(message)
    for part in {part for parts in _PARTS.values() for part in parts} - set(allowed):
        if getattr(kind, part):
            message = f"a field of kind {kind.kind} has no {part}"
            raise SchemaError(message)
    if kind.kind == "primitive" and kind.primitive not in PRIMITIVES:
        message = f"unknown primitive {kind.primitive!r:.80}: known are {', '.join(PRIMITIVES)}"
        raise SchemaError(message)
    if kind.kind in {"array", "map"} and kind.items is None:
        message = f"a field of kind {kind.kind} does not say what its items are"
        raise SchemaError(message)
    if kind.kind == "ref" and kind.schema is None and not kind.ref:
        message = "a field of kind ref does not say which schema it means"
        raise SchemaError(message)


def _check_shape(shape: Any) -> Shape:
    axes = tuple(shape) if isinstance(shape, list | tuple) else (shape,)
    if len(axes) <= MAX_NDIM and all(
        axis is None or (type(axis) is int and 0 <= axis <= MAX_AXIS) for axis in axes
    ):
        return axes
    message = f"{shape!r:.80} is no shape: it has at most {MAX_NDIM} lengths, None for a free one"
    raise SchemaError(message)


def _check_dimensions(kind: FieldType) -> tuple[str | None, ...]:
    names = tuple(kind.dimension_names or ())
    for name in names:
        if name is not None:
            check_text(name, "the name of a dimension", 200)
    if len(names) > MAX_NDIM or (kind.shape is not None and len(names) != len(kind.shape)):
        message = f"{len(names)} names of dimensions for the shape {kind.shape!r:.80}"
        raise SchemaError(message)
    return names


def _depth(kind: FieldType) -> int:
    inner = 0 if kind.items is None else kind.items.depth
    depth = 1 + max(inner, 0 if kind.schema is None else kind.schema.depth)
    if depth > MAX_DEPTH:
        message = f"types are nested deeper than {MAX_DEPTH}"
        raise SchemaError(message)
    return depth


def _check_fields(schema: Schema) -> None:
    seen: set[str] = set()
    for item in schema.fields:
        if item.name in seen:
            message = f"{schema.name}: two fields are called {item.name!r}"
            raise SchemaError(message)
        seen.add(item.name)
    if schema.size > MAX_FIELDS:
        message = f"{schema.name}: {schema.size} fields, at most {MAX_FIELDS} are allowed"
        raise SchemaError(message)


def _check_metadata(metadata: Any, what: str) -> None:
    if metadata is not None and not isinstance(metadata, dict):
        message = f"{what} is of type {type(metadata).__name__}, not dict"
        raise SchemaError(message)
    check_json(metadata, what)


def _nested_size(kind: FieldType) -> int:
    if kind.items is not None:
        return _nested_size(kind.items)
    return 0 if kind.schema is None else kind.schema.size


def _check_default(item: Field) -> Any:
    value = plain(item.default, item.name)
    if item.optional if value is None else fits(item.type, value):
        return value
    hint = ": say `| None`" if value is None else ""
    message = f"{item.name}: the default {show_value(value)} is not of the field's type{hint}"
    raise SchemaError(message)
