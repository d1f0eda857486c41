"""Codec: samples out and in, against another msgpack, one by one, by the block and by column."""

from __future__ import annotations

from typing import Any

import cloudpickle
import msgpack
import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of
from numpy.typing import NDArray

import atdata_nb as at
import atdata_nb.errors
from atdata_nb.samples import DictSample, array_to_bytes, codec_of
from atdata_nb.samples.packable import same_value


@at.packable
class Every:
    text: str
    number: int
    real: float
    truth: bool
    data: bytes
    words: list[str]
    table: dict[str, float]
    array: NDArray
    maybe: NDArray[np.float32] | None
    note: str | None
    free: Any


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
numbers = st.integers(-(2**63), 2**64 - 1)
plain = st.recursive(
    st.one_of(st.none(), st.booleans(), numbers, st.floats(), texts, st.binary(max_size=9)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(texts, inner, max_size=3)),
    max_leaves=8,
)
arrays = arrays_of.arrays(
    arrays_of.scalar_dtypes(),
    arrays_of.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3),
)
samples = st.builds(
    Every,
    text=texts,
    number=numbers,
    real=st.floats(),
    truth=st.booleans(),
    data=st.binary(max_size=20),
    words=st.lists(texts, max_size=3),
    table=st.dictionaries(texts, st.floats(), max_size=3),
    array=arrays,
    maybe=st.none() | arrays_of.arrays(np.float32, 3),
    note=st.none() | texts,
    free=plain,
)


def stored(value: Any) -> Any:
    return array_to_bytes(value) if isinstance(value, np.ndarray) else value


@given(samples)
def test_a_sample_is_the_map_that_another_msgpack_writes(sample: Every) -> None:
    fields = {name: stored(getattr(sample, name)) for name in codec_of(Every).field_names() or ()}
    assert sample.packed == msgpack.packb(fields)
    assert Every.from_bytes(sample.packed) == sample


@given(st.lists(samples, max_size=6))
def test_many_at_once_are_what_they_are_one_by_one(many: list[Every]) -> None:
    codec = codec_of(Every)
    packed = codec.pack_many(many)
    assert packed == [sample.packed for sample in many]
    records = codec.records(packed)
    assert codec.samples(records) == many
    for name in codec.field_names() or ():
        values = [getattr(sample, name) for sample in many]
        assert same_value(codec.column(records, name, stack=False), values)
    column = codec.column(records, "array")
    for i, sample in enumerate(many):
        got = column[i, ...] if isinstance(column, np.ndarray) else column[i]
        assert same_value(got, sample.array)


@given(st.dictionaries(texts, plain, max_size=5))
def test_a_sample_without_a_type_keeps_every_value(fields: dict[str, Any]) -> None:
    sample = DictSample(fields)
    assert sample.packed == msgpack.packb(fields)
    assert same_value(DictSample.from_bytes(sample.packed).raw, fields)


@given(arrays)
def test_a_sample_without_a_type_gives_arrays_as_arrays(array: Any) -> None:
    back = DictSample.from_bytes(DictSample(x=array).packed)
    assert same_value(back.x, array)
    assert back.raw["x"] == array_to_bytes(array)


def test_the_bytes_of_a_dict_sample_are_those_of_the_worked_example() -> None:
    assert DictSample(a=1, b=b"x").packed.hex() == "82a16101a162c40178"


@at.packable
class Row:
    n: int


def test_a_damaged_payload_never_shifts_its_neighbours() -> None:
    codec, good = codec_of(Row), Row(1).packed
    for payloads in ([good + good, b""], [b"", good + good], [good, b"\xc0"], [good[:-1], good]):
        with pytest.raises((at.errors.AtdataError, msgspec.MsgspecError)):
            codec.records(payloads)
    assert codec.samples(codec.records([good, good])) == [Row(1), Row(1)]


def test_cloudpickle_takes_a_class_whose_codec_was_used() -> None:
    @at.packable
    class Local:
        n: int

    sample = Local(3)
    assert sample.packed
    copy = cloudpickle.loads(cloudpickle.dumps(sample))
    assert copy.from_bytes(copy.packed).n == 3
