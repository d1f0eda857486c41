"""Where the suite runs: threads, processes, a Dask cluster here, and one whose workers are jobs."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from scale.slurm import Slurm
from scale.work import Reading, readings

import atdata_nb as at
from atdata_nb.shards import write_shard

TESTS = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def local_client() -> Iterator[Any]:
    """Two worker processes of a Dask cluster on this machine."""
    from distributed import Client, LocalCluster

    with (
        LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=":0", memory_limit="600MiB"
        ) as cluster,
        Client(cluster) as client,
    ):
        yield client


@pytest.fixture(scope="session")
def slurm() -> Iterator[Path]:
    """A real Slurm, named in this process's environment; the folder of its state."""
    root = Path(tempfile.mkdtemp(prefix="slurm-"))
    with pytest.MonkeyPatch.context() as patch, Slurm(root) as running:
        for name, value in running.environment.items():
            patch.setenv(name, value)
        yield root
    shutil.rmtree(root, ignore_errors=True)


@pytest.fixture(scope="session")
def slurm_client(slurm: Path) -> Iterator[Any]:
    """Two workers of a Dask cluster, each a job of that Slurm."""
    from dask_jobqueue import SLURMCluster
    from distributed import Client

    with (
        SLURMCluster(
            queue="cpu",
            cores=1,
            processes=1,
            memory="600MiB",
            python=sys.executable,
            interface="lo",
            log_directory=str(slurm),
            job_script_prologue=[f"export PYTHONPATH={':'.join(filter(None, sys.path))}"],
            scheduler_options={"dashboard_address": ":0"},
            walltime="00:10:00",
        ) as cluster,
        Client(cluster) as client,
    ):
        cluster.scale(jobs=2)
        client.wait_for_workers(2, timeout=120)
        yield client


PLACES = {"processes": None, "dask": "local_client", "slurm": "slurm_client"}


def _place(request: pytest.FixtureRequest) -> Any:
    client = PLACES.get(request.param)
    return request.param if client is None else request.getfixturevalue(client)


@pytest.fixture(scope="session", params=["threads", *PLACES])
def executor(request: pytest.FixtureRequest) -> Any:
    """What map_shards is given."""
    return _place(request)


@pytest.fixture(scope="session", params=[*PLACES])
def mortal(request: pytest.FixtureRequest) -> Any:
    """The same, where a worker is a process of its own, which can be killed."""
    return _place(request)


@pytest.fixture(scope="session")
def shards(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Six shards of 300 readings each."""
    folder = tmp_path_factory.mktemp("readings")
    return [write_shard(folder / f"r-{n:06d}.tar", readings(n, 300)).url for n in range(6)]


@pytest.fixture
def ds(shards: list[str]) -> at.Dataset[Reading]:
    return at.Dataset[Reading](shards)
