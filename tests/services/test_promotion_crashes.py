"""A promotion whose process is killed, and what is there afterwards."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from services.buckets import open_to_all, sizes, unfinished_uploads
from services.faults import FaultyProxy, in_front_of
from services.proxy import Proxy

from atdata_nb import AtmosphereClient, AtmosphereIndex, LocalIndex, S3DataStore, flows, packable
from atdata_nb.atmosphere import Delete
from atdata_nb.errors import CredentialsError, FlowError, LoginError
from atdata_nb.sandbox import Sandbox
from atdata_nb.sandbox.s3_server import S3Server

pytestmark = pytest.mark.service

PROGRAM = Path(__file__).with_name("promoting.py")
SHARDS = 3
# A shard, its member index, its manifest, and its columns.
EACH = 4


@packable
class Digit:
    label: int
    image: NDArray[np.uint8]


# A shard of 360 KB: an upload has a middle.
ROWS = [Digit(n, np.full((60, 1000), n, np.uint8)) for n in range(6 * SHARDS)]
# Between check and verify several threads work, so the order of shards is not fixed.
BOUNDARIES = [
    ("check", "started"),
    ("check", "finished"),
    *((f"shard-{n}", kind) for n in range(SHARDS) for kind in ("started", "finished")),
    ("schema", "started"),
    ("record", "started"),
    ("record", "finished"),
    ("schema", "finished"),
    ("verify", "started"),
    ("verify", "finished"),
]


@dataclass
class Victim:
    """A process that promotes, and the network it does that in."""

    network: Sandbox
    process: subprocess.Popen[str]
    client: AtmosphereClient
    server: FaultyProxy
    directory: FaultyProxy
    home: Path
    redis: str | None = None
    store: dict[str, Any] | None = None
    events: list[dict[str, Any]] = field(default_factory=list)

    def run_until(self, is_there: Callable[[dict[str, Any]], bool]) -> None:
        """Let it run until an event, and kill it there."""
        self._say(
            server=self.server.url,
            plc=self.directory.url,
            session=self.client.export_session(),
            home=str(self.home),
            redis=self.redis,
            store=self.store,
        )
        while True:
            told = self._hear()
            assert "ended" not in told, f"it never came to that: {self.events}"
            self.events.append(told)
            if is_there(told):
                break
            self._say(go="on")
        handle = os.pidfd_open(told["pid"])
        signal.pidfd_send_signal(handle, signal.SIGKILL)
        os.close(handle)
        while "ended" not in told:
            told = self._hear()
        assert told["ended"] == -signal.SIGKILL

    def _say(self, **told: Any) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(told) + "\n")
        self.process.stdin.flush()

    def _hear(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        return dict(json.loads(self.process.stdout.readline()))

    @property
    def index(self) -> LocalIndex:
        return LocalIndex(self.home, redis=self.redis)

    def public(self) -> tuple[int, int, int]:
        """Datasets, schemas and labels that are there for everybody."""
        there = AtmosphereIndex(self.client)
        labels = list(there.labels.of(self.client.did))
        return len(there.list_datasets()), len(there.list_schemas()), len(labels)


@pytest.fixture(scope="module")
def process() -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, str(PROGRAM)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as started:
        yield started
        assert started.stdin is not None
        started.stdin.close()


@pytest.fixture(scope="module")
def client(network: Sandbox) -> Iterator[tuple[AtmosphereClient, FaultyProxy, FaultyProxy]]:
    network.account("victim", server=0)
    pds = network.servers[0].url
    with in_front_of(pds, network.plc_url) as (server, directory):
        session = network.client("victim").export_session().replace(pds, server.url)
        made = AtmosphereClient(server.url, plc_url=directory.url).login_with_session(session)
        yield made, server, directory


@pytest.fixture
def victim(
    network: Sandbox,
    process: subprocess.Popen[str],
    client: tuple[AtmosphereClient, FaultyProxy, FaultyProxy],
    tmp_path: Path,
) -> Iterator[Victim]:
    made, server, directory = client
    server.seen.clear()
    yield Victim(network, process, made, server, directory, tmp_path / "home")
    # Its blobs go with the dataset, so the next one begins from nothing.
    made.apply_writes(
        Delete(record.uri.collection, record.uri.rkey)
        for collection in made.list_collections()
        for record in made.list_records(collection)
    )


def fill(victim: Victim, rows: list[Digit] = ROWS) -> None:
    with victim.index as index:
        index.write_samples(rows, name="digits", maxcount=6)


def check_whole(victim: Victim, uri: str, rows: list[Digit] = ROWS) -> None:
    assert victim.public() == (1, 1, 1)
    entry = AtmosphereIndex(victim.client).get_dataset(uri)
    assert [sample.label for sample in entry.dataset()] == list(range(len(rows)))
    assert flows.unfinished(victim.index) == []


@pytest.mark.parametrize(("step", "kind"), BOUNDARIES)
def test_killed_at_a_step_it_goes_on_and_nothing_is_there_twice(
    victim: Victim, step: str, kind: str
) -> None:
    fill(victim)
    victim.run_until(lambda event: (event["step"], event["kind"]) == (step, kind))
    datasets, schemas, labels = victim.public()
    # All of it at once, or nothing.
    assert datasets == schemas == labels
    (left,) = flows.unfinished(victim.index)
    sent = victim.server.count("uploadBlob")
    result = left.resume(victim.client)
    check_whole(victim, result.uri)
    # What was written down as uploaded is not sent again, and what was not is sent once.
    assert victim.server.count("uploadBlob") - sent == SHARDS * EACH - left.uploaded


def middle_of_a_blob(event: dict[str, Any]) -> bool:
    return event["kind"] == "progress" and event["done"] < event["total"]


@pytest.mark.parametrize("kind", ["sqlite", "redis"])
def test_killed_in_the_middle_of_a_blob_it_sends_only_what_is_missing(
    victim: Victim, kind: str, request: pytest.FixtureRequest
) -> None:
    if kind == "redis":
        victim.redis = request.getfixturevalue("redis_url")
    fill(victim)
    victim.run_until(middle_of_a_blob)
    assert victim.public() == (0, 0, 0)
    (left,) = flows.unfinished(victim.index)
    assert left.handle in repr(left)
    sent = victim.server.count("uploadBlob")
    check_whole(victim, left.resume(victim.client).uri)
    assert victim.server.count("uploadBlob") - sent == SHARDS * EACH - left.uploaded
    assert sent <= SHARDS * EACH


def test_killed_in_the_middle_of_an_upload_to_a_bucket_it_sends_only_what_is_missing(
    victim: Victim, s3_server: S3Server, bucket: str
) -> None:
    open_to_all(s3_server, bucket)
    # Two shards of 19 MB, which go in three parts each.
    rows = [Digit(n, np.full((1600, 2000), n, np.uint8)) for n in range(12)]
    fill(victim, rows)
    with Proxy(s3_server.endpoint) as between:
        keys = {**s3_server.credentials, "AWS_ENDPOINT": between.url}
        victim.store = {"credentials": keys, "bucket": bucket}
        # One of them never gets to its end, so the other is done while it is under way.
        between.fail(word="partNumber=2", stall=True)
        victim.run_until(lambda it: it["kind"] == "finished" and it["step"] != "check")
        (whole,) = [key for key in sizes(s3_server, bucket) if key.endswith(".tar")]
        (half,) = unfinished_uploads(s3_server, bucket)
        assert half != whole
        assert victim.public() == (0, 0, 0)
        (left,) = flows.unfinished(victim.index)
        assert f"into the bucket {bucket}" in repr(left)
        with pytest.raises(CredentialsError, match=bucket):
            left.resume(victim.client)
        result = left.resume(victim.client, store=S3DataStore(**victim.store))
        check_whole(victim, result.uri, rows)
        begun = [told for told in between.seen if told.endswith("?uploads")]
        assert sorted(begun) == sorted(
            f"POST /{bucket}/{key}?uploads" for key in (whole, half, half)
        )
        assert unfinished_uploads(s3_server, bucket) == []
        there = {
            key: size for key, size in sizes(s3_server, bucket).items() if key.endswith(".tar")
        }
        assert there.keys() == {whole, half}
        assert set(there.values()) == {Path(url).stat().st_size for url in local_shards(victim)}


def local_shards(victim: Victim) -> list[str]:
    with victim.index as index:
        return list(index.get_dataset("digits").data_urls)


def test_an_upload_to_a_bucket_that_was_killed_is_taken_back_with_its_parts(
    victim: Victim, s3_server: S3Server, bucket: str
) -> None:
    fill(victim, [Digit(n, np.full((1600, 2000), n, np.uint8)) for n in range(6)])
    with Proxy(s3_server.endpoint) as between:
        keys = {**s3_server.credentials, "AWS_ENDPOINT": between.url}
        victim.store = {"credentials": keys, "bucket": bucket}
        between.fail(word="partNumber=2", stall=True)
        victim.run_until(middle_of_a_blob)
        assert len(unfinished_uploads(s3_server, bucket)) == 1
        (left,) = flows.unfinished(victim.index)
        left.roll_back(victim.client, store=S3DataStore(**victim.store))
    assert unfinished_uploads(s3_server, bucket) == []
    assert sizes(s3_server, bucket) == {}
    assert victim.public() == (0, 0, 0)


def test_the_same_cell_run_again_after_a_crash_goes_on_too(victim: Victim) -> None:
    fill(victim)
    victim.run_until(lambda event: (event["step"], event["kind"]) == ("record", "finished"))
    result = flows.plan_promote("digits", index=victim.index, client=victim.client).run()
    assert not result.changed
    check_whole(victim, result.uri)


def test_what_was_cut_short_is_rolled_back_and_forgotten(victim: Victim) -> None:
    fill(victim)
    victim.run_until(lambda event: event["kind"] == "finished" and event["step"] != "check")
    (left,) = flows.unfinished(victim.index)
    assert "nothing of it was public" in left.roll_back(victim.client)
    assert victim.public() == (0, 0, 0)
    assert flows.unfinished(victim.index) == []


def test_what_is_public_is_not_rolled_back(victim: Victim) -> None:
    fill(victim)
    victim.run_until(lambda event: (event["step"], event["kind"]) == ("verify", "started"))
    (left,) = flows.unfinished(victim.index)
    with pytest.raises(FlowError, match=r"is public already: resume to verify it, or take it down"):
        left.roll_back(victim.client)
    with pytest.raises(LoginError, match="log in as the former"):
        left.resume(victim.network.client("bob"))
    check_whole(victim, left.resume(victim.client).uri)


def test_a_crash_leaves_no_secret_behind(victim: Victim) -> None:
    fill(victim)
    victim.run_until(middle_of_a_blob)
    tokens = victim.client.export_session().split(":::")[2:4]
    kept = b"".join(path.read_bytes() for path in victim.home.rglob("*") if path.is_file())
    assert b"digits@1.0.0" in kept
    assert not any(token.encode() in kept for token in tokens)
