"""Local services, started for real, each test's in a folder of its own."""

from __future__ import annotations

import inspect
import json
import os
import select
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import boto3
import pytest
import redis

import atdata_nb.sandbox.redis_program
from atdata_nb import Dataset, S3DataStore
from atdata_nb.cli.app import run
from atdata_nb.errors import ServiceError
from atdata_nb.samples import DictSample
from atdata_nb.sandbox.handles import Handle
from atdata_nb.sandbox.local_services import BUCKET, LocalServices

pytestmark = pytest.mark.service


@pytest.fixture
def services(tmp_path: Path) -> Iterator[LocalServices]:
    found = LocalServices(tmp_path / "services")
    yield found
    found.down()


def note_of(services: LocalServices, name: str) -> dict[str, Any]:
    return json.loads((services.folder / name / "note.json").read_text())


def variables(services: LocalServices) -> dict[str, str]:
    lines = services.credentials.read_text().splitlines()
    return dict(line.split("=", 1) for line in lines)


def test_redis_keeps_its_data_and_its_port_and_forgets_nothing(services: LocalServices) -> None:
    first, _ = services.up(["redis"])
    assert first.state == "running"
    with redis.Redis.from_url(services.redis_url) as client:
        assert client.config_get("appendonly") == {"appendonly": "yes"}
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
        assert client.config_get("bind") == {"bind": "127.0.0.1"}
        client.set("kept", "yes")
    assert services.down() == ("redis",)
    assert services.down() == ()
    again, _ = services.up(["redis"])
    assert (again.url, again.pid == first.pid) == (first.url, False)
    with redis.Redis.from_url(services.redis_url) as client:
        assert client.get("kept") == b"yes"


def test_a_second_up_starts_nothing(services: LocalServices) -> None:
    assert services.up(["redis"]) == services.up(["redis"]) == services.status()


def test_two_that_start_it_at_once_get_one_server(services: LocalServices) -> None:
    code = (
        "import sys; from pathlib import Path\n"
        "from atdata_nb.sandbox.local_services import LocalServices\n"
        "print(LocalServices(Path(sys.argv[1])).up(['redis'])[0].pid)\n"
    )
    command = [sys.executable, "-c", code, str(services.folder)]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    told = [one.communicate()[0] for one in both]
    assert [one.returncode for one in both] == [0, 0]
    # It also lives on when those who started it have ended.
    assert told == [f"{services.status()[0].pid}\n"] * 2


def test_temporary_ones_go_with_their_process_even_if_it_is_killed() -> None:
    code = """
        import os
        from atdata_nb.sandbox import leash
        from atdata_nb.sandbox.local_services import LocalServices
        services = LocalServices.temporary()
        redis, _ = services.up(["redis"])
        print(leash._HELD[0].pid, redis.pid, services.folder, flush=True)
        os.kill(os.getpid(), 9)
    """
    command = [sys.executable, "-c", inspect.cleandoc(code)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    waiting, server, folder = done.stdout.split()
    has_ended(int(server))
    has_ended(int(waiting))
    assert not Path(folder).exists()


def has_ended(pid: int) -> None:
    """Wait until a process that is nobody's child here has ended."""
    with suppress(ProcessLookupError):
        descriptor = os.pidfd_open(pid)
        ended, _, _ = select.select([descriptor], [], [], 30)
        os.close(descriptor)
        assert ended


def test_redis_lets_nobody_in_without_the_password(services: LocalServices) -> None:
    (found, _) = services.up(["redis"])
    assert found.url is not None
    with (
        redis.Redis.from_url(found.url) as client,
        pytest.raises(redis.AuthenticationError),
    ):
        client.ping()


def test_no_secret_is_shown_and_none_can_be_read_by_others(
    services: LocalServices, capsys: pytest.CaptureFixture[str]
) -> None:
    found = services.up(["redis"])
    assert run(["--index", str(services.folder.parent), "local", "status"]) == 0
    assert run(["--index", str(services.folder.parent), "local", "status", "--json"]) == 0
    password = (services.folder / "redis" / "password").read_text()
    shown = repr(services) + repr(found) + "".join(capsys.readouterr())
    shown += Path(f"/proc/{found[0].pid}/cmdline").read_text()
    assert len(password) >= 32
    assert password not in shown
    assert password in services.redis_url
    assert variables(services) == {"ATDATA_NB_REDIS": services.redis_url}
    for path in (services.credentials, *(services.folder / "redis").glob("*[!g]")):
        others = stat.S_IMODE(path.stat().st_mode) & 0o077
        assert not others, path.name
    assert stat.S_IMODE(services.folder.stat().st_mode) == 0o700


def test_a_stranger_that_was_given_the_number_is_left_alone(services: LocalServices) -> None:
    services.up(["redis"])
    own = note_of(services, "redis")
    services.down()
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE) as stranger:
        note = {"port": own["port"], "pid": stranger.pid, "started": own["started"]}
        (services.folder / "redis" / "note.json").write_text(json.dumps(note))
        assert services.status()[0].state == "stopped"
        assert services.down() == ()
        assert stranger.poll() is None
        assert Handle.of(stranger.pid).end(10)
        assert stranger.wait() == -signal.SIGTERM


