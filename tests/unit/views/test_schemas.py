from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

import atdata_nb as at
from atdata_nb.views.schemas import schema_facts


@at.packable
class Shot:
    """One photograph."""

    pixels: NDArray[np.uint8]
    title: str = "untitled"
    tags: list[str] | None = None


def test_fields_have_their_types_and_defaults_in_words() -> None:
    facts = schema_facts(at.schema_from_type(Shot))
    assert [(field.name, field.type, field.default) for field in facts.fields] == [
        ("pixels", "uint8 array", ""),
        ("title", "str", "'untitled'"),
        ("tags", "list[str] | None", ""),
    ]
    assert facts.description == "One photograph."


def test_a_record_that_is_no_schema_is_shown_as_it_is() -> None:
    facts = schema_facts({"name": "<b>", "fields": 7})
    assert facts.fault.startswith("This schema cannot be read")
    assert '"fields": 7' in facts.raw
    assert facts.name == "<b>"
