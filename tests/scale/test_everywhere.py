"""The same suite on threads, processes, a Dask cluster here, and Dask on a real Slurm."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from scale.work import Die, DieOnce, Reading, Warm, fail_on_third, readings, total, warm

import atdata_nb as at
from atdata_nb.errors import ScanError, TruncatedShardError
from atdata_nb.scanning import ScanEvent
from atdata_nb.shards import write_shard

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


def test_what_is_written_is_the_same_to_the_bit(
    ds: at.Dataset[Reading], executor: Any, tmp_path: Path
) -> None:
    alone = at.LocalDiskStore(tmp_path / "alone").write(map(warm, ds), prefix="w", maxcount=250)
    store = at.LocalDiskStore(tmp_path / "new")
    made = ds.map(warm).write(store, prefix="w", maxcount=250, client=executor)
    assert [shard.sha256 for shard in made.written] == [shard.sha256 for shard in alone]
    assert list(made) == list(map(warm, ds))


def test_a_writer_that_is_killed_changes_nothing(
    ds: at.Dataset[Reading], mortal: Any, tmp_path: Path
) -> None:
    store = at.LocalDiskStore(tmp_path / "new")
    deadly = ds.map(DieOnce(tmp_path / "dead"), out_type=Warm)
    made = deadly.write(store, prefix="w", client=mortal)
    assert list(made) == list(map(warm, ds))
    assert (tmp_path / "dead").exists()
    assert [path.name for path in store.root.iterdir()] == ["w"]


def test_an_entry_is_verified_shard_by_shard(
    ds: at.Dataset[Reading], executor: Any, tmp_path: Path
) -> None:
    index = at.LocalIndex(tmp_path / "index")
    entry = index.write_samples(ds, name="readings", client=executor)
    assert index.verify("readings", client=executor).ok
    damaged = Path(entry.shards[3].url)
    damaged.write_bytes(damaged.read_bytes().replace(b"station 3", b"station 4"))
    failed = index.verify("readings", client=executor).failed
    assert [Path(check.shard) for check in failed] == [damaged]


def test_manifests_are_built_and_what_they_select_is_the_same(
    executor: Any, tmp_path: Path
) -> None:
    paths = [write_shard(tmp_path / f"{n}.tar", readings(n, 100)).url for n in range(3)]
    ds = at.Dataset[Reading](paths)
    expected = [sample for sample in ds if sample.celsius > 20]
    scanned = at.describe(ds.where("celsius > 20"), client=executor)
    assert ds.build_manifests(client=executor) == 3
    chosen = ds.where("celsius > 20")
    assert chosen.explain().scanned == 0
    assert at.describe(chosen, client=executor) == scanned
    made = chosen.write(
        at.LocalDiskStore(tmp_path / "new"), prefix="w", maxcount=9, client=executor
    )
    assert list(made) == expected
    assert {shard.samples for shard in made.written[:-1]} == {9}
