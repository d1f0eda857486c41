"""Types by name, with completion; a type of one's own is checked against a stored schema."""

from __future__ import annotations

import contextlib
from typing import Annotated, Any

import numpy as np
import pytest
from numpy.typing import NDArray

from atdata_nb import LocalIndex, packable
from atdata_nb.errors import SampleTypeError, SchemaError, SchemaNotFoundError


@packable
class Digit:
    image: Annotated[NDArray[np.uint8], (8, 8)]
    label: int = 0


def make_type(name: str, fields: dict[str, Any]) -> type:
    return packable(type(name, (), {"__annotations__": fields, "__doc__": f"A {name}."}))


@pytest.fixture
def filled(index: LocalIndex) -> LocalIndex:
    index.publish_schema(make_type("Row", {"a": int}))
    index.publish_schema(make_type("Row", {"a": int | None}), version="1.10.0")
    index.publish_schema(make_type("Row", {"a": float}), version="1.9.0")
    index.publish_schema(Digit)
    return index


def test_a_name_is_the_newest_type_and_a_versioned_one_that_version(filled: LocalIndex) -> None:
    types = filled.types
    assert types.Row is types["Row"] is types.Row_1_10_0 is types["Row@1.10.0"]
    assert types.Row_1_0_0 is filled.decode_schema("Row@1.0.0")
    assert types["atdata://local/sampleSchema/Row@1.9.0"] is types.Row_1_9_0
    assert types.Row_1_0_0(a=3).a == 3
    assert types.Digit.from_data({"image": np.zeros((8, 8), np.uint8)}).label == 0


def test_types_are_a_mapping_of_names(filled: LocalIndex) -> None:
    types = filled.types
    assert list(types) == ["Digit", "Row"]
    assert len(types) == 2
    assert "Row" in types
    assert "Row@1.9.0" in types
    assert "Row@2.0.0" not in types
    assert "no name/" not in types
    assert 3 not in types
    assert types.get("Digit") is types.Digit
    assert types.get("Nothing") is types.get("no name/") is None
    assert dict(types)["Row"] is types.Row


def test_completion_offers_names_and_versions(filled: LocalIndex) -> None:
    offered = [name for name in dir(filled.types) if name[0].isupper()]
    assert offered == ["Digit", "Digit_1_0_0", "Row", "Row_1_0_0", "Row_1_10_0", "Row_1_9_0"]
    assert filled.types._ipython_key_completions_() == [
        "Digit",
        "Row",
        "Digit@1.0.0",
        "Row@1.0.0",
        "Row@1.9.0",
        "Row@1.10.0",
    ]
    assert repr(filled.types) == (
        "types of 2 schemas\n  Digit 1.0.0\n  Row 1.10.0 (also 1.9.0, 1.0.0)"
    )


def test_what_is_not_there_is_an_attribute_error_and_a_key_error(filled: LocalIndex) -> None:
    with pytest.raises(AttributeError, match="Nothing"):
        _ = filled.types.Nothing
    with pytest.raises(AttributeError, match="Row_2_0_0"):
        _ = filled.types.Row_2_0_0
    with pytest.raises(SchemaNotFoundError, match="Nothing"):
        _ = filled.types["Nothing"]
    assert not hasattr(filled.types, "_repr_html_")


def test_a_schema_called_like_a_version_of_another_is_itself(filled: LocalIndex) -> None:
    filled.publish_schema(make_type("Row_1_0_0", {"b": str}))
    assert filled.types.Row_1_0_0 is filled.decode_schema("Row_1_0_0")
    assert filled.types["Row@1.0.0"] is filled.decode_schema("Row@1.0.0")


def test_two_schemas_never_share_a_type(filled: LocalIndex) -> None:
    """TRAPS S7."""
    types = [filled.types[f"Row@{version}"] for version in ("1.0.0", "1.9.0", "1.10.0")]
    assert len({id(each) for each in types}) == 3


def test_a_type_of_ones_own_is_returned_if_it_is_that_of_the_schema(filled: LocalIndex) -> None:
    assert filled.decode_schema_as("Digit", Digit) is Digit

    @packable
    class Mine:
        """Other words."""

        image: Annotated[NDArray[np.uint8], (8, 8)]
        label: int = 0

    assert filled.decode_schema_as("Digit@1.0.0", Mine) is Mine


@pytest.mark.parametrize(
    ("image", "label", "said"),
    [
        (Annotated[NDArray[np.uint8], (8, 8)], str, "label: type int → str"),
        (Annotated[NDArray[np.uint8], (8, 8)], int, "default"),
        (Annotated[NDArray[np.int8], (8, 8)], int, "uint8 → int8"),
        (NDArray[np.uint8], int, "shape"),
        (None, int, "it lacks image"),
    ],
)
def test_a_type_of_ones_own_that_is_another_is_refused_with_the_differences(
    filled: LocalIndex, image: Any, label: type, said: str
) -> None:
    fields = {"label": label} if image is None else {"image": image, "label": label}
    with pytest.raises(SchemaError, match=r"Mine is not Digit 1\.0\.0: ") as caught:
        filled.decode_schema_as("Digit", make_type("Mine", fields))
    assert said in str(caught.value)


def test_only_a_sample_type_can_be_that_of_a_schema(filled: LocalIndex) -> None:
    with pytest.raises(SampleTypeError):
        filled.decode_schema_as("Digit", int)
    with contextlib.suppress(SchemaError), pytest.raises(SchemaNotFoundError):
        filled.decode_schema_as("Nothing", Digit)
