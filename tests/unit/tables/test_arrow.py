from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from atdata_nb import DictSample, SampleBatch, packable
from atdata_nb.errors import ArrayFormatError, SampleTypeError
from atdata_nb.samples.packable import same_value
from atdata_nb.tables import array_row, batch_to_arrow, row_to_array


@packable
class Scalars:
    text: str
    count: int
    ratio: float
    good: bool
    data: bytes
    maybe_text: str | None = None
    maybe_count: int | None = None
    maybe_ratio: float | None = None
    maybe_good: bool | None = None


@packable
class Inner:
    n: int
    xs: NDArray[np.int16]


@packable
class Outer:
    tags: list[str]
    table: dict[str, float]
    inner: Inner
    maybe: Inner | None = None
    many: list[Inner] | None = None


@packable
class Pictured:
    image: np.ndarray | None


@packable
class Declared:
    image: Annotated[NDArray[np.uint8], (2, 2)]


@packable
class Bare: ...


@packable
class Holder:
    bare: Bare


def table_of(*arrays: np.ndarray | None) -> pa.Table:
    return batch_to_arrow(SampleBatch([Pictured(array) for array in arrays]))


INT = st.integers(-(1 << 63), (1 << 64) - 1)
SCALARS = st.builds(
    Scalars,
    text=st.text(),
    count=st.integers(-(1 << 63), (1 << 63) - 1),
    ratio=st.floats(allow_nan=False),
    good=st.booleans(),
    data=st.binary(),
    maybe_text=st.none() | st.text(),
    maybe_count=st.none() | INT,
    maybe_ratio=st.none() | st.floats(allow_nan=False),
    maybe_good=st.none() | st.booleans(),
)


@given(st.lists(SCALARS, min_size=1, max_size=5))
def test_scalars_come_back_from_a_table_as_they_were(samples: list[Scalars]) -> None:
    rows = batch_to_arrow(SampleBatch(samples)).to_pylist()
    wanted = [vars(sample) for sample in samples]
    for row in rows:
        if isinstance(row["maybe_count"], Decimal):
            row["maybe_count"] = int(row["maybe_count"])
    assert rows == wanted


def test_columns_have_the_types_and_order_of_the_fields() -> None:
    schema = batch_to_arrow(SampleBatch([Scalars("a", 1, 0.5, good=True, data=b"x")])).schema
    assert schema.names == list(Scalars.__dataclass_fields__)
    assert schema.types[:5] == [pa.string(), pa.int64(), pa.float64(), pa.bool_(), pa.binary()]
    assert [field.nullable for field in schema] == [False] * 5 + [True] * 4


def test_integers_past_int64_are_unsigned_and_with_negative_ones_decimal() -> None:
    large = batch_to_arrow(SampleBatch([DictSample(n=(1 << 64) - 1), DictSample(n=0)]))
    assert large.schema.field("n").type == pa.uint64()
    assert large["n"].to_pylist() == [(1 << 64) - 1, 0]
    mixed = batch_to_arrow(SampleBatch([DictSample(n=(1 << 64) - 1), DictSample(n=-1)]))
    assert mixed["n"].to_pylist() == [Decimal((1 << 64) - 1), Decimal(-1)]


def test_lists_dicts_and_nested_samples_are_nested() -> None:
    inner = Inner(1, np.array([1, 2], np.int16))
    other = Inner(2, np.array([3], np.int16))
    table = batch_to_arrow(
        SampleBatch([Outer(["a"], {"x": 0.5}, inner), Outer([], {}, other, inner, [inner, other])])
    )
    assert table["tags"].to_pylist() == [["a"], []]
    assert table["table"].to_pylist() == [[("x", 0.5)], []]
    assert table["inner"].to_pylist() == [{"n": 1, "xs": [1, 2]}, {"n": 2, "xs": [3]}]
    assert table["maybe"].to_pylist() == [None, {"n": 1, "xs": [1, 2]}]
    assert table["many"].to_pylist()[1] == [{"n": 1, "xs": [1, 2]}, {"n": 2, "xs": [3]}]
    table.validate(full=True)


