from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from atdata_nb import DictSample
from atdata_nb.errors import SchemaError
from atdata_nb.schemas import Schema
from atdata_nb.schemas.observed import Observed


def seen(*values: Any) -> str:
    """Type of a field that had these values, as a schema's table shows it."""
    observed = Observed()
    for value in values:
        observed.look_at(DictSample(x=value))
    schema: Schema = observed.schema("t")
    (field,) = schema.fields
    kind = field.type
    inner = kind.items.primitive if kind.items else None
    shown = kind.primitive or kind.dtype or (f"{kind.kind}[{inner}]" if inner else kind.kind)
    return f"{shown}{'?' if field.optional else ''}"


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([1, 2], "int"),
        ([True], "bool"),
        ([1.5, None], "float?"),
        ([None], "any?"),
        ([1, "a"], "any"),
        ([b"x"], "bytes"),
        ([[], [1]], "array[int]"),
        ([["a"], []], "array[str]"),
        ([[1, "a"], [1]], "array[any]"),
        ([[]], "array[any]"),
        ([{"a": 1}], "map[any]"),
        ([np.zeros(2, np.uint8)], "uint8"),
        ([np.zeros(2, np.uint8), np.zeros(2)], "ndarray"),
        ([np.float32(1)], "float"),
    ],
)
def test_a_field_has_the_type_of_all_its_values(values: list[Any], kind: str) -> None:
    assert seen(*values) == kind


def test_a_field_that_some_samples_lack_is_optional() -> None:
    observed = Observed()
    for sample in (DictSample(a=1), DictSample(a=1, b="x")):
        observed.look_at(sample)
    fields = {field.name: field.optional for field in observed.schema("t").fields}
    assert fields == {"a": False, "b": True}


@pytest.mark.parametrize(
    ("name", "called"),
    [("my digits", "MyDigits"), ("8x8", "Sample8x8"), ("日本", "Sample"), ("", "Sample")],
)
def test_the_schema_is_called_after_the_dataset(name: str, called: str) -> None:
    assert Observed().schema(name).name == called


def test_a_field_that_no_schema_can_name_is_told() -> None:
    observed = Observed()
    observed.look_at(DictSample({"pixel values": 1}))
    with pytest.raises(SchemaError, match=r"pixel values.*@packable"):
        observed.schema("t")
