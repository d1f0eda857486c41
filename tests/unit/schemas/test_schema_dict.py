"""get_schema() gives a dict that can show itself."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys

import pytest

from atdata_nb.errors import SchemaError
from atdata_nb.schemas import Field, FieldType, Schema, SchemaDict, to_local

IMAGE = FieldType(kind="ndarray", dtype="uint8", shape=(8, 8))
DIGIT = Schema(
    "Digit",
    "1.0.0",
    (
        Field("image", IMAGE, description="Grey\x1b[31m levels."),
        Field("label", FieldType(kind="primitive", primitive="int"), optional=True, default=None),
        Field("tags", FieldType(kind="array", items=IMAGE, items_optional=True), default=[]),
    ),
    description="One digit.",
    ref="atdata://local/sampleSchema/Digit@1.0.0",
)


def test_it_is_the_stored_dict_and_where_it_is_published() -> None:
    shown = SchemaDict.of(DIGIT)
    assert dict(shown) == to_local(DIGIT)[0] | {"$ref": DIGIT.ref}
    assert json.loads(json.dumps(shown)) == shown
    assert shown["name"] == "Digit"


def test_it_knows_its_schema() -> None:
    assert SchemaDict.of(DIGIT).schema == DIGIT


def test_its_text_is_a_table_of_its_fields() -> None:
    assert repr(SchemaDict.of(DIGIT)).splitlines() == [
        "Digit 1.0.0",
        "One digit.",
        "atdata://local/sampleSchema/Digit@1.0.0",
        "field  type                    default  description",
        "image  uint8 8×8                        Grey�[31m levels.",
        "label  int | None              None",
        "tags   list[uint8 8×8 | None]  []",
    ]


def test_a_dict_that_is_no_schema_still_shows_itself() -> None:
    broken = SchemaDict({"name": "x y"})
    assert "can't be read as a schema" in repr(broken)
    with pytest.raises(SchemaError):
        _ = broken.schema


def test_two_thousand_fields_show_as_two_hundred_and_a_count() -> None:
    kind = FieldType(kind="primitive", primitive="int")
    schema = Schema("Wide", "1.0.0", tuple(Field(f"f{number}", kind) for number in range(2000)))
    lines = repr(schema).splitlines()
    assert lines[-1] == "… and 1,800 more fields"
    assert len(lines) == 203


def test_it_survives_pickling() -> None:
    again = pickle.loads(pickle.dumps(SchemaDict.of(DIGIT)))
    assert isinstance(again, SchemaDict)
    assert again.schema == DIGIT


def test_importing_schemas_loads_nothing_heavy() -> None:
    code = (
        "import sys, atdata_nb.schemas;"
        "print(sorted({'pandas', 'pyarrow', 'libipld', 'jinja2', 'anywidget'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
