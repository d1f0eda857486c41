"""What is particular to Dask: its memory limit, its logs and dashboard, its DataFrames."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scale.work import Large, Reading, fail_with_its_source, size, total

import atdata_nb as at
from atdata_nb.errors import ScanError
from atdata_nb.shards import write_shard

pytestmark = pytest.mark.service

LIMIT = 220 << 20
SECRET = "wJalrXUtnFEMI/K7MDENG"  # noqa: S105 - nobody's


@pytest.fixture(params=["local_client", "slurm_client"])
def client(request: pytest.FixtureRequest) -> Any:
    return request.getfixturevalue(request.param)


def test_a_dataset_of_ten_times_a_workers_memory_is_read(tmp_path: Path) -> None:
    from distributed import Client, LocalCluster

    samples = (Large(np.full((1 << 20,), n, np.uint8)) for n in range(240))
    first = write_shard(tmp_path / "000.tar", samples)
    # One file under several names: it is read that often, and lies on the disk once.
    for n in range(1, 10):
        os.link(first.url, tmp_path / f"{n:03d}.tar")
    ds = at.Dataset[Large](str(tmp_path / "{000..009}.tar"))
    assert first.bytes > LIMIT
    with (
        LocalCluster(
            n_workers=1, threads_per_worker=1, dashboard_address=":0", memory_limit=LIMIT
        ) as cluster,
        Client(cluster) as client,
    ):
        found = list(at.map_shards(size, ds, executor=client))
    assert sum(pixels for pixels, _ in found) == 2400 << 20
    assert max(memory for _, memory in found) < LIMIT


def test_no_secret_is_in_logs_or_task_lists(client: Any) -> None:
    source = at.S3Source("team", ["a.tar", "b.tar"], access_key="AKIA", secret_key=SECRET)
    with pytest.raises(ScanError, match=r"s3://team/a\.tar: fail_with_its_source failed"):
        list(at.map_shards(fail_with_its_source, at.Dataset(source), executor=client))
    known = client.run_on_scheduler(everything_known)
    told = f"{client.get_worker_logs()} {client.get_scheduler_logs()} {known}"
    assert "fail_with_its_source" in told
    for secret in ("AKIA", SECRET, SECRET[::-1]):
        assert secret not in told


def everything_known(dask_scheduler: Any) -> str:
    log, groups = list(dask_scheduler.transition_log), dask_scheduler.task_groups
    return f"{log} {groups} {dask_scheduler.tasks}"


def test_tasks_are_called_as_their_function(ds: at.Dataset[Reading], client: Any) -> None:
    list(at.map_shards(total, ds, executor=client))
    groups = client.run_on_scheduler(lambda dask_scheduler: list(dask_scheduler.task_prefixes))
    assert "total" in groups


def test_a_data_frame_is_computed_by_the_workers(ds: at.Dataset[Reading], client: Any) -> None:
    frame = ds.to_dask(client=client, survey=True, blocksize=40)
    assert frame.npartitions > len(ds.list_shards())
    means = frame.groupby("station")["celsius"].mean().compute(scheduler=client)
    samples = list(ds)
    for station, mean in means.items():
        assert mean == pytest.approx(
            np.mean([sample.celsius for sample in samples if sample.station == station])
        )


def test_an_asynchronous_client_is_refused() -> None:
    class Client:
        asynchronous = True

        def submit(self) -> None: ...

        def scheduler_info(self) -> None: ...

    with pytest.raises(TypeError, match="asynchronous Dask client"):
        at.map_shards(total, [], executor=Client())