def test_a_nested_sample_without_fields_is_an_empty_map() -> None:
    assert batch_to_arrow(SampleBatch([Holder(Bare())]))["bare"].to_pylist() == [[]]


@pytest.mark.parametrize("dtype", ["u1", "i2", "<i4", ">i4", "u8", "f2", "f4", ">f8"])
def test_arrays_of_one_shape_become_a_tensor(dtype: str) -> None:
    arrays = [np.arange(6).reshape(2, 3).astype(dtype), np.ones((2, 3), dtype)]
    column = table_of(*arrays)["image"]
    native = np.dtype(dtype).newbyteorder("=")
    assert column.type == pa.fixed_shape_tensor(pa.from_numpy_dtype(native), (2, 3))
    back = column.combine_chunks().to_numpy_ndarray()
    assert back.dtype == native
    assert np.array_equal(back, np.stack(arrays))


def test_boolean_and_fortran_arrays_keep_their_elements() -> None:
    mask = np.array([[True, False, True], [False, False, True]])
    column = table_of(mask, ~mask)["image"]
    assert column.type == pa.fixed_shape_tensor(pa.bool_(), (2, 3))
    assert column.to_pylist() == [mask.ravel().tolist(), (~mask).ravel().tolist()]
    turned = np.asfortranarray(np.arange(6.0).reshape(2, 3))
    assert table_of(turned)["image"].to_pylist() == [[0.0, 1.0, 2.0, 3.0, 4.0, 5.0]]


def test_an_array_beside_a_missing_one_is_no_error() -> None:
    """TRAPS C28."""
    for arrays in ((np.arange(2.0), None), (None, np.arange(2.0))):
        column = table_of(*arrays)["image"]
        assert column.type == pa.fixed_shape_tensor(pa.float64(), (2,))
        assert column.to_pylist() == [None if a is None else [0.0, 1.0] for a in arrays]


def test_ragged_arrays_are_lists() -> None:
    """TRAPS C28."""
    ragged = [np.arange(6).reshape(2, 3), None, np.arange(4).reshape(4, 1), np.zeros((0, 0), int)]
    column = table_of(*ragged)["image"]
    assert column.type == pa.list_(_item(pa.list_(_item(pa.int64()))))
    assert column.to_pylist() == [None if a is None else a.tolist() for a in ragged]
    column.validate(full=True)


def _item(kind: pa.DataType) -> pa.Field:
    return pa.field("item", kind, nullable=False)


def test_empty_arrays_are_empty_lists() -> None:
    assert table_of(np.zeros(0), np.zeros(0))["image"].to_pylist() == [[], []]


def test_arrays_of_no_axis_are_scalars() -> None:
    column = table_of(np.array(2, np.int8), None, np.array(-3, np.int8))["image"]
    assert (column.type, column.to_pylist()) == (pa.int8(), [2, None, -3])
    assert table_of(np.array("ab"), np.array("c"))["image"].to_pylist() == ["ab", "c"]
    many = [np.array(float(i)) for i in range(6)]
    assert table_of(*many)["image"].to_pylist() == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]


def test_times_in_arrays_keep_their_unit_and_nat_is_null() -> None:
    times = np.array(["2020-01-01T00:00:01", "NaT"], "M8[ms]")
    column = table_of(times, times)["image"]
    assert column.type.value_type == pa.timestamp("ms")
    assert column.to_pylist()[0] == [times[0].item(), None]
    spans = np.array([1, 2], "m8[us]")
    assert table_of(spans)["image"].type.value_type == pa.duration("us")
    assert table_of(spans)["image"].to_pylist()[0] == [s.item() for s in spans]


