"""A class says what its schema is: types, dtypes, shapes, defaults, order and words."""

from __future__ import annotations

import gc
import itertools
import weakref
from dataclasses import dataclass, field
from typing import Annotated, Any, Optional

import numpy as np
import pytest
from numpy.typing import NDArray

from atdata_nb.errors import SampleTypeError, SchemaError, SchemaWarning
from atdata_nb.samples import PackableSample, packable
from atdata_nb.schemas import MISSING, FieldType, Schema, schema_from_type, to_local


@packable
class Point:
    x: float
    y: float = 0.0


@packable
class Everything:
    """Everything a sample can hold."""

    text: str
    image: Annotated[NDArray[np.uint8], (None, 64, 3), "RGB."]
    mask: NDArray[np.bool_] | None
    any_array: NDArray[Any] | None
    origin: Point
    path: list[Point | None]
    scores: dict[str, NDArray[np.float16]]
    anything: Any
    count: int = 3
    tags: list[str] = field(default_factory=lambda: ["a"])
    start: Point = field(default_factory=lambda: Point(1.0))
    mean: np.ndarray = field(default_factory=lambda: np.zeros(3), metadata={"description": "Mean."})
    note: Optional[str] = None  # noqa: UP045 - the old spelling


def field_of(cls: type, name: str) -> Any:
    return schema_from_type(cls).get_field(name)


def test_the_order_of_the_fields_is_that_of_the_class() -> None:
    names = [item.name for item in schema_from_type(Everything).fields]
    assert names == list(Everything.__annotations__)


@pytest.mark.parametrize("scalar", [np.uint8, np.uint16, np.int8, np.float64, np.bool_])
def test_an_unsigned_array_is_not_recorded_as_a_signed_one(scalar: type) -> None:
    """TRAPS C10."""

    @packable
    class Row:
        data: NDArray[scalar]  # type: ignore[valid-type]

    assert field_of(Row, "data").type.dtype == np.dtype(scalar).name


@pytest.mark.parametrize("hint", [NDArray, np.ndarray, "NDArray", "np.ndarray | None"])
def test_an_array_of_no_declared_dtype_is_not_recorded_as_float32(hint: Any) -> None:
    """TRAPS C10."""
    cls = packable(type("Row", (), {"__annotations__": {"data": hint}, "__module__": __name__}))
    assert field_of(cls, "data").type == FieldType(kind="ndarray")
    assert "float32" not in str(to_local(schema_from_type(cls)))


def test_shapes_and_descriptions_are_recorded() -> None:
    image = field_of(Everything, "image")
    assert (image.type.dtype, image.type.shape) == ("uint8", (None, 64, 3))
    assert image.description == "RGB."
    assert field_of(Everything, "mean").description == "Mean."


def test_defaults_are_recorded_as_plain_values() -> None:
    """TRAPS C11."""
    assert field_of(Everything, "count").default == 3
    assert field_of(Everything, "tags").default == ["a"]
    assert field_of(Everything, "start").default == {"x": 1.0, "y": 0.0}
    assert field_of(Everything, "mean").default.tolist() == [0, 0, 0]
    assert field_of(Everything, "note").default is None


def test_an_optional_field_without_a_default_has_none() -> None:
    mask = field_of(Everything, "mask")
    assert (mask.optional, mask.default) == (True, MISSING)


def test_nested_samples_are_recorded_in_place() -> None:
    origin = field_of(Everything, "origin").type
    assert origin.schema == schema_from_type(Point)
    path = field_of(Everything, "path").type
    assert (path.kind, path.items_optional, path.items.schema.name) == ("array", True, "Point")
    assert field_of(Everything, "scores").type.items.dtype == "float16"


def test_the_description_is_what_the_author_wrote() -> None:
    assert schema_from_type(Everything).description == "Everything a sample can hold."


def test_the_signature_that_dataclass_writes_is_no_description() -> None:
    assert schema_from_type(Point).description is None


def test_a_docstring_of_a_parent_is_not_the_childs() -> None:
    @packable
    class Child(Everything):
        more: str = ""

    assert schema_from_type(Child).description is None
    assert schema_from_type(Child).fields[-1].name == "more"


def test_name_version_and_description_can_be_given() -> None:
    schema = schema_from_type(Point, name="Place", version="2.1.0", description="A place.")
    assert (schema.name, schema.version, schema.description) == ("Place", "2.1.0", "A place.")


def test_a_default_that_is_new_each_time_is_told_and_left_out() -> None:
    numbers = itertools.count()

    @packable
    class Row:
        number: int = field(default_factory=lambda: next(numbers))

    with pytest.warns(SchemaWarning, match=r"Row\.number: the default is lost"):
        schema = schema_from_type(Row)
    assert schema.fields[0].default is MISSING


def test_a_class_that_holds_itself_is_refused() -> None:
    with pytest.raises((SchemaError, SampleTypeError), match="Node"):
        schema_from_type(Node)


class Node(PackableSample):
    pass


Node.__annotations__ = {"children": "list[Node]"}
Node = dataclass(Node)  # type: ignore[misc]


def test_a_default_of_another_type_is_refused_by_name() -> None:
    @packable
    class Row:
        name: str = None  # type: ignore[assignment]

    with pytest.raises(SchemaError, match=r"Row\.name: .*say `\| None`"):
        schema_from_type(Row)


def test_a_class_that_is_no_sample_is_refused() -> None:
    with pytest.raises(SampleTypeError, match="decorate it with @packable"):
        schema_from_type(int)


def test_a_field_that_no_schema_may_have_is_refused_by_name() -> None:
    cls = packable(type("Row", (), {"__annotations__": {"__x__": int}}))
    with pytest.raises(SchemaError, match=r"Row\.__x__"):
        schema_from_type(cls)


def test_the_schema_of_a_class_is_a_schema() -> None:
    assert isinstance(schema_from_type(Everything), Schema)


def test_the_schema_of_a_class_is_made_once_and_goes_with_the_class() -> None:
    row = packable(type("Row", (), {"__annotations__": {"a": int}, "__doc__": "One."}))
    first = schema_from_type(row)
    assert schema_from_type(row).fields is first.fields
    row.__doc__ = "Other words."
    assert schema_from_type(row).description == "Other words."
    gone = weakref.ref(row)
    del row
    gc.collect()
    assert gone() is None
