"""The same suite on threads, processes, a Dask cluster here, and Dask on a real Slurm."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from scale.work import Die, Reading, fail_on_third, total

import atdata_nb as at
from atdata_nb.errors import ScanError, TruncatedShardError
from atdata_nb.scanning import ScanEvent

pytestmark = pytest.mark.service


def test_results_come_in_the_order_of_the_shards(ds: at.Dataset[Reading], executor: Any) -> None:
    expected = [total(part) for part in ds.by_shard()]
    assert list(at.map_shards(total, ds, executor=executor)) == expected


def test_statistics_are_the_same_to_the_bit(ds: at.Dataset[Reading], executor: Any) -> None:
    assert at.describe(ds, client=executor) == at.describe(ds)


def test_a_failing_shard_is_named_and_harms_no_other(
    ds: at.Dataset[Reading], executor: Any
) -> None:
    events: list[ScanEvent] = []
    counts: list[int] = []
    with pytest.raises(ScanError, match=r"r-000002\.tar: fail_on_third failed") as failure:
        counts.extend(
            at.map_shards(fail_on_third, ds, executor=executor, retries=1, on_event=events.append)
        )
    assert isinstance(failure.value.__cause__, RuntimeError)
    assert counts == [300] * 5
    kinds = sorted((event.kind, event.attempt) for event in events if "000002" in event.shard)
    assert kinds == [("failed", 2), ("retried", 1)]


def test_a_damaged_shard_is_not_tried_again(
    shards: list[str], executor: Any, tmp_path: Path
) -> None:
    broken = tmp_path / "cut.tar"
    broken.write_bytes(Path(shards[0]).read_bytes()[:5000])
    events: list[ScanEvent] = []
    with pytest.raises(TruncatedShardError, match=r"cut\.tar"):
        at.describe(
            at.Dataset[Reading]([shards[1], str(broken)]), client=executor, on_event=events.append
        )
    assert [event.kind for event in events].count("retried") == 0


def test_what_a_notebook_defines_is_sent(ds: at.Dataset[Reading], executor: Any) -> None:
    offset = 273.15
    # A closure in __main__ is what a notebook's function is: it has no module to import.
    space: dict[str, Any] = {"__name__": "__main__", "offset": offset}
    exec("def warmest(part):\n    return max(s.celsius for s in part) + offset", space)  # noqa: S102
    expected = [max(s.celsius for s in part) + offset for part in ds.by_shard()]
    assert list(at.map_shards(space["warmest"], ds, executor=executor)) == expected


def test_a_relative_path_is_found_from_another_folder(
    shards: list[str], executor: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(Path(shards[0]).parent)
    relative = at.Dataset[Reading]([Path(shard).name for shard in shards[:2]])
    assert [n for n, _ in at.map_shards(total, relative, executor=executor)] == [300, 300]


def test_a_worker_that_is_killed_changes_nothing(
    ds: at.Dataset[Reading], mortal: Any, tmp_path: Path
) -> None:
    expected = [total(part) for part in ds.by_shard()]
    assert list(at.map_shards(Die(tmp_path / "dead"), ds, executor=mortal)) == expected
    assert (tmp_path / "dead").exists()