def test_texts_in_arrays_keep_a_nul_in_their_middle() -> None:
    words = np.array(["a\0b", "ü"])
    assert table_of(words)["image"].to_pylist() == [["a\0b", "ü"]]
    assert table_of(np.array([b"a\0b"]))["image"].to_pylist() == [[b"a\0b"]]


ODD = [
    np.array([1 + 2j], np.complex64),
    np.zeros((0, 3), np.float32),
    np.array([(1, 2.5)], [("a", "<i4"), ("b", ">f8", (1,))]),
    np.array(["2020"], "M8[Y]"),
    np.array([1, 2], np.longdouble),
    np.array(np.datetime64("NaT", "s")),
    np.asfortranarray(np.arange(6).reshape(2, 3)),
    np.array([b"a\0"], "V2"),
]


def test_arrays_with_nothing_in_common_lose_nothing() -> None:
    column = table_of(*ODD, None)["image"]
    back = [None if row is None else row_to_array(row) for row in column.to_pylist()]
    assert back.pop() is None
    for array, again in zip(ODD, back, strict=True):
        assert again.dtype == array.dtype
        assert again.shape == array.shape
        assert again.tobytes() == array.tobytes()


@pytest.mark.parametrize("dtype", ["O", "[('a', 'O')]", "__import__('os')", "[(", "f4,O", "x9"])
def test_a_row_can_not_make_python_objects(dtype: str) -> None:
    with pytest.raises(ArrayFormatError):
        row_to_array({"dtype": dtype, "shape": [1], "data": bytes(64)})


def test_a_row_that_is_cut_is_an_error() -> None:
    row = array_row(np.arange(3)) | {"data": b"1234"}
    with pytest.raises(ArrayFormatError):
        row_to_array(row)


def test_no_samples_of_a_declared_type_are_a_table_with_its_columns() -> None:
    table = batch_to_arrow(SampleBatch([], sample_type=Declared))
    assert table.num_rows == 0
    assert table.schema.field("image").type == pa.fixed_shape_tensor(pa.uint8(), (2, 2))


def test_samples_without_a_type_have_the_columns_they_have() -> None:
    batch = SampleBatch([DictSample(a=1, x=np.zeros(2)), DictSample(b="t", a=None)])
    table = batch_to_arrow(batch)
    assert table.schema.names == ["a", "x", "b"]
    assert table["a"].to_pylist() == [1, None]
    assert table["x"].to_pylist() == [[0.0, 0.0], None]
    assert table["b"].to_pylist() == [None, "t"]


def test_values_of_several_types_are_told_apart_by_their_msgpack_bytes() -> None:
    import msgspec

    values: list[Any] = [1, "one", {"a": [1]}, None, 2.5]
    table = batch_to_arrow(SampleBatch([DictSample(v=value) for value in values]))
    cells = table["v"].to_pylist()
    assert [None if c is None else msgspec.msgpack.decode(c) for c in cells] == values
    assert table.schema.field("v").metadata == {b"atdata.form": b"msgpack"}


def test_a_value_that_is_not_of_its_field_names_the_column() -> None:
    wrong: Any = "three"
    with pytest.raises(SampleTypeError, match="'count'"):
        batch_to_arrow(SampleBatch([Scalars("a", wrong, 0.5, good=True, data=b"")]))
    with pytest.raises(SampleTypeError, match="'ratio'"):
        batch_to_arrow(SampleBatch([Scalars("a", 1, wrong, good=True, data=b"")]))
    missing: Any = None
    with pytest.raises(SampleTypeError, match=r"'text': .*None"):
        batch_to_arrow(SampleBatch([Scalars(missing, 1, 0.5, good=True, data=b"")]))


def test_an_inherited_sample_type_has_its_parents_columns() -> None:
    """TRAPS C29."""

    @packable
    class Child(Pictured):
        extra: int = 0

    table = batch_to_arrow(SampleBatch([Child(np.zeros(2), 3)]))
    assert table.schema.names == ["image", "extra"]
    assert same_value(table.to_pylist(), [{"image": [0.0, 0.0], "extra": 3}])
