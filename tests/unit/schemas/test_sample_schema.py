"""A record of ac.foundation.dataset holds no float, and loses nothing silently."""

from __future__ import annotations

import pytest

from atdata_nb.errors import SchemaError
from atdata_nb.schemas import Field, FieldType, Schema, from_sample_schema, to_sample_schema

FLOAT = FieldType(kind="primitive", primitive="float")


def test_a_float_default_is_written_as_text_and_read_as_a_float() -> None:
    schema = Schema("D", "1.0.0", (Field("a", FLOAT, default=0.1),))
    record, losses = to_sample_schema(schema)
    assert record["fields"][0]["default"] == {"float": "0.1"}
    assert losses == ()
    assert from_sample_schema(record)[0] == schema


def test_metadata_that_no_record_can_hold_is_recorded_as_lost() -> None:
    metadata = {"license": "MIT", "ratio": 0.5, "deep": {"n": [2**60]}, "half": "\ud800"}
    record, losses = to_sample_schema(Schema("D", "1.0.0", (), metadata=metadata))
    assert record["metadata"] == {"license": "MIT"}
    assert [loss.what for loss in losses] == ["metadata.ratio", "metadata.deep", "metadata.half"]
    assert "no floats" in losses[0].why


def test_a_record_of_another_type_is_refused() -> None:
    with pytest.raises(SchemaError, match=r"a record of type 'app\.bsky\.feed\.post'"):
        from_sample_schema({"$type": "app.bsky.feed.post", "text": "hi"})


def test_shape_and_description_are_written_in_the_places_the_record_has() -> None:
    kind = FieldType(kind="ndarray", dtype="uint8", shape=(8, 8))
    record, _ = to_sample_schema(Schema("D", "1.0.0", (Field("a", kind, description="Grey."),)))
    assert record["fields"] == [
        {
            "name": "a",
            "fieldType": {
                "$type": "ac.foundation.dataset.schemaType#ndarray",
                "dtype": "uint8",
                "shape": [8, 8],
            },
            "optional": False,
            "description": "Grey.",
        }
    ]
