"""Classes built from schemas are ordinary sample types: typed, comparable, picklable."""

from __future__ import annotations

import copy
import gc
import io
import multiprocessing
import pickle
import threading
import weakref
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from atdata_nb.errors import SampleDecodeError, SchemaError
from atdata_nb.protocols import Packable
from atdata_nb.samples import PackableSample, codec_of, field_specs
from atdata_nb.schemas import (
    MISSING,
    Field,
    FieldType,
    Schema,
    SchemaDict,
    schema_to_type,
    to_local,
)

STR = FieldType(kind="primitive", primitive="str")
INT = FieldType(kind="primitive", primitive="int")
IMAGE = FieldType(kind="ndarray", dtype="uint8", shape=(2, None))
POINT = Schema("Point", "1.0.0", (Field("x", INT), Field("y", INT, default=5)))
SHOT = Schema(
    "Shot",
    "1.2.0",
    (
        Field("note", STR, optional=True, default=None),
        Field("image", IMAGE, description="Two rows."),
        Field("mask", FieldType(kind="ndarray"), optional=True, default=None),
        Field("points", FieldType(kind="array", items=FieldType(kind="ref", schema=POINT))),
        Field("tags", FieldType(kind="array", items=STR), default=["a"]),
        Field("origin", FieldType(kind="ref", schema=POINT), default={"x": 1}),
        Field("scale", FieldType(kind="map", items=FieldType(kind="ndarray")), default={}),
    ),
    description="One shot.",
)


def shot() -> Any:
    """A sample of SHOT."""
    cls, point = schema_to_type(SHOT), schema_to_type(POINT)
    return cls(image=np.ones((2, 3), np.uint8), points=[point(1), point(2, 3)])


def roundtrip_in_child(sample: Any) -> tuple[str, bool]:
    """What another process makes of a sample."""
    again = type(sample).from_bytes(sample.packed)
    return repr(sample), again == sample


def test_an_optional_field_may_come_before_a_required_one() -> None:
    """TRAPS C11."""
    sample = shot()
    assert sample.note is None
    assert schema_to_type(SHOT)("n", image=sample.image, points=[]).note == "n"


def test_defaults_are_those_of_the_schema_and_every_sample_has_its_own() -> None:
    """TRAPS C11."""
    one, other = shot(), shot()
    one.tags.append("b")
    one.origin.x = 9
    assert (other.tags, repr(other.origin), other.scale) == (["a"], "Point(x=1, y=5)", {})
    kind = FieldType(kind="array", items=FieldType(kind="ref", schema=POINT))
    cls = schema_to_type(Schema("D", "1.0.0", (Field("points", kind, default=[{"x": 2}]),)))
    assert repr(cls()) == "D(points=[Point(x=2, y=5)])"


def test_optional_arrays_come_back_as_arrays() -> None:
    """TRAPS C2."""
    cls = schema_to_type(SHOT)
    sample = replace(shot(), mask=np.arange(3), scale={"k": np.zeros(2)})
    again = cls.from_bytes(sample.packed)
    assert isinstance(again.mask, np.ndarray)
    assert isinstance(again.image, np.ndarray)
    assert isinstance(again.scale["k"], np.ndarray)
    assert again == sample


def test_the_class_knows_its_schema() -> None:
    cls = schema_to_type(replace(SHOT, ref="atdata://local/sampleSchema/Shot@1.2.0"))
    assert cls.__schema__ == SHOT
    assert cls.__schema_version__ == "1.2.0"
    assert cls.__name__ == "Shot"
    assert cls.__doc__ == "One shot."
    assert repr(cls) == "<sample type Shot 1.2.0: 7 fields>"
    assert field_specs(cls)[1].description == "Two rows."
    assert field_specs(cls)[1].type.shape == (2, None)


def test_the_reference_is_where_the_class_was_first_read() -> None:
    schema = Schema("OnlyHere", "1.0.0", (), ref="at://did:plc:x/y/z")
    assert schema_to_type(schema).__schema_ref__ == "at://did:plc:x/y/z"


def test_samples_are_packable_by_protocol_and_by_class() -> None:
    assert isinstance(shot(), Packable)
    assert isinstance(shot(), PackableSample)


def test_the_same_schema_gives_the_same_class_however_it_is_spelled() -> None:
    cls = schema_to_type(SHOT)
    assert schema_to_type(SchemaDict.of(SHOT)) is cls
    assert schema_to_type(replace(SHOT, ref="at://did:plc:x/y/z", created_at="now")) is cls


