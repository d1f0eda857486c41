from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from atdata_nb import Dataset, DictSample
from atdata_nb.errors import MissingExtraError
from atdata_nb.shards import write_shard
from atdata_nb.training import to_tensors


@pytest.fixture(autouse=True)
def without_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)  # type: ignore[arg-type]


def test_without_torch_the_extra_that_brings_it_is_named(tmp_path: Path) -> None:
    write_shard(tmp_path / "a.tar", [DictSample(n=1)])
    ds = Dataset(tmp_path / "a.tar")
    for call in (ds.torch, lambda: to_tensors(next(ds.ordered(batch_size=1)))):
        with pytest.raises(MissingExtraError, match=r"pip install 'atdata-nb\[torch\]'"):
            call()


def test_training_loads_nothing_heavy_by_itself() -> None:
    code = "import sys, atdata_nb.training; print({'torch', 'pandas', 'pyarrow'} & {*sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
