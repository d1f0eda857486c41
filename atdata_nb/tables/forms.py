"""Form: what a column of a table has to be to hold its values, and the values of other blocks.

A form comes from the sample type where that says enough, and from the values where it does not.
Forms are joined: the form of two blocks is the narrowest one that holds the values of both, so
that no value is changed to fit its column.

==========  =====================================================================================
tensor      arrays of numbers, all of one dtype and shape
nested      arrays of numbers, times or text with equally many axes, as lists in lists
array       arrays of anything, each with its own dtype and shape
unseen      arrays of which none was seen yet
msgpack     values of several types in one column, each as its msgpack bytes
null        no value at all
==========  =====================================================================================

and ``bool int float str bytes list map struct`` as their names say.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, reduce
from itertools import chain
from operator import index
from typing import Any, Final, Literal, TypeAlias

import numpy as np

from atdata_nb.errors import SampleTypeError
from atdata_nb.samples.annotations import TypeSpec, field_specs

Kind: TypeAlias = Literal[
    "null",
    "bool",
    "int",
    "float",
    "str",
    "bytes",
    "list",
    "map",
    "struct",
    "tensor",
    "nested",
    "array",
    "unseen",
    "msgpack",
]

# A float64 holds every integer up to here.
EXACT: Final = 1 << 53
INT64: Final = 1 << 63
# Offsets of an Arrow list are int32.
MAX_ITEMS: Final = (1 << 31) - 1
ARRAYS: Final = frozenset({"tensor", "nested", "array", "unseen"})
_TIME_UNITS: Final = frozenset({"s", "ms", "us", "ns"})


@dataclass(frozen=True, slots=True)
class Form:
    """What a column has to be.

    Attributes:
        kind: see the module.
        nullable: whether a value may be missing.
        low: smallest integer, or 0.
        high: largest integer, or 0.
        dtype: element type of arrays, in native byte order; text without its width.
        shape: shape of each array of a tensor.
        ndim: number of axes of nested arrays.
        items: form of the items of a list, or of the values of a map.
        fields: names and forms of a struct.
    """

    kind: Kind
    nullable: bool = False
    low: int = 0
    high: int = 0
    dtype: np.dtype[Any] | None = None
    shape: tuple[int, ...] = ()
    ndim: int = 0
    items: Form | None = None
    fields: tuple[tuple[str, Form], ...] = ()

    def holds(self, other: Form) -> bool:
        """Whether values of another form fit into a column of this one."""
        joined = join(self, other)
        return _settled(joined) == _settled(self)


def _settled(form: Form) -> Form:
    """Return a form with integers by the type they need, not by their values."""
    items = None if form.items is None else _settled(form.items)
    fields = tuple((name, _settled(part)) for name, part in form.fields)
    low, high = (-1 if form.low < 0 else 0), (INT64 if form.high >= INT64 else 0)
    kind: Kind = "array" if form.kind == "unseen" else form.kind
    if kind != "int":
        low = high = 0
    # A column of int64 has room for negative numbers, seen or not.
    if kind == "int" and not high:
        low = -1
    return replace(form, kind=kind, items=items, fields=fields, low=low, high=high)


NULL: Final = Form("null")


def join(a: Form, b: Form) -> Form:
    """Return the narrowest form that holds the values of both.

    Example:
        >>> f4 = np.dtype(np.float32)
        >>> join(form_of_array(f4, (2, 3)), form_of_array(f4, (5, 3))).kind
        'nested'
        >>> join(form_of_array(f4, (2, 3)), form_of_array(f4, (6,))).kind
        'array'
    """
    nullable = a.nullable or b.nullable
    if a.kind in {"null", "unseen"}:
        return replace(b, nullable=nullable)
    if b.kind in {"null", "unseen"}:
        return replace(a, nullable=nullable)
    return replace(_join(a, b), nullable=nullable)


def _join(a: Form, b: Form) -> Form:
    kinds = {a.kind, b.kind}
    if kinds <= ARRAYS:
        return _join_arrays(a, b)
    if kinds == {"int"}:
        return Form("int", low=min(a.low, b.low), high=max(a.high, b.high))
    if kinds == {"int", "float"}:
        whole = a if a.kind == "int" else b
        return Form("float" if whole.low >= -EXACT and whole.high <= EXACT else "msgpack")
    if kinds == {"struct"} and [n for n, _ in a.fields] == [n for n, _ in b.fields]:
        pairs = zip(a.fields, b.fields, strict=True)
        return Form("struct", fields=tuple((n, join(x, y)) for (n, x), (_, y) in pairs))
    if kinds <= {"struct", "map"}:
        return Form("map", items=join(_items(a), _items(b)))
    if kinds == {"list"}:
        return Form("list", items=join(_items(a), _items(b)))
    return a if len(kinds) == 1 else Form("msgpack")


def _items(form: Form) -> Form:
    if form.kind == "struct":
        return reduce(join, (part for _, part in form.fields), NULL)
    return form.items or NULL


def _join_arrays(a: Form, b: Form) -> Form:
    if "array" in {a.kind, b.kind} or (a.dtype, a.ndim) != (b.dtype, b.ndim):
        return Form("array")
    if a.kind == b.kind and a.shape == b.shape:
        return a
    return Form("nested", dtype=a.dtype, ndim=a.ndim)


@lru_cache(maxsize=4096)
def form_of_array(dtype: np.dtype[Any], shape: tuple[int, ...]) -> Form:
    """Return the form of one array."""
    element = _element(dtype)
    if element is None or math.prod(shape) > MAX_ITEMS:
        return Form("array")
    if not shape:
        # A NaT alone would be the same null as a missing array.
        scalar = Form("nested", dtype=element)
        return Form("array") if element.kind in "mM" else scalar
    if 0 in shape:
        # Lists can't tell (0, 3) from (0, 4).
        kept = not any(shape[shape.index(0) :])
        return Form("nested", dtype=element, ndim=len(shape)) if kept else Form("array")
    if element.kind in "biuf":
        return Form("tensor", dtype=element, shape=shape, ndim=len(shape))
    return Form("nested", dtype=element, ndim=len(shape))


def _element(dtype: np.dtype[Any]) -> np.dtype[Any] | None:
    """Return the dtype that an array's elements have in Arrow; None where they have none."""
    if dtype.kind in "US":
        return np.dtype(dtype.kind)
    if dtype.kind in "mM":
        unit, count = np.datetime_data(dtype)
        return dtype.newbyteorder("=") if unit in _TIME_UNITS and count == 1 else None
    if dtype.kind in "biu" or (dtype.kind == "f" and dtype.itemsize <= 8):  # noqa: PLR2004 - float64
        return dtype.newbyteorder("=")
    return None


