from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from atdata_nb import DictSample, SampleBatch, packable
from atdata_nb.tables import batch_to_pandas


@packable
class Row:
    text: str
    count: int
    good: bool
    ratio: float
    image: np.ndarray | None
    maybe_text: str | None = None
    maybe_count: int | None = None
    maybe_good: bool | None = None
    maybe_ratio: float | None = None
    tags: list[str] | None = None


def row(count: int = 1, image: np.ndarray | None = None, **more: Any) -> Row:
    return Row("a", count, good=True, ratio=0.5, image=image, **more)


def frame_of(*rows: Row) -> pd.DataFrame:
    return batch_to_pandas(SampleBatch(list(rows), sample_type=Row))


def test_columns_have_the_order_and_the_types_of_the_fields() -> None:
    frame = frame_of(row(image=np.zeros(2)))
    assert list(frame.columns) == list(Row.__dataclass_fields__)
    kinds = {name: str(dtype) for name, dtype in frame.dtypes.items()}
    assert {name: kinds[name] for name in ("count", "good", "ratio", "image")} == {
        "count": "int64",
        "good": "bool",
        "ratio": "float64",
        "image": "object",
    }
    assert (kinds["maybe_count"], kinds["maybe_good"]) == ("Int64", "boolean")
    assert (kinds["text"], kinds["maybe_text"]) == ("str", "str")


def test_missing_integers_do_not_turn_the_others_into_floats() -> None:
    large = (1 << 62) + 1
    frame = frame_of(row(maybe_count=large), row(2))
    assert frame["maybe_count"].tolist() == [large, pd.NA]
    assert frame["maybe_good"].isna().all()


def test_integers_past_int64_stay_exact() -> None:
    top = (1 << 64) - 1
    frame = frame_of(row(top, maybe_count=top), row(0))
    assert (str(frame["count"].dtype), frame["count"].tolist()) == ("uint64", [top, 0])
    assert (str(frame["maybe_count"].dtype), frame["maybe_count"][0]) == ("UInt64", top)
    mixed = frame_of(row(top), row(-1))
    assert mixed["count"].tolist() == [top, -1]


def test_arrays_stay_arrays_whatever_their_shapes() -> None:
    """TRAPS C28."""
    arrays = [np.arange(2.0), np.arange(2.0) + 1, None, np.zeros((2, 2)), np.array(3)]
    frame = frame_of(*(row(image=array) for array in arrays))
    for cell, array in zip(frame["image"], arrays, strict=True):
        assert cell is array
    same = frame_of(*(row(image=np.full(2, i)) for i in range(3)))
    assert [cell.tolist() for cell in same["image"]] == [[0, 0], [1, 1], [2, 2]]


def test_lists_of_one_length_stay_lists() -> None:
    frame = frame_of(*(row(tags=["x", "y"]) for _ in range(2)))
    assert frame["tags"].tolist() == [["x", "y"], ["x", "y"]]


def test_no_samples_give_an_empty_frame_with_the_columns() -> None:
    frame = frame_of()
    assert (len(frame), list(frame.columns)) == (0, list(Row.__dataclass_fields__))
    assert str(frame["count"].dtype) == "int64"


def test_samples_without_a_type_have_the_columns_they_have() -> None:
    frame = batch_to_pandas(
        SampleBatch([DictSample(a=1, v=1), DictSample(a=2, v="one"), DictSample(a=3, b=None)])
    )
    assert frame["a"].dtype == np.int64
    assert frame["v"].tolist() == [1, "one", None]
    assert frame["b"].tolist() == [None, None, None]
    gap = batch_to_pandas(SampleBatch([DictSample(a=1), DictSample(b=True)]))
    assert [str(dtype) for dtype in gap.dtypes] == ["Int64", "boolean"]


@given(
    st.lists(
        st.builds(
            Row,
            text=st.text(),
            count=st.integers(-(1 << 63), (1 << 64) - 1),
            good=st.booleans(),
            ratio=st.floats(allow_nan=False),
            image=st.none(),
            maybe_text=st.none() | st.text(),
            maybe_count=st.none() | st.integers(-(1 << 63), (1 << 64) - 1),
            maybe_good=st.none() | st.booleans(),
        ),
        max_size=4,
    )
)
def test_scalars_are_in_the_frame_as_they_were(rows: list[Row]) -> None:
    frame = frame_of(*rows)
    for name in ("text", "count", "good", "ratio", "maybe_text", "maybe_count", "maybe_good"):
        cells = [None if pd.isna(cell) else cell for cell in frame[name]]
        assert cells == [getattr(row, name) for row in rows]