@pytest.mark.parametrize(
    "changed",
    [
        Field("a", FieldType(kind="primitive", primitive="str")),
        Field("a", INT, optional=True),
        Field("a", INT, default=1),
        Field("a", INT, description="d"),
        Field("a", FieldType(kind="ndarray", dtype="int8")),
        Field("a", FieldType(kind="ndarray", dtype="uint8")),
        Field("a", FieldType(kind="array", items=INT)),
        Field("a", FieldType(kind="array", items=STR)),
    ],
)
def test_two_publishers_schemas_of_one_name_never_share_a_class(changed: Field) -> None:
    """TRAPS S7."""
    mine, theirs = (Schema("Same", "1.0.0", (item,)) for item in (Field("a", INT), changed))
    cls, other = schema_to_type(mine), schema_to_type(theirs)
    assert cls is not other
    assert (cls.__schema__, other.__schema__) == (mine, theirs)


def test_two_versions_of_one_content_are_two_classes() -> None:
    later = replace(SHOT, version="2.0.0")
    assert schema_to_type(later) is not schema_to_type(SHOT)
    assert schema_to_type(later).__schema_version__ == "2.0.0"


def test_a_class_nobody_holds_is_let_go() -> None:
    gone = weakref.ref(schema_to_type(Schema("Passing", "1.0.0", (Field("a", INT),))))
    gc.collect()
    assert gone() is None


def test_threads_get_one_class() -> None:
    found: list[type] = []
    schema = Schema("Raced", "1.0.0", (Field("a", FieldType(kind="ref", schema=POINT)),))
    threads = [
        threading.Thread(target=lambda: found.append(schema_to_type(schema))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_classes_and_samples_can_be_pickled(protocol: int) -> None:
    sample = shot()
    for pickler in (pickle.Pickler, pickle._Pickler):  # type: ignore[attr-defined]
        out = io.BytesIO()
        pickler(out, protocol).dump((type(sample), sample))
        cls, again = pickle.loads(out.getvalue())
        assert cls is type(sample)
        assert again == sample


def test_samples_reach_another_process() -> None:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        text, same = pool.apply(roundtrip_in_child, (shot(),))
    assert text == repr(shot())
    assert same


def test_classes_and_samples_can_be_copied() -> None:
    sample = shot()
    assert copy.copy(type(sample)) is type(sample)
    assert copy.deepcopy(type(sample)) is type(sample)
    assert copy.deepcopy(sample) == sample
    assert copy.deepcopy(sample).image is not sample.image


class Derived(schema_to_type(POINT)):  # type: ignore[misc]
    """Somebody's own class, derived from a built one."""


def test_a_class_derived_from_a_built_one_is_pickled_by_its_name() -> None:
    assert pickle.loads(pickle.dumps(Derived)) is Derived


def test_a_sample_of_another_schema_is_refused_by_name() -> None:
    other = schema_to_type(Schema("Other", "1.0.0", (Field("a", INT),)))
    with pytest.raises(SampleDecodeError, match="not a Shot"):
        schema_to_type(SHOT).from_bytes(other(1).packed)


def test_a_schema_that_is_only_referred_to_is_asked_for() -> None:
    kind = FieldType(kind="array", items=FieldType(kind="ref", ref="at://did:plc:x/y/z"))
    with pytest.raises(SchemaError, match=r"D\.a: the schema at://did:plc:x/y/z is not in place"):
        schema_to_type(Schema("D", "1.0.0", (Field("a", kind),)))


@pytest.mark.parametrize(
    "name", ["packed", "as_wds", "from_data", "self", "cls", "field", "dataclass"]
)
def test_a_field_may_have_any_name_that_is_one(name: str) -> None:
    cls = schema_to_type(Schema("Odd", "1.0.0", (Field(name, INT), Field("b", INT, default=2))))
    assert getattr(cls(**{name: 1}), name) == 1


def test_no_text_of_a_schema_is_ever_executed() -> None:
    """TRAPS S3."""
    evil = "__import__('os').abort()"
    data, _ = to_local(Schema("D", "1.0.0", (Field("a", INT),)))
    field = data["fields"][0]
    for changed in (
        {"name": evil},
        {"version": evil},
        {"fields": [field | {"name": f"a={evil}"}]},
        {"fields": [field | {"fieldType": {"$type": "local#primitive", "primitive": evil}}]},
        {"fields": [field | {"fieldType": {"$type": "local#ndarray", "dtype": evil}}]},
    ):
        with pytest.raises(SchemaError):
            schema_to_type(data | changed)
    harmless = data | {"description": evil, "fields": [field | {"description": evil}]}
    assert schema_to_type(harmless).__doc__ == evil


@given(data=st.data())
def test_samples_of_any_schema_survive_their_bytes(
    data: st.DataObject, schemas: st.SearchStrategy[Schema], default_of: Any
) -> None:
    schema = data.draw(schemas)
    cls = schema_to_type(schema)
    given_values = {
        item.name: data.draw(default_of(item.type) | (st.none() if item.optional else st.nothing()))
        for item in schema.fields
        if item.default is MISSING
    }
    # Not sample.packed and cls.from_bytes: a field may have that name.
    codec = codec_of(cls)
    packed = codec.pack(codec.from_data(given_values))
    assert codec.pack(codec.unpack(packed)) == packed
