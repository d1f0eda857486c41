from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from pytorch.types_of_samples import Everything, Row

from atdata_nb import Dataset, DictSample, SampleBatch
from atdata_nb.shards import write_shard
from atdata_nb.training import to_tensors


def everything(i: int) -> Everything:
    return Everything(
        integer=i,
        number=i / 2,
        flag=i % 2 == 0,
        text=str(i),
        data=bytes([i]),
        image=np.full((2, 3), i, np.uint8),
        ragged=np.arange(i, dtype=np.float32),
        big_endian=np.array([i], ">i4"),
        words=np.array([f"word {i}"]),
        tags=[str(i)],
        maybe=np.full(2, i, np.float32),
        count=i,
    )


def batch(tmp_path: Path) -> Any:
    write_shard(tmp_path / "a.tar", [everything(i) for i in range(6)])
    return next(Dataset[Everything](tmp_path / "a.tar").ordered(batch_size=6))


def test_numbers_and_arrays_become_tensors_and_all_else_lists(tmp_path: Path) -> None:
    found = to_tensors(batch(tmp_path))
    numbers = range(6)
    assert torch.equal(found["integer"], torch.arange(6))
    assert torch.equal(found["number"], torch.arange(6, dtype=torch.float64) / 2)
    assert torch.equal(found["flag"], torch.tensor([True, False] * 3))
    assert found["text"] == [str(i) for i in numbers]
    assert found["data"] == [bytes([i]) for i in numbers]
    assert found["tags"] == [[str(i)] for i in numbers]
    assert (found["image"].dtype, found["image"].shape) == (torch.uint8, (6, 2, 3))
    assert found["image"][:, 1, 2].tolist() == list(numbers)
    assert [each.tolist() for each in found["ragged"]] == [list(range(i)) for i in numbers]
    assert torch.equal(found["big_endian"], torch.arange(6, dtype=torch.int32)[:, None])
    assert found["words"].tolist() == [[f"word {i}"] for i in numbers]


def test_optional_fields_are_lists_whether_or_not_one_is_missing(tmp_path: Path) -> None:
    full = to_tensors(batch(tmp_path))
    assert [each.tolist() for each in full["maybe"]] == [[i, i] for i in range(6)]
    assert full["count"] == list(range(6))
    some = everything(1)
    some.maybe = some.count = None
    partly = to_tensors(SampleBatch([everything(0), some]))
    assert partly["maybe"][1] is None
    assert torch.equal(partly["maybe"][0], torch.zeros(2))
    assert partly["count"] == [0, None]


def test_a_tensor_is_the_memory_of_the_batch(tmp_path: Path) -> None:
    rows = batch(tmp_path)
    found = to_tensors(rows)
    assert found["image"].data_ptr() == rows.image.ctypes.data
    found["image"][2, 1, 1] = 77
    assert rows.image[2, 1, 1] == 77
    # The file is not what was written to.
    again = next(Dataset[Everything](tmp_path / "a.tar").ordered(batch_size=6))
    assert again.image[2, 1, 1] == 2


def test_large_arrays_are_not_copied_either(tmp_path: Path) -> None:
    images = [np.full((300, 300), i, np.float32) for i in range(5)]
    write_shard(tmp_path / "a.tar", [Row(i, image) for i, image in enumerate(images)])
    (rows,) = Dataset[Row](tmp_path / "a.tar").ordered(batch_size=5)
    found = to_tensors(rows)
    assert found["image"].data_ptr() == rows.image.ctypes.data
    assert torch.equal(found["image"], torch.from_numpy(np.stack(images)))


def test_numbers_that_no_tensor_holds_stay_numbers() -> None:
    samples = [DictSample(n=2**63, mixed=1), DictSample(n=1, mixed=0.5)]
    assert to_tensors(SampleBatch(samples)) == {"n": [2**63, 1], "mixed": [1, 0.5]}


def test_samples_without_a_type_go_by_what_is_there() -> None:
    samples = [DictSample(n=np.float32(i), image=np.full(2, i)) for i in range(3)]
    found = to_tensors(SampleBatch([*samples]))
    assert torch.equal(found["n"], torch.arange(3, dtype=torch.float32))
    assert found["image"].shape == (3, 2)
    missing = to_tensors(SampleBatch([DictSample(n=1), DictSample(m=2)]))
    assert missing == {"n": [1, None], "m": [None, 2]}