def test_a_process_that_will_not_end_is_ended_by_force() -> None:
    deaf = ["-c", "import signal; signal.signal(15, signal.SIG_IGN); print(flush=True); input()"]
    with subprocess.Popen(
        [sys.executable, *deaf], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        handle = Handle.of(process.pid)
        assert handle.end(0.05)
        assert process.wait() == -signal.SIGKILL
        assert not handle.end(0.05)
    with pytest.raises(ServiceError, match="has ended already"):
        Handle.of(process.pid)


def test_a_port_that_was_taken_meanwhile_is_left_to_its_owner(services: LocalServices) -> None:
    services.up(["redis"])
    services.down()
    port = note_of(services, "redis")["port"]
    with socket.create_server(("127.0.0.1", port)):
        (found, _) = services.up(["redis"])
        assert found.state == "running"
        assert note_of(services, "redis")["port"] != port
        services.down()
        (found, _) = services.up(["redis"], ports={"redis": port})
        assert (found.state, found.fault) == (
            "stopped",
            f"port {port} is taken: name another one, or none",
        )


def test_a_server_that_hangs_is_said_to_be_silent(
    services: LocalServices, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """TRAPS C30."""
    monkeypatch.setattr("atdata_nb.sandbox.redis_program._ANSWER_SECONDS", 0.1)
    (found, _) = services.up(["redis"])
    assert found.pid is not None
    os.kill(found.pid, signal.SIGSTOP)
    try:
        assert services.status()[0].state == "silent"
        assert run(["--index", str(services.folder.parent), "local", "status"]) == 1
        assert "redis  silent" in capsys.readouterr().out
    finally:
        os.kill(found.pid, signal.SIGCONT)


def test_data_that_is_damaged_is_told_in_the_words_of_the_server(services: LocalServices) -> None:
    services.up(["redis"])
    services.down()
    (manifest,) = (services.folder / "redis" / "data").glob("*/*.manifest")
    manifest.write_text("what is this\n")
    (found, _) = services.up(["redis"])
    assert found.state == "stopped"
    assert found.fault is not None
    assert "AOF" in found.fault


def test_where_there_is_no_redis_it_is_said_what_to_install(
    services: LocalServices, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """TRAPS C30."""
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(atdata_nb.sandbox.redis_program, "find_spec", lambda _: None)
    assert run(["--index", str(services.folder.parent), "local", "up"]) == 1
    said = capsys.readouterr()
    assert said.out == "redis  stopped\ns3     stopped\n"
    assert "redis: there is no Redis here: apt-get install redis-server" in said.err
    assert "atdata-nb[local]" in said.err
    assert "s3: an S3 server needs Ceph, and radosgw" in said.err
    assert "apt-get install --no-install-recommends radosgw" in said.err


def test_valkey_from_the_package_index_will_do(
    services: LocalServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(atdata_nb.sandbox.redis_program, "_PROGRAMS", ())
    assert services.up(["redis"])[0].state == "running"
    with redis.Redis.from_url(services.redis_url) as client:
        assert client.info("server")["server_name"] == "valkey"


def test_a_service_that_nobody_knows_is_said_so(
    services: LocalServices, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["--index", str(services.folder.parent), "local", "up", "minio"]) == 1
    assert capsys.readouterr().err == (
        "atdata-nb: there is no service 'minio', only redis and s3\n"
    )


def test_buckets_stay_and_the_file_of_credentials_opens_them(services: LocalServices) -> None:
    first = services.up(["s3"])[1]
    assert first.state == "running"
    keys = variables(services)
    store = S3DataStore(services.credentials, bucket=BUCKET)
    (url,) = store.write_shards([DictSample(n=7)], prefix="few")
    note = (services.folder / "s3" / "ready.json").stat()
    assert stat.S_IMODE(note.st_mode) == 0o600
    assert keys["AWS_SECRET_ACCESS_KEY"] not in repr(services.status()) + repr(services)
    assert "AWS_SECRET_ACCESS_KEY" in first.variables
    assert services.down() == ("s3",)
    assert not services.credentials.exists()
    again = services.up(["s3"])[1]
    assert again.url == first.url
    assert variables(services) == keys
    source = S3DataStore(services.credentials, bucket=BUCKET).source([url])
    assert source is not None
    assert [sample.n for sample in Dataset(source)] == [7]
    client = boto3.client(
        "s3",
        endpoint_url=keys["AWS_ENDPOINT"],
        aws_access_key_id=keys["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=keys["AWS_SECRET_ACCESS_KEY"],
        region_name="us-east-1",
    )
    assert [one["Name"] for one in client.list_buckets()["Buckets"]] == [BUCKET]
