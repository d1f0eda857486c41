"""A diff says what changed, who can still read what, and how to get from old to new."""

from __future__ import annotations

import pickle
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from atdata_nb.errors import LensError
from atdata_nb.lenses import DeclarativeLens
from atdata_nb.samples import codec_of
from atdata_nb.schemas import (
    MISSING,
    Field,
    FieldType,
    Schema,
    diff_schemas,
    schema_to_type,
    to_json_schema,
    to_local,
)
from atdata_nb.schemas.steps import Cast, Default, Rename, Select


def primitive(name: str) -> FieldType:
    return FieldType(kind="primitive", primitive=name)


INT, STR, FLOAT, BYTES, ANY = map(primitive, ("int", "str", "float", "bytes", "any"))
U8, F4, ARRAY = (FieldType(kind="ndarray", dtype=name) for name in ("uint8", "float32", None))
POINT = Schema("Point", "1.0.0", (Field("x", FLOAT),))


def schema(*fields: Field, name: str = "D", version: str = "1.0.0", **facts: Any) -> Schema:
    return Schema(name, version, fields, **facts)


def diff(old: Field, new: Field) -> Any:
    return diff_schemas(schema(old), schema(new))


def test_nothing_changed_between_a_schema_and_itself() -> None:
    one = schema(Field("a", INT))
    found = diff_schemas(one, replace(one, version="3.0.0", ref="at://x", created_at="now"))
    assert not found
    assert found.bump is None
    assert found.version == "1.0.0"
    assert found.steps == ()
    assert repr(found) == "D 1.0.0 → D 3.0.0\nno changes"


def test_spellings_do_not_count() -> None:
    one = schema(Field("a", U8), Field("b", INT, optional=True))
    assert not diff_schemas(to_local(one)[0], to_json_schema(one)[0])


@given(data=st.data())
def test_a_diff_of_any_schema_with_itself_is_empty(
    data: st.DataObject, schemas: st.SearchStrategy[Schema]
) -> None:
    one = data.draw(schemas)
    found = diff_schemas(one, one)
    assert not found
    assert found.steps == ()
    assert found.old_read_as_new
    assert found.new_read_as_old


@given(data=st.data())
def test_schemas_of_other_content_differ(
    data: st.DataObject, schemas: st.SearchStrategy[Schema]
) -> None:
    one, other = data.draw(schemas), data.draw(schemas)
    assume(one.content_cid != other.content_cid)
    found = diff_schemas(one, other)
    assert found
    assert found.bump is not None
    assert (found.bump == "major") == (not found.old_read_as_new)
    assert repr(found).startswith(f"{one.name} {one.version} → ")


def test_a_new_field_with_a_default_is_a_minor_change() -> None:
    found = diff_schemas(
        schema(Field("a", INT)), schema(Field("a", INT), Field("b", STR, default=""))
    )
    assert [item.name for item in found.added] == ["b"]
    assert (found.bump, found.version) == ("minor", "1.1.0")
    assert found.old_read_as_new
    assert found.new_read_as_old.reasons == ("b is unknown to the reader",)
    assert found.steps == (Default("b", ""),)


def test_a_new_field_without_a_default_is_a_major_change() -> None:
    found = diff_schemas(schema(Field("a", INT)), schema(Field("a", INT), Field("b", STR)))
    assert (found.bump, found.version) == ("major", "2.0.0")
    assert found.steps is None
    assert found.notes == ("b is new, and has no default",)


def test_a_removed_field_is_a_major_change() -> None:
    found = diff_schemas(schema(Field("a", INT), Field("zz", STR)), schema(Field("a", INT)))
    assert [item.name for item in found.removed] == ["zz"]
    assert found.bump == "major"
    assert found.steps == (Select(("a",)),)


def test_a_changed_description_is_a_patch() -> None:
    one = schema(Field("a", INT, description="x"), description="A row.")
    other = schema(Field("a", INT, description="y"), description="One row.")
    found = diff_schemas(one, other)
    assert [(item.field, item.what) for item in found.changes] == [
        ("", "description"),
        ("a", "description"),
    ]
    assert (found.bump, found.version, found.steps) == ("patch", "1.0.1", ())