# ---- from types and values ----------------------------------------------------------------------


def survey(values: Any, spec: TypeSpec | None = None) -> Form:
    """Return the form of one column.

    Args:
        values: a list, or arrays stacked along a first axis.
        spec: what the sample type says of the field; None where nothing does.

    Raises:
        SampleTypeError: a value is not of the field's type.
    """
    if isinstance(values, np.ndarray):
        observed = form_of_array(values.dtype, values.shape[1:])
        return observed if spec is None else join(declared(spec), observed)
    if spec is None or spec.kind == "any":
        return _infer(values)
    present = [value for value in values if value is not None] if spec.optional else values
    try:
        return replace(_survey_typed(present, spec), nullable=spec.optional)
    except (TypeError, AttributeError) as error:
        message = f"values that are no {spec.kind}: {error}"
        raise SampleTypeError(message) from error


def _survey_typed(values: Sequence[Any], spec: TypeSpec) -> Form:
    if spec.kind in _SCALARS:
        _check_types(values, spec.kind)
    match spec.kind:
        case "int":
            return _int(values)
        case "ndarray":
            return join(declared(spec), _survey_arrays(values))
        case "list":
            flat = list(chain.from_iterable(values))
            return Form("list", items=_inside(survey(flat, spec.items)))
        case "dict":
            parts = [part for value in values for part in value.values()]
            return Form("map", items=_inside(survey(parts, spec.items)))
        case "packable":
            return _survey_samples(values, spec)
        case kind:
            return declared(spec) if kind == "any" else Form(kind)


