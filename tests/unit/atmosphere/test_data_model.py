from __future__ import annotations

from typing import Any

import pytest

from atdata_nb.atmosphere.data_model import bytes_value, check_record, read_bytes
from atdata_nb.errors import RecordError

KIND = {"$type": "org.example.note"}


@pytest.mark.parametrize(
    ("value", "where"),
    [
        ({"a": 0.5}, "a: records hold no floats"),
        ({"a": [1, {"b": float("nan")}]}, r"a\[1\]\.b"),
        ({"a": 2**53}, "a: .*2\\*\\*53"),
        ({"a": -(2**53)}, "a:"),
        ({"$x": 1}, r"\$x: names that begin with \$"),
        ({"a": {"$ref": "x"}}, r"a\.\$ref"),
        ({"a": {"$link": "nothing"}}, "a: a link"),
        ({"a": {"$bytes": 7}}, "a: bytes"),
        ({"a": {"$type": "blob", "size": 1}}, r"a\.ref"),
        ({"a": {1: 2}}, "keys are text"),
        ({"a": b"raw"}, "a: records hold no bytes"),
        ({"a": "\ud800"}, "surrogate"),
        ({"a": "x" * 150_000}, "a: the record has"),
        ({"$type": ""}, r"\$type"),
    ],
)
def test_what_no_record_can_say_is_named(value: dict[str, Any], where: str) -> None:
    with pytest.raises(RecordError, match=where):
        check_record(KIND | value)


def test_nesting_has_an_end() -> None:
    value: Any = 1
    for _ in range(100):
        value = [value]
    with pytest.raises(RecordError, match="nested deeper"):
        check_record(KIND | {"a": value})


def test_the_largest_integers_pass_and_json_schema_keeps_its_words() -> None:
    check_record(KIND | {"a": 2**53 - 1, "b": [None, True, "é", bytes_value(b"\x00")]})
    kind = "science.alt.dataset.schema"
    body = {
        "$type": f"{kind}#jsonSchemaFormat",
        "type": "object",
        "properties": {"a": {"$ref": "y"}},
    }
    body["$schema"] = "http://json-schema.org/draft-07/schema#"
    facts = {"name": "A", "version": "1.0.0", "schemaType": "jsonSchema"}
    check_record({"$type": kind, "schema": body, "createdAt": "2026-11-22T20:39:03Z"} | facts)


@pytest.mark.parametrize("data", [b"", b"a", b"ab", b"abc", bytes(range(256))])
def test_bytes_come_back_with_or_without_padding(data: bytes) -> None:
    text = bytes_value(data)["$bytes"]
    assert "=" not in text
    assert read_bytes({"$bytes": text}, "x") == data
    assert read_bytes({"$bytes": text + "=" * (-len(text) % 4)}, "x") == data
