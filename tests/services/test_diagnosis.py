"""Diagnosis of real servers: well, ill, silent and away."""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import boto3
import pytest
import redis
from services.proxy import Proxy

from atdata_nb.cli.app import run
from atdata_nb.diagnosis import Report, diagnose
from atdata_nb.sandbox import Sandbox
from atdata_nb.sandbox.redis_program import REDIS_VARIABLE, RedisProgram
from atdata_nb.sandbox.s3_server import S3Server

pytestmark = pytest.mark.service


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture(scope="module")
def own_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Redis that these tests may set as they like."""
    program = RedisProgram(tmp_path_factory.mktemp("redis"))
    port = closed_port()
    handle = program.start(port)
    try:
        program.wait(handle, port)
        yield program.variables(port)[REDIS_VARIABLE]
    finally:
        handle.end(10)


@pytest.fixture
def settings(own_redis: str) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(own_redis) as client:
        before = client.config_get("appendonly", "save", "maxmemory", "maxmemory-policy")
        yield client
        client.replicaof("NO", "ONE")
        for name, value in before.items():
            client.config_set(name, value)


def closed_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def silent() -> Iterator[int]:
    """A server that takes calls and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def told(report: Report) -> str:
    return " | ".join(f"{one.sentence}: {one.remedy}" for one in report.problems)


# ---- Redis ---------------------------------------------------------------------------------------


def test_our_own_redis_is_well(home: Path, own_redis: str) -> None:
    report = diagnose(home, redis=own_redis)
    assert {one.severity for one in report.findings} == {"good"}
    sentences = [one.sentence for one in report.findings if one.subject == "redis"]
    assert sentences[0].startswith("Redis at 127.0.0.1:")
    assert "each change goes to its append-only file" in sentences
    assert "it throws nothing out (policy noeviction)" in sentences
    assert "its clock agrees with this machine's" in sentences


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"appendonly": "no", "save": ""}, "it keeps nothing on disk"),
        ({"maxmemory-policy": "allkeys-lru"}, "it throws entries out when its memory is full"),
        ({"maxmemory": "1000000"}, "of 1.0 MB: raise its maxmemory"),
    ],
)
def test_a_redis_that_loses_data_is_a_problem(
    home: Path, own_redis: str, settings: redis.Redis, changed: dict[str, str], sentence: str
) -> None:
    for name, value in changed.items():
        settings.config_set(name, value)
    report = diagnose(home, redis=own_redis)
    assert len(report.problems) == 1
    assert sentence in told(report)


def test_a_redis_that_keeps_snapshots_only_is_worth_a_word(
    home: Path, own_redis: str, settings: redis.Redis
) -> None:
    settings.config_set("appendonly", "no")
    settings.config_set("save", "60 1")
    report = diagnose(home, redis=own_redis)
    assert report.ok
    (advised,) = [one for one in report.findings if one.severity == "advice"]
    assert advised.sentence.startswith("it keeps snapshots only")


def test_a_replica_is_a_problem(home: Path, own_redis: str, settings: redis.Redis) -> None:
    settings.replicaof("127.0.0.1", str(closed_port()))
    assert "it is a replica" in told(diagnose(home, redis=own_redis))


def test_a_dead_redis_makes_the_command_fail(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """TRAPS C30."""
    url = f"redis://:hunter2@127.0.0.1:{closed_port()}"
    assert run(["--index", str(home), "diagnose", "--redis", url]) == 1
    said = capsys.readouterr()
    assert "can't be reached" in said.out
    assert "atdata-nb local up" in said.out
    assert "hunter2" not in said.out + said.err


def test_a_silent_redis_is_given_up_in_time(home: Path) -> None:
    with silent() as port:
        url = f"redis://:hunter2@127.0.0.1:{port}?socket_timeout=999"
        report = diagnose(home, redis=url, timeout=0.2)
    assert f"127.0.0.1:{port} says nothing within 0.2 s" in told(report)


def test_a_wrong_password_is_said_so_and_not_repeated(home: Path, own_redis: str) -> None:
    place = own_redis.rpartition("@")[2]
    for login in ("", ":hunter2@", "nobody:hunter2@"):
        report = diagnose(home, redis=f"redis://{login}{place}")
        assert "refuses the login" in told(report)
        assert "hunter2" not in repr(report)


@pytest.mark.parametrize("url", ["http://x", "redis://:a/hunter2@x:y", "hunter2"])
def test_what_is_no_url_of_a_redis_is_said_so(home: Path, url: str) -> None:
    report = diagnose(home, redis=url)
    assert "that is no URL of a Redis server" in told(report)
    assert "hunter2" not in repr(report)


def test_a_server_that_is_no_redis_is_a_problem(home: Path, s3_server: S3Server) -> None:
    url = s3_server.endpoint.replace("http:", "redis:")
    assert not diagnose(home, redis=url, timeout=2).ok


# ---- S3 ------------------------------------------------------------------------------------------


def keys_in(server: S3Server, bucket: str) -> list[str]:
    client = boto3.client(
        "s3",
        endpoint_url=server.endpoint,
        aws_access_key_id=server.access_key,
        aws_secret_access_key=server.secret_key,
        region_name="us-east-1",
    )
    return [one["Key"] for one in client.list_objects_v2(Bucket=bucket).get("Contents", [])]


def test_a_bucket_is_listed_and_written_only_if_asked(
    home: Path, s3_server: S3Server, bucket: str
) -> None:
    with Proxy(s3_server.endpoint) as proxy:
        through = {**s3_server.credentials, "AWS_ENDPOINT": proxy.url}
        assert diagnose(home, s3=bucket, credentials=through).ok
        assert len(proxy.seen) == 1
    report = diagnose(home, s3=f"s3://{bucket}", credentials=s3_server.credentials, write=True)
    assert {one.severity for one in report.findings} == {"good"}
    assert "it can be written, and deleted from" in repr(report)
    assert keys_in(s3_server, bucket) == []
    assert s3_server.secret_key not in repr(report)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"AWS_SECRET_ACCESS_KEY": "hunter2"}, "403 SignatureDoesNotMatch: check AWS_ACCESS"),
        ({"AWS_ACCESS_KEY_ID": "hunter2"}, "403 InvalidAccessKeyId: check AWS_ACCESS_KEY_ID"),
    ],
)
def test_wrong_keys_are_told_apart(
    home: Path, s3_server: S3Server, bucket: str, changed: dict[str, str], sentence: str
) -> None:
    report = diagnose(home, s3=bucket, credentials={**s3_server.credentials, **changed}, write=True)
    assert sentence in told(report)
    assert "hunter2" not in repr(report)


