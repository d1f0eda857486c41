"""What the published packages wrote reads to exactly the values that were written."""

from __future__ import annotations

import base64
import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import atdata_nb as at
from atdata_nb.errors import ShardSampleError, ShardWarning
from atdata_nb.shards import write_shard

FIXTURES = Path(__file__).parent.parent / "fixtures"


@at.packable
class BasicSample:
    name: str
    count: int
    score: float
    flag: bool
    blob: bytes
    note: str | None


@at.packable
class ArraySample:
    what: str
    array: NDArray
    mask: NDArray | None


@at.packable
class ListSample:
    words: list[str]
    numbers: list[int]


TYPES: dict[str, type] = {
    "arrays": ArraySample,
    "basic": BasicSample,
    "extremes": BasicSample,
    "lists": ListSample,
    "multi": ArraySample,
}
TARS = sorted(path.with_suffix("").with_suffix("") for path in FIXTURES.glob("*/*.expected.json"))
TARS = [path.with_suffix(".tar") for path in TARS if path.with_suffix(".tar").exists()]


def type_of(tar: Path) -> type:
    return TYPES[tar.stem.partition("-")[0]]


def plain(value: Any) -> Any:
    """Return a value in the form of the ``.expected.json`` files."""
    if isinstance(value, np.ndarray):
        data = base64.b64encode(value.tobytes(order="C")).decode()
        return {
            "$ndarray": {"dtype": value.dtype.str, "shape": list(value.shape), "data_b64": data}
        }
    if isinstance(value, bytes):
        return {"$bytes_b64": base64.b64encode(value).decode()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value


def text(value: Any) -> str:
    # As text, so that NaN is NaN, -0.0 is not 0.0, and True is not 1.
    return json.dumps(value, indent=0)


def truth_of(tar: Path) -> list[dict[str, Any]]:
    expected: list[dict[str, Any]] = json.loads(tar.with_suffix(".expected.json").read_text())
    return expected


def values_of(sample: Any) -> dict[str, Any]:
    return {field.name: plain(getattr(sample, field.name)) for field in fields(sample)}


def test_every_tar_with_a_truth_is_looked_at() -> None:
    assert len(TARS) == 14
    assert {tar.parent.name for tar in TARS} == {"atdata-0.2.3b1", "atdata-0.7.0b1"}


@pytest.fixture(params=TARS, ids=lambda tar: f"{tar.parent.name}/{tar.stem}")
def tar(request: pytest.FixtureRequest) -> Path:
    path: Path = request.param
    return path


def test_typed_samples_have_exactly_the_values_that_were_written(tar: Path) -> None:
    samples = list(at.Dataset[type_of(tar)](tar))
    assert {type(sample) for sample in samples} == {type_of(tar)}
    assert text([values_of(s) for s in samples]) == text([e["fields"] for e in truth_of(tar)])


def test_untyped_samples_have_exactly_the_values_that_were_written(tar: Path) -> None:
    samples = [{n: plain(v) for n, v in s.items()} for s in at.Dataset(tar)]
    assert text(samples) == text([entry["fields"] for entry in truth_of(tar)])


def test_keys_and_order_are_those_that_were_written(tar: Path) -> None:
    keys = [entry["__key__"] for entry in truth_of(tar)]
    ds = at.Dataset[type_of(tar)](tar)
    assert list(ds.keys()) == keys
    assert [key for batch in ds.ordered(batch_size=3) for key in batch.sample_keys] == keys


def test_batches_columns_and_single_samples_say_the_same(tar: Path) -> None:
    ds = at.Dataset[type_of(tar)](tar)
    expected = [entry["fields"] for entry in truth_of(tar)]
    assert text([values_of(ds[i]) for i in range(len(ds))]) == text(expected)
    for name in ds.field_names:
        columns = [
            plain(value) for batch in ds.ordered(batch_size=7) for value in list(batch[name])
        ]
        assert text(columns) == text([sample[name] for sample in expected])


def test_a_copy_written_here_reads_to_the_same_values(tar: Path, tmp_path: Path) -> None:
    write_shard(tmp_path / "copy.tar", at.Dataset[type_of(tar)](tar))
    copied = at.Dataset[type_of(tar)](tmp_path / "copy.tar")
    expected = [entry["fields"] for entry in truth_of(tar)]
    assert text([values_of(sample) for sample in copied]) == text(expected)


class TestPickledObjectArray:
    """A shard with an array of pickled Python objects. TRAPS S2."""

    tar = FIXTURES / "atdata-0.2.3b1" / "pickled-object-array.tar"

    @pytest.fixture(autouse=True)
    def _no_unpickling(self, monkeypatch: pytest.MonkeyPatch) -> None:
        import pickle

        def refuse(*_: Any, **__: Any) -> None:
            pytest.fail("unpickled")

        monkeypatch.setattr(pickle, "load", refuse)
        monkeypatch.setattr(pickle, "loads", refuse)

    def test_iterating_it_is_refused_with_its_place(self) -> None:
        with pytest.raises(ShardSampleError, match="pickled Python objects refused") as caught:
            list(at.Dataset[ArraySample](self.tar))
        assert caught.value.shard == str(self.tar)
        assert caught.value.member is not None
        assert caught.value.offset is not None

    def test_a_batch_of_it_is_refused(self) -> None:
        (batch,) = at.Dataset[ArraySample](self.tar).ordered(batch_size=8)
        with pytest.raises(ShardSampleError, match="pickled"):
            _ = batch.array

    def test_one_of_its_samples_is_refused(self) -> None:
        with pytest.raises(ShardSampleError, match="pickled"):
            _ = at.Dataset[ArraySample](self.tar)[0]

    def test_without_a_type_its_bytes_stay_bytes(self) -> None:
        (sample,) = at.Dataset(self.tar)
        assert isinstance(sample["array"], bytes)

    def test_it_can_be_stepped_over(self) -> None:
        with pytest.warns(ShardWarning, match="pickled"):
            assert list(at.Dataset[ArraySample](self.tar).ordered(errors="warn")) == []
