from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pytorch.types_of_samples import Row

from atdata_nb import Dataset
from atdata_nb.shards import write_shard

SAMPLES = 50


def write(folder: Path, shards: int) -> Dataset[Row]:
    """Write 50 samples into a number of shards, no two of which are of one size."""
    ends = [round(SAMPLES * ((i + 1) / shards) ** 1.5) for i in range(shards)]
    for i, (start, stop) in enumerate(zip([0, *ends], ends, strict=False)):
        rows = [Row(n, np.full((4, 3), n, np.float32)) for n in range(start, stop)]
        write_shard(folder / f"{i}.tar", rows)
    return Dataset[Row](folder / f"{{0..{shards - 1}}}.tar" if shards > 1 else folder / "0.tar")


@pytest.fixture
def ds(tmp_path: Path) -> Dataset[Row]:
    """50 samples in five shards."""
    return write(tmp_path, 5)


@pytest.fixture
def single(tmp_path: Path) -> Dataset[Row]:
    """50 samples in one shard."""
    return write(tmp_path, 1)
