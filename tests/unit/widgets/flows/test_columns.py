from __future__ import annotations

import numpy as np
import pytest

import atdata_nb as at
from atdata_nb.errors import SchemaError
from atdata_nb.flows import Plan
from atdata_nb.widgets.flows.asks import Column
from atdata_nb.widgets.flows.columns import columns_wire, edited


@pytest.fixture
def plan() -> Plan:
    rows = [{"n": 1, "image": np.ones((2, 2)), "note": "a"}, {"n": 2, "image": np.ones((2, 2))}]
    return at.plan_publish(rows, name="rows")


def test_a_row_offers_what_a_field_may_become(plan: Plan) -> None:
    rows = {row["name"]: row for row in columns_wire(plan.schema, {"n": 1})}
    assert rows["n"]["types"] == ["int", "float"]
    assert rows["image"]["types"] == ["float64 2×2", "float32 2×2", "float16 2×2"]
    assert (rows["n"]["example"], rows["image"]["example"]) == ("1", "")
    assert rows["note"]["optional"] is True


def test_a_table_that_was_not_edited_is_the_schema_itself(plan: Plan) -> None:
    assert edited(plan.schema, []) is None
    same = [Column("n", "n", "int"), Column("note", "note", "str", optional=True)]
    assert edited(plan.schema, same) is None


def test_fields_are_renamed_retyped_and_dropped_and_the_samples_follow(plan: Plan) -> None:
    columns = [
        Column("n", "count", "float", optional=True),
        Column("image", "image", "float32 2×2"),
        Column("note", "note", keep=False),
    ]
    changed = edited(plan.schema, columns)
    assert changed is not None
    schema, renames = changed
    assert renames == {"count": "n"}
    assert [field.name for field in schema.fields] == ["count", "image"]
    other = plan.with_schema(schema, renames)
    entry = other.run().entry
    sample = entry.dataset()[0]
    assert (sample.count, sample.image.dtype) == (1.0, np.float32)
    entry.index.remove(entry.ref, delete_shards=True)


@pytest.mark.parametrize(
    "columns",
    [
        [Column("n", "not a name")],
        [Column("n", "image")],
        [Column(name, name, keep=False) for name in ("n", "image", "note")],
    ],
)
def test_what_is_no_schema_is_refused(plan: Plan, columns: list[Column]) -> None:
    with pytest.raises(SchemaError):
        edited(plan.schema, columns)


def test_a_type_that_was_not_offered_changes_nothing(plan: Plan) -> None:
    assert edited(plan.schema, [Column("n", "n", "bytes")]) is None