def test_a_bucket_that_is_not_there_is_said_so(home: Path, s3_server: S3Server) -> None:
    report = diagnose(home, s3="no-such-bucket", credentials=s3_server.credentials)
    assert "404 NoSuchBucket: check its name" in told(report)


def test_an_s3_server_that_is_away_or_silent_is_said_so(
    home: Path, s3_server: S3Server, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """TRAPS C30."""
    away = {**s3_server.credentials, "AWS_ENDPOINT": f"http://127.0.0.1:{closed_port()}"}
    file = tmp_path / "some.env"
    file.write_text("".join(f"{name}={value}\n" for name, value in away.items()))
    command = ["--index", str(home), "diagnose", "--s3", "team", "--credentials", str(file)]
    assert run([*command, "--json"]) == 1
    report = json.loads(capsys.readouterr().out)
    assert report["ok"] is False
    assert "can't be reached (Connection refused)" in report["findings"][-1]["sentence"]
    with silent() as port:
        asked = {**s3_server.credentials, "AWS_ENDPOINT": f"http://127.0.0.1:{port}"}
        found = diagnose(home, s3="team", credentials=asked, timeout=0.2)
    assert "says nothing within 0.2 s" in told(found)


def test_a_clock_that_is_wrong_is_told(
    home: Path, s3_server: S3Server, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Late:
        @staticmethod
        def time() -> float:
            return time.time() - 3600

    monkeypatch.setattr("atdata_nb.diagnosis.server.time", Late)
    report = diagnose(home, s3=bucket, credentials=s3_server.credentials)
    assert "s ahead of this machine's: set this machine's clock" in told(report)


def test_keys_that_are_incomplete_are_a_problem(home: Path) -> None:
    report = diagnose(home, s3="team", credentials={"AWS_ACCESS_KEY_ID": "a"})
    assert "go together" in told(report)
    assert "no-such-file" in told(diagnose(home, s3="team", credentials="./no-such-file"))


# ---- PDS -----------------------------------------------------------------------------------------


def test_a_personal_data_server_is_recognised(home: Path, network: Sandbox) -> None:
    url = network.addresses.servers[0].url
    report = diagnose(home, pds=url)
    assert {one.severity for one in report.findings} == {"good"}
    assert report.findings[-2].sentence == f"{url} answers"


def test_what_is_no_personal_data_server_is_said_so(
    home: Path, network: Sandbox, s3_server: S3Server
) -> None:
    for url in (network.addresses.plc, s3_server.endpoint):
        assert "not as a personal data server does" in told(diagnose(home, pds=url))
    for url in ("ftp://x", "https://", "http://[", "http://127.0.0.1:999999"):
        assert "that is no address of a server" in told(diagnose(home, pds=url))


def test_a_personal_data_server_that_is_away_or_silent_is_said_so(home: Path) -> None:
    gone = f"http://me:hunter2@127.0.0.1:{closed_port()}"
    report = diagnose(home, pds=gone)
    assert "can't be reached (Connection refused)" in told(report)
    assert "hunter2" not in repr(report)
    with silent() as port:
        assert "says nothing within 0.2 s" in told(
            diagnose(home, pds=f"http://127.0.0.1:{port}", timeout=0.2)
        )


def test_the_command_finds_the_local_redis_in_the_environment(
    home: Path,
    own_redis: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setitem(os.environ, REDIS_VARIABLE, own_redis)
    assert run(["--index", str(home), "diagnose"]) == 0
    said: Any = capsys.readouterr().out
    assert "Redis at 127.0.0.1:" in said
    assert said.endswith("No problem found.\n")