@pytest.mark.parametrize(
    ("old", "new"),
    [("img", "image"), ("imageData", "image_data"), ("label", "labels"), ("bbox", "bounding_box")],
)
def test_a_like_name_of_the_same_type_is_suggested_as_a_rename(old: str, new: str) -> None:
    found = diff(Field(old, U8), Field(new, U8))
    assert [(pair.old.name, pair.new.name) for pair in found.renamed] == [(old, new)]
    assert (found.added, found.removed) == ((), ())
    assert found.steps == (Rename(old, new),)
    assert found.bump == "major"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (Field("height", INT), Field("author", INT)),
        (Field("img", U8), Field("image", INT)),
        (Field("a", INT), Field("b", INT)),
        (Field("img", U8), Field("image", F4)),
    ],
)
def test_what_is_not_alike_is_no_rename(old: Field, new: Field) -> None:
    assert diff(old, new).renamed == ()


def test_each_field_is_renamed_at_most_once_and_to_its_likeliest() -> None:
    old = schema(Field("image_left", U8), Field("image_right", U8))
    new = schema(Field("img_right", U8), Field("img_left", U8))
    pairs = [str(pair) for pair in diff_schemas(old, new).renamed]
    assert pairs == ["image_left → img_left", "image_right → img_right"]


@pytest.mark.parametrize(
    ("old", "new", "what", "reads"),
    [
        (Field("a", INT), Field("a", FLOAT), "type", (True, False)),
        (Field("a", INT), Field("a", STR), "type", (False, False)),
        (Field("a", INT), Field("a", ANY, optional=True), "type", (True, False)),
        (Field("a", U8), Field("a", F4), "dtype", (False, False)),
        (Field("a", U8), Field("a", ARRAY), "dtype", (True, False)),
        (Field("a", ARRAY), Field("a", U8), "dtype", (False, True)),
        (
            Field("a", FieldType(kind="ndarray", shape=(2, 3))),
            Field("a", FieldType(kind="ndarray", shape=(None, 3))),
            "shape",
            (True, False),
        ),
        (
            Field("a", FieldType(kind="ndarray", shape=(2,), dimension_names=("x",))),
            Field("a", FieldType(kind="ndarray", shape=(2,))),
            "dimensions",
            (True, True),
        ),
        (Field("a", INT), Field("a", INT, optional=True), "optional", (True, False)),
        (Field("a", INT), Field("a", INT, default=1), "default", (True, True)),
        (
            Field("a", FieldType(kind="array", items=INT)),
            Field("a", FieldType(kind="map", items=INT)),
            "type",
            (False, False),
        ),
        (
            Field("a", FieldType(kind="ref", ref="at://x/y/1")),
            Field("a", FieldType(kind="ref", ref="at://x/y/2")),
            "type",
            (False, False),
        ),
    ],
)
def test_every_fact_has_its_verdicts(
    old: Field, new: Field, what: str, reads: tuple[bool, bool]
) -> None:
    found = diff(old, new)
    assert what in [change.what for change in found.changes]
    assert (bool(found.old_read_as_new), bool(found.new_read_as_old)) == reads
    back = diff(new, old)
    assert (bool(back.old_read_as_new), bool(back.new_read_as_old)) == reads[::-1]


def test_changes_of_nested_samples_have_their_path() -> None:
    later = replace(POINT, fields=(Field("x", FLOAT), Field("y", FLOAT, default=0.0)))
    old, new = (
        Field("points", FieldType(kind="array", items=FieldType(kind="ref", schema=inner)))
        for inner in (POINT, later)
    )
    found = diff(old, new)
    assert [(item.field, item.what) for item in found.changes] == [("points[].y", "added")]
    assert found.old_read_as_new
    assert found.new_read_as_old.reasons == ("points[].y is unknown to the reader",)
    required = replace(later, fields=(Field("x", FLOAT), Field("y", FLOAT)))
    kind = FieldType(kind="array", items=FieldType(kind="ref", schema=required))
    assert diff(old, Field("points", kind)).old_read_as_new.reasons == (
        "points[].y is missing, and it has no default",
    )


def test_a_new_order_is_a_change_that_everybody_can_read() -> None:
    one, other = Field("a", INT), Field("b", STR)
    found = diff_schemas(schema(one, other), schema(other, one))
    assert [item.what for item in found.changes] == ["order"]
    assert (found.bump, bool(found.old_read_as_new)) == ("minor", True)
    assert found.steps == (Select(("b", "a")),)


def test_casts_that_may_stop_are_said_to() -> None:
    found = diff(Field("a", STR), Field("a", INT))
    assert found.steps == (Cast("a", "int"),)
    assert found.notes == ("a: stops at a str that has no equal as int",)
    assert diff(Field("a", INT), Field("a", STR)).notes == ()
    assert diff(Field("a", U8), Field("a", F4)).notes == ()
    assert diff(Field("a", F4), Field("a", U8)).notes != ()


