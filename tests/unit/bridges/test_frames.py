from __future__ import annotations

import pickle
import re
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

import atdata_nb as at
from atdata_nb.errors import SampleTypeError
from atdata_nb.samples.packable import same_value


def types_of(ds: at.Dataset[Any]) -> dict[str, str]:
    """Types of the fields, as a schema's table shows them."""
    rows = (re.split(r"  +", line) for line in repr(ds.schema).splitlines()[2:])
    return {name: kind for name, kind, *_ in rows}


cells = {
    "whole": st.integers(-(2**63), 2**63 - 1),
    "real": st.floats(),
    "yes": st.booleans(),
    "text": st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    "data": st.none() | st.binary(max_size=20),
    "many": st.lists(st.integers(-5, 5), max_size=3),
    "pixels": st.binary(min_size=12, max_size=12).map(
        lambda data: np.frombuffer(data, np.uint8).reshape(2, 2, 3)
    ),
}


@settings(max_examples=30)
@given(st.lists(st.fixed_dictionaries(cells), min_size=1, max_size=8))
def test_a_frame_comes_back_as_it_was(rows: list[dict[str, Any]]) -> None:
    frame = pd.DataFrame(rows)
    back = at.from_pandas(frame).to_pandas()
    assert list(back.columns) == list(frame.columns)
    for given_row, row in zip(rows, back.to_dict("records"), strict=True):
        assert all(
            (pd.isna(row[name]) is True) if value is None else same_value(row[name], value)
            for name, value in given_row.items()
        ), (given_row, row)


def test_a_field_has_the_type_that_its_column_has() -> None:
    frame = pd.DataFrame(
        {
            "n": np.array([1, 2], np.int16),
            "maybe": pd.array([1, None], dtype="Int64"),
            "x": [1.5, float("nan")],
            "word": ["a", None],
            "kind": pd.Categorical(["u", "v"]),
            "at": pd.to_datetime(["2026-11-23T01:00", None]),
            "tensor": [np.zeros((2, 3), np.float32), np.ones((2, 3), np.float32)],
            "ragged": [np.zeros((1, 3), np.uint8), np.zeros((2, 3), np.uint8)],
            "mixed": [1, "a"],
            "nothing": [None, None],
        }
    )
    assert types_of(at.from_pandas(frame)) == {
        "n": "int",
        "maybe": "int | None",
        "x": "float",
        "word": "str | None",
        "kind": "str",
        "at": "str | None",
        "tensor": "float32 2×3",
        "ragged": "uint8 ?×3",
        "mixed": "any",
        "nothing": "any",
    }


def test_a_column_that_no_field_can_be_called_after_is_renamed_and_says_so() -> None:
    ds = at.from_pandas(pd.DataFrame({"petal length (cm)": [1.4], "class": ["setosa"]}))
    assert ds.schema is not None
    assert [(f.name, f.description) for f in ds.schema.fields] == [
        ("petal_length_cm", "petal length (cm)"),
        ("class_", "class"),
    ]


def test_an_index_with_a_name_is_a_column() -> None:
    frame = pd.DataFrame({"n": [1]}, index=pd.Index(["a"], name="key"))
    assert at.from_pandas(frame)[0].key == "a"
    assert at.from_pandas(frame, index=False).field_names == ("n",)


def test_images_in_cells_are_arrays() -> None:
    frame = pd.DataFrame({"image": [Image.new("RGB", (4, 3), "red")]})
    image = at.from_pandas(frame)[0].image
    assert image.shape == (3, 4, 3)
    assert image[0, 0].tolist() == [255, 0, 0]


def test_samples_can_be_of_a_type_that_is_declared_already() -> None:
    @at.packable
    class City:
        name: str
        celsius: float = 0.0

    frame = pd.DataFrame({"name": ["Lund"], "other": [1]})
    assert at.from_pandas(frame, sample_type=City).head() == [City("Lund")]
    with pytest.raises(SampleTypeError, match=r"City needs name.*there are: other"):
        at.from_pandas(frame[["other"]], sample_type=City)


def test_samples_are_there_in_order_by_number_and_in_another_process() -> None:
    ds = at.from_pandas(pd.DataFrame({"n": range(25_000)}))
    assert ds.list_shards() == ["rows-000000", "rows-000001", "rows-000002"]
    assert len(ds) == 25_000
    assert [sample.n for sample in ds[9_998:10_003]] == [9998, 9999, 10_000, 10_001, 10_002]
    assert ds[-1].n == 24_999
    assert sum(sample.n for sample in pickle.loads(pickle.dumps(ds))) == sum(range(25_000))
    assert [s.n for s in ds.sample(3, seed=1)] == [s.n for s in ds.sample(3, seed=1)]


def test_a_frame_can_be_listed_and_is_then_read_from_its_shards(tmp_path: Any) -> None:
    index = at.LocalIndex(tmp_path)
    entry = index.write_samples(
        at.from_pandas(pd.DataFrame({"city": ["Lund", "Kiruna"]}), name="cities"), name="cities"
    )
    assert entry.schema_ref.endswith("/Cities@1.0.0")
    assert [sample.city for sample in index.get_dataset("cities").dataset()] == ["Lund", "Kiruna"]
    index.close()


def test_a_frame_without_rows_has_a_schema_and_no_samples() -> None:
    ds = at.from_pandas(pd.DataFrame({"n": np.array([], np.int64), "o": []}))
    assert list(ds) == []
    assert len(ds) == 0
    assert ds.field_names == ("n", "o")


def test_what_is_no_frame_is_told() -> None:
    with pytest.raises(SampleTypeError, match="takes a DataFrame, got list"):
        at.from_pandas([1])  # type: ignore[call-overload]
