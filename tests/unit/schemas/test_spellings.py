"""Any schema goes through every spelling and comes back; what can't is recorded."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import libipld
from hypothesis import given
from hypothesis import strategies as st

from atdata_nb.schemas import (
    Schema,
    SchemaDict,
    from_any,
    from_json_schema,
    from_local,
    from_sample_schema,
    read_schema,
    schema_from_type,
    schema_to_type,
    to_json_schema,
    to_local,
    to_sample_schema,
)

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy


def stored(record: dict[str, Any]) -> dict[str, Any]:
    """The record as a server gives it back: keys of every map in the order of DAG-CBOR."""
    kept: dict[str, Any] = libipld.decode_dag_cbor(libipld.encode_dag_cbor(record))
    return kept


@given(data=st.data())
def test_the_local_form_loses_nothing(
    data: st.DataObject, published: SearchStrategy[Schema]
) -> None:
    schema = data.draw(published)
    written, losses = to_local(schema)
    assert losses == ()
    assert from_local(json.loads(json.dumps(written))) == (schema, ())


@given(data=st.data())
def test_the_sample_schema_record_loses_nothing_on_a_server(
    data: st.DataObject, published: SearchStrategy[Schema]
) -> None:
    schema = data.draw(published)
    record, losses = to_sample_schema(schema)
    assert losses == ()
    assert from_sample_schema(stored(record)) == (schema, ())


@given(data=st.data())
def test_the_json_schema_record_loses_nothing_on_a_server(
    data: st.DataObject, published: SearchStrategy[Schema]
) -> None:
    schema = data.draw(published)
    record, losses = to_json_schema(schema)
    assert losses == ()
    assert from_json_schema(stored(record)) == (schema, ())


@given(data=st.data())
def test_a_class_made_from_a_schema_gives_the_schema(
    data: st.DataObject, schemas: SearchStrategy[Schema]
) -> None:
    schema = data.draw(schemas)
    assert schema_from_type(schema_to_type(schema)) == schema


@given(data=st.data())
def test_one_reader_knows_every_spelling(
    data: st.DataObject, published: SearchStrategy[Schema]
) -> None:
    schema = data.draw(published)
    for write in (to_local, to_sample_schema, to_json_schema):
        written, _ = write(schema)
        assert from_any(written) == (schema, ())
    assert read_schema(schema) is schema
    assert SchemaDict.of(schema).schema == schema


@given(data=st.data())
def test_equal_schemas_have_one_content_cid_and_others_another(
    data: st.DataObject, schemas: SearchStrategy[Schema]
) -> None:
    one, other = data.draw(schemas), data.draw(schemas)
    again = from_local(to_local(one)[0])[0]
    assert again.content_cid == one.content_cid
    assert hash(again) == hash(one)
    assert replace(one, version="99.0.0", ref="at://x").content_cid == one.content_cid
    if replace(one, version="0.0.0") != replace(other, version="0.0.0"):
        # Not content: only the versions of nested schemas can differ where the CIDs don't.
        assert one.content_cid != other.content_cid or one.identity_cid != other.identity_cid
