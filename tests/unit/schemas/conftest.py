"""Random schemas: every kind, every way a default or a shape can be, nested a little."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import strategies as st

from atdata_nb.schemas import MISSING, Field, FieldType, Schema
from atdata_nb.schemas.dtypes import parse_dtype

DTYPES = [
    *("bool", "int8", "uint8", "uint16", "int64", "float16", "float32", "float64", "complex64"),
    *(">f4", "<U7", "|S3", "<M8[ns]", "<m8[D]", '[["x", "<f4"], ["y", ">i2", [2]]]'),
]

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
# Two letters at least: no keyword begins with one of these.
names = st.builds(
    str.__add__,
    st.sampled_from(["packed", "as_wds", "keys", "self", "b", "aa", "Zz", "_x", "日", "ß"]),
    st.integers(0, 30).map(lambda number: f"_{number}" if number else ""),
)
versions = st.tuples(*[st.integers(0, 30)] * 3).map(lambda parts: ".".join(map(str, parts)))
values = {
    "str": text,
    "int": st.integers(-(2**63), 2**64 - 1),
    "float": st.floats(),
    "bool": st.booleans(),
    "bytes": st.binary(max_size=8),
}
values["any"] = st.one_of(
    *values.values(),
    st.lists(st.integers(), max_size=2).filter(lambda v: all(abs(x) < 2**60 for x in v)),
    st.dictionaries(text, st.floats(), max_size=2),
)


@st.composite
def ndarray_types(draw: st.DrawFn) -> FieldType:
    shape = draw(st.none() | st.lists(st.none() | st.integers(0, 3), max_size=3).map(tuple))
    axes = None if shape is None else st.tuples(*[st.none() | text] * len(shape))
    return FieldType(
        kind="ndarray",
        dtype=draw(st.none() | st.sampled_from(DTYPES)),
        shape=shape,
        dimension_names=None if axes is None else draw(st.none() | axes),
    )


primitive_types = st.sampled_from(sorted(values)).map(
    lambda name: FieldType(kind="primitive", primitive=name)
)


def _containers(items: st.SearchStrategy[FieldType]) -> st.SearchStrategy[FieldType]:
    held = st.tuples(st.sampled_from(["array", "map"]), items, st.booleans()).map(
        lambda parts: FieldType(
            kind=parts[0],
            items=parts[1],
            items_optional=parts[2] or parts[1].primitive == "any",
        )
    )
    return held | _schemas(items, 2).map(lambda schema: FieldType(kind="ref", schema=schema))


def _schemas(types: st.SearchStrategy[FieldType], most: int) -> st.SearchStrategy[Schema]:
    return st.builds(
        Schema,
        name=names,
        version=versions,
        fields=st.lists(_fields(types), max_size=most, unique_by=lambda item: item.name).map(tuple),
        description=st.none() | text,
    )


@st.composite
def _fields(draw: st.DrawFn, types: st.SearchStrategy[FieldType]) -> Field:
    kind = draw(types)
    optional = kind.primitive == "any" or draw(st.booleans())
    given = st.just(MISSING) | default_of(kind)
    return Field(
        name=draw(names),
        type=kind,
        optional=optional,
        default=draw(given | st.none() if optional else given),
        description=draw(st.none() | text),
    )


def default_of(kind: FieldType) -> st.SearchStrategy[Any]:
    """Values that a field of this type can have."""
    if kind.kind == "primitive":
        return values[str(kind.primitive)]
    if kind.kind == "ndarray":
        shape = [2 if axis is None else axis for axis in kind.shape or ()]
        dtype = parse_dtype(kind.dtype or "float32")
        size = int(np.prod(shape)) * dtype.itemsize
        return st.just(np.frombuffer(bytes(size), dtype).reshape(shape))
    if kind.schema is not None:
        fields = {item.name: item for item in kind.schema.fields}
        return st.fixed_dictionaries({name: default_of(item.type) for name, item in fields.items()})
    assert kind.items is not None
    items = default_of(kind.items)
    if kind.items_optional:
        items |= st.none()
    if kind.kind == "array":
        return st.lists(items, max_size=2)
    return st.dictionaries(text, items, max_size=2)


types = st.recursive(primitive_types | ndarray_types(), _containers, max_leaves=4)


@pytest.fixture(scope="session")
def schemas() -> st.SearchStrategy[Schema]:
    """Random schemas, of up to five fields."""
    return _schemas(types, 5)


@pytest.fixture(scope="session")
def published(schemas: st.SearchStrategy[Schema]) -> st.SearchStrategy[Schema]:
    """Random schemas with all that a publisher adds."""
    json = st.recursive(
        st.none() | st.booleans() | st.integers(-(2**53), 2**53) | text,
        lambda inner: st.lists(inner, max_size=2) | st.dictionaries(text, inner, max_size=2),
        max_leaves=4,
    )
    return st.builds(
        lambda schema, metadata, date: Schema(
            schema.name, schema.version, schema.fields, schema.description, date, metadata
        ),
        schemas,
        st.none() | st.dictionaries(text, json, min_size=1, max_size=3),
        st.none() | st.just("2026-11-22T20:18:09.279615+00:00"),
    )


@pytest.fixture(scope="session", name="default_of")
def values_of_a_type() -> Any:
    """The function that gives the values of a type."""
    return default_of
