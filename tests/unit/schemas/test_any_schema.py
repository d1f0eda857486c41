"""One function reads every spelling, says what it passed over, and raises its own errors."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atdata_nb.errors import SchemaError, SchemaWarning
from atdata_nb.schemas import (
    Field,
    FieldType,
    Schema,
    from_any,
    read_schema,
    to_json_schema,
    to_local,
    to_sample_schema,
)

POINT = Schema("Point", "1.0.0", (Field("x", FieldType(kind="primitive", primitive="float")),))
FULL = Schema(
    "Full",
    "1.2.3",
    (
        Field("name", FieldType(kind="primitive", primitive="str"), default="a"),
        Field("image", FieldType(kind="ndarray", dtype="uint8", shape=(2, None))),
        Field("points", FieldType(kind="array", items=FieldType(kind="ref", schema=POINT))),
        Field("more", FieldType(kind="map", items=FieldType(kind="ndarray")), optional=True),
    ),
    metadata={"a": [1]},
)
WRITTEN = [write(FULL)[0] for write in (to_local, to_sample_schema, to_json_schema)]

junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6) | st.binary(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=5,
)


def test_what_is_passed_over_is_told() -> None:
    data, _ = to_local(POINT)
    with pytest.warns(SchemaWarning, match="Point 1.0.0: owner is lost"):
        read_schema(data | {"owner": "me"})


@pytest.mark.parametrize("data", [{}, {"a": 1}, {"$type": "app.bsky.feed.post"}, [], None, "x"])
def test_a_dict_that_is_no_schema_is_refused(data: Any) -> None:
    with pytest.raises(SchemaError):
        read_schema(data)


def places(data: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a JSON value."""
    inner = (
        data.items()
        if isinstance(data, dict)
        else enumerate(data)
        if isinstance(data, list)
        else ()
    )
    return [path, *(place for key, part in inner for place in places(part, (*path, key)))]


@given(data=st.data(), written=st.sampled_from(WRITTEN))
def test_no_damage_raises_anything_but_a_schema_error(
    data: st.DataObject, written: dict[str, Any]
) -> None:
    *path, last = data.draw(st.sampled_from([place for place in places(written) if place]))
    damaged = copy.deepcopy(written)
    holder = damaged
    for key in path:
        holder = holder[key]
    holder[last] = data.draw(junk)
    try:
        schema, _ = from_any(damaged)
    except SchemaError:
        return
    again = from_any(json.loads(json.dumps(to_local(schema)[0])))
    assert again == (schema, ())


@given(junk)
def test_no_value_raises_anything_but_a_schema_error(value: Any) -> None:
    for data in (value, {"name": "D", "version": "1.0.0", "fields": value}, {"properties": value}):
        try:
            from_any(data)
        except SchemaError:
            continue