def _check_types(values: Sequence[Any], kind: str) -> None:
    # What a lens or a user made was checked by nobody, and numpy would turn "no" into True.
    for found in set(map(type, values)):
        if found is type(None):
            message = "None, but the field is not optional"
            raise TypeError(message)
        if _family(found) not in _SCALARS[kind]:
            message = f"there is a {found.__qualname__}"
            raise TypeError(message)


def declared(spec: TypeSpec) -> Form:
    """Return the form of a field of which no value was seen."""
    if spec.kind != "ndarray":
        return survey([], spec)
    shape = spec.shape
    if spec.dtype is None or shape is None or None in shape:
        return Form("unseen", nullable=spec.optional)
    lengths = tuple(axis for axis in shape if axis is not None)
    return replace(form_of_array(spec.dtype, lengths), nullable=spec.optional)


def _survey_arrays(values: Sequence[Any]) -> Form:
    facts = {(value.dtype, value.shape) for value in values if value is not None}
    return reduce(join, (form_of_array(*each) for each in facts), Form("unseen"))


def _survey_samples(values: Sequence[Any], spec: TypeSpec) -> Form:
    assert spec.sample_type is not None  # noqa: S101 - annotations give every packable its class
    fields = tuple(
        (field.name, _inside(survey([getattr(v, field.name) for v in values], field.type)))
        for field in field_specs(spec.sample_type)
    )
    # Parquet has no struct without fields.
    return Form("struct", fields=fields) if fields else Form("map", items=NULL)


def _inside(form: Form) -> Form:
    """Return a form as it is inside of lists and structs, where extension types don't carry."""
    if form.kind == "tensor":
        return replace(form, kind="nested", shape=())
    return form


def _int(values: Sequence[Any]) -> Form:
    if not values:
        return Form("int")
    return Form("int", low=min(0, index(min(values))), high=max(0, index(max(values))))


_FAMILIES: Final[tuple[tuple[Any, Kind], ...]] = (
    ((bool, np.bool_), "bool"),
    ((int, np.integer), "int"),
    ((float, np.floating), "float"),
    (str, "str"),
    ((bytes, bytearray, memoryview), "bytes"),
    (np.ndarray, "array"),
    ((list, tuple), "list"),
    (Mapping, "map"),
)


# What a field of each kind takes.
_SCALARS: Final[Mapping[str, frozenset[Kind]]] = {
    "str": frozenset({"str"}),
    "bytes": frozenset({"bytes"}),
    "bool": frozenset({"bool"}),
    "int": frozenset({"int"}),
    "float": frozenset({"float", "int"}),
}


def _family(kind: type) -> Kind:
    return next((name for known, name in _FAMILIES if issubclass(kind, known)), "msgpack")


def _infer(values: Sequence[Any]) -> Form:
    types = set(map(type, values)) - {type(None)}
    families = {kind: _family(kind) for kind in types}
    groups: dict[Kind, list[Any]] = {}
    for value in values:
        if value is not None:
            groups.setdefault(families[type(value)], []).append(value)
    form = reduce(join, (_infer_group(kind, group) for kind, group in groups.items()), NULL)
    # Nobody promised that the next value is not missing.
    return replace(form, nullable=True)


def _infer_group(kind: Kind, values: list[Any]) -> Form:
    match kind:
        case "int":
            return _int(values)
        case "array":
            return _survey_arrays(values)
        case "list":
            return Form("list", items=_inside(_infer(list(chain.from_iterable(values)))))
        case "map":
            return _infer_maps(values)
        case _:
            return Form(kind)


def _infer_maps(values: list[Mapping[Any, Any]]) -> Form:
    if any(type(key) is not str for value in values for key in value):
        return Form("msgpack")
    names = list(values[0])
    if names and all(list(value) == names for value in values):
        parts = ((name, _infer([value[name] for value in values])) for name in names)
        return Form("struct", fields=tuple((name, _inside(part)) for name, part in parts))
    return Form("map", items=_inside(_infer([part for v in values for part in v.values()])))