def test_an_optional_field_becomes_a_required_one_through_its_default() -> None:
    found = diff(Field("a", INT, optional=True, default=None), Field("a", INT, default=7))
    assert found.steps == (Default("a", 7),)
    assert diff(Field("a", INT, optional=True), Field("a", INT)).steps is None


def test_the_text_says_all_with_signs() -> None:
    old = schema(Field("img", U8), Field("note", STR), description="Old\x1b[31m.")
    new = schema(Field("image", U8), Field("size", INT, default=0), version="2.0.0")
    lines = repr(diff_schemas(old, new)).splitlines()
    assert lines[:5] == [
        "D 1.0.0 → D 2.0.0",
        "+ size int",
        "- note str",
        "> img → image",
        "~ description Old�[31m. → –",
    ]
    assert lines[7] == "smallest honest version: 2.0.0 (major)"


def test_two_thousand_changed_fields_stay_readable() -> None:
    old = schema(*(Field(f"field_{number}", INT) for number in range(2000)))
    new = schema(*(Field(f"Field{number}", INT) for number in range(2000)))
    found = diff_schemas(old, new)
    assert len(found.renamed) == 2000
    assert len(repr(found).splitlines()) < 210


def test_a_diff_survives_pickling() -> None:
    found = diff(Field("a", INT), Field("b", FLOAT))
    assert pickle.loads(pickle.dumps(found)) == found


@st.composite
def evolutions(draw: st.DrawFn, schemas: st.SearchStrategy[Schema]) -> tuple[Schema, Schema]:
    """A schema, and what it may become: fields renamed, dropped, added, cast, reordered."""
    old = draw(schemas)
    fields = []
    for item in old.fields:
        match draw(st.sampled_from(["keep", "drop", "rename", "loosen", "cast"])):
            case "keep":
                fields.append(item)
            case "rename":
                fields.append(replace(item, name=f"{item.name}_id"))
            case "loosen":
                fields.append(replace(item, optional=True))
            case "cast" if item.type.primitive in {"int", "bool", "float"}:
                fields.append(replace(item, type=STR, default=MISSING))
            case "cast" if item.type.dtype == "uint8":
                fields.append(
                    replace(item, type=replace(item.type, dtype="float32"), default=MISSING)
                )
    fields += [Field("added_1", FLOAT, default=0.5), Field("added_2", U8, optional=True)]
    assume(len({item.name for item in fields}) == len(fields))
    return old, replace(old, fields=tuple(draw(st.permutations(fields))))


@given(data=st.data())
def test_the_steps_of_a_diff_make_old_samples_new_ones(
    data: st.DataObject, schemas: st.SearchStrategy[Schema], default_of: Any
) -> None:
    old, new = data.draw(evolutions(schemas))
    found = diff_schemas(old, new)
    assume(found.steps is not None)
    source, target = schema_to_type(old), schema_to_type(new)
    lens = DeclarativeLens(found.steps).as_lens(source, target)
    values = {
        item.name: data.draw(default_of(item.type))
        for item in old.fields
        if item.default is MISSING
    }
    sample = codec_of(source).from_data(values)
    try:
        made = lens.get(sample)
    except LensError:
        assert found.notes
        return
    assert type(made) is target
    codec = codec_of(target)
    assert codec.pack(codec.unpack(codec.pack(made))) == codec.pack(made)


@given(data=st.data())
def test_the_verdict_is_what_the_reader_does(
    data: st.DataObject, schemas: st.SearchStrategy[Schema], default_of: Any
) -> None:
    old, new = data.draw(evolutions(schemas))
    found = diff_schemas(old, new)
    values = {item.name: data.draw(default_of(item.type)) for item in old.fields}
    source, reader = codec_of(schema_to_type(old)), codec_of(schema_to_type(new))
    packed = source.pack(source.from_data(values))
    if found.old_read_as_new:
        assert type(reader.unpack(packed)) is schema_to_type(new)


def test_arrays_are_cast_where_the_dtype_changed() -> None:
    old, new = schema(Field("a", U8)), schema(Field("a", F4))
    source, target = schema_to_type(old), schema_to_type(new)
    steps = diff_schemas(old, new).steps
    assert steps is not None
    made = DeclarativeLens(steps).as_lens(source, target).get(source(np.array([1, 255], np.uint8)))
    assert made.a.dtype == np.float32
    assert made.a.tolist() == [1.0, 255.0]
