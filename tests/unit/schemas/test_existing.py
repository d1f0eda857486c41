"""What the existing package wrote becomes a Schema, a class, and the same dict again."""

from __future__ import annotations

import base64
import json
import sqlite3
from typing import TYPE_CHECKING, Any

import pytest

from atdata_nb.schemas import (
    Schema,
    from_any,
    schema_from_type,
    schema_to_type,
    to_json_schema,
    to_local,
    to_sample_schema,
)

if TYPE_CHECKING:
    from pathlib import Path

VERSIONS = ["0.2.3b1", "0.7.0b1"]
OURS = {"propertyOrder"}


def stored_schemas(fixtures: Path, version: str) -> list[str]:
    """The JSON text of each schema in that version's Redis index, and in its SQLite index."""
    folder = fixtures / f"atdata-{version}"
    keys = json.loads((folder / "redis.json").read_text())["keys"]
    found = [
        base64.b64decode(key["value_b64"]).decode()
        for name, key in keys.items()
        if name.startswith("LocalSchema:")
    ]
    if (folder / "index.db").exists():
        with sqlite3.connect(f"file:{folder / 'index.db'}?mode=ro&immutable=1", uri=True) as db:
            found += [row[0] for row in db.execute("SELECT schema_json FROM schemas")]
    return found


def records(fixtures: Path, version: str) -> list[dict[str, Any]]:
    """The schema records that version sends to the network."""
    sent = json.loads((fixtures / f"atdata-{version}" / "records.json").read_text())
    return [item["record"] for item in sent if item["collection"].lower().endswith("schema")]


def through_a_class(schema: Schema) -> Schema:
    """The schema of the class that is made from a schema."""
    return schema_from_type(schema_to_type(schema))


@pytest.mark.parametrize("version", VERSIONS)
def test_a_stored_schema_is_written_back_letter_by_letter(fixtures: Path, version: str) -> None:
    texts = stored_schemas(fixtures, version)
    for text in texts:
        schema, losses = from_any(json.loads(text))
        assert losses == ()
        assert json.dumps(to_local(schema)[0]) == text
    assert len(texts) >= 4


@pytest.mark.parametrize("version", VERSIONS)
def test_a_record_is_written_back_with_nothing_lost(fixtures: Path, version: str) -> None:
    found = records(fixtures, version)
    for record in found:
        schema, losses = from_any(record)
        assert losses == ()
        write = to_sample_schema if "fields" in record else to_json_schema
        written, losses = write(schema)
        assert losses == ()
        if "schema" in written:
            written["schema"] = {k: v for k, v in written["schema"].items() if k not in OURS}
        assert json.dumps(written) == json.dumps(record)
    assert len(found) == 3


@pytest.mark.parametrize("version", VERSIONS)
def test_a_schema_becomes_a_class_and_a_schema_again(fixtures: Path, version: str) -> None:
    stored = [json.loads(text) for text in stored_schemas(fixtures, version)]
    for data in [*stored, *records(fixtures, version)]:
        schema, _ = from_any(data)
        again = through_a_class(schema)
        assert again.content_cid == schema.content_cid
        assert (again.fields, again.version) == (schema.fields, schema.version)


@pytest.mark.parametrize("version", VERSIONS)
def test_the_classes_have_the_fields_their_authors_wrote(fixtures: Path, version: str) -> None:
    (basic,) = (
        from_any(record)[0]
        for record in records(fixtures, version)
        if record["name"] == "BasicSample"
    )
    cls = schema_to_type(basic)
    sample = cls("a", 1, 0.5, flag=True, blob=b"")
    assert repr(sample) == (
        "BasicSample(name='a', count=1, score=0.5, flag=True, blob=b'', note=None)"
    )
    assert cls.from_bytes(sample.packed) == sample


def test_dtypes_of_a_record_without_any_are_not_invented(fixtures: Path) -> None:
    """TRAPS C10."""
    (schema,) = (
        from_any(record)[0]
        for record in records(fixtures, "0.7.0b1")
        if record["name"] == "ArraySample"
    )
    assert [item.type.dtype for item in schema.fields] == [None, None, None]
    assert "dtype" not in json.dumps(to_local(schema)[0])
