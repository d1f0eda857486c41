"""Promotion on a real network: what is planned, what becomes public, and what goes wrong."""

from __future__ import annotations

import json
import pickle
import tracemalloc
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from threading import Event as Signal
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from services.faults import FaultyProxy, in_front_of
from services.proxy import files_of

from atdata_nb import (
    AtmosphereClient,
    AtmosphereIndex,
    Dataset,
    LocalIndex,
    PDSBlobStore,
    flows,
    packable,
    promote_to_atmosphere,
)
from atdata_nb.atmosphere import Delete, Retry
from atdata_nb.errors import (
    BlobSpaceError,
    ChecksumError,
    DatasetNotFoundError,
    FlowCancelledError,
    FlowError,
    PlanBlockedError,
    RefusedError,
)
from atdata_nb.flows import Event, Plan
from atdata_nb.sandbox import Sandbox
from atdata_nb.schemas import Field, FieldType, Schema
from atdata_nb.shards import write_shard

pytestmark = pytest.mark.service

ALT = "science.alt.dataset"
# A shard, its member index, its manifest, and its columns.
EACH = 4


@packable
class Digit:
    label: int
    image: NDArray[np.uint8]


def digits(count: int = 50, start: int = 0) -> list[Digit]:
    return [Digit(n, np.full((8, 8), n % 256, np.uint8)) for n in range(start, start + count)]


@dataclass
class Author:
    """Somebody with an index here and a repository there, behind a server that fails on demand."""

    client: AtmosphereClient
    server: FaultyProxy
    index: LocalIndex

    @property
    def there(self) -> AtmosphereIndex:
        return AtmosphereIndex(self.client)

    def plan(self, entry: Any = "digits", **wish: Any) -> Plan:
        plan: Plan = flows.plan_promote(entry, index=self.index, client=self.client, **wish)
        return plan

    def public(self) -> tuple[int, int, int]:
        labels = list(self.there.labels.of(self.client.did))
        return len(self.there.list_datasets()), len(self.there.list_schemas()), len(labels)

    def sent(self) -> int:
        return self.server.count("uploadBlob")


@pytest.fixture(scope="module")
def connection(network: Sandbox) -> Iterator[tuple[AtmosphereClient, FaultyProxy]]:
    network.account("author", server=0)
    pds = network.servers[0].url
    with in_front_of(pds, network.plc_url) as (server, directory):
        session = network.client("author").export_session().replace(pds, server.url)
        client = AtmosphereClient(
            server.url, plc_url=directory.url, retry=Retry(attempts=2, first=0.01)
        )
        yield client.login_with_session(session), server


@pytest.fixture
def author(connection: tuple[AtmosphereClient, FaultyProxy], tmp_path: Path) -> Iterator[Author]:
    client, server = connection
    with LocalIndex(tmp_path / "home") as index:
        index.write_samples(digits(), name="digits", maxcount=20)
        server.seen.clear()
        client._limits.clear()
        yield Author(client, server, index)
    server.faults.clear()
    client._limits.clear()
    client.apply_writes(
        Delete(record.uri.collection, record.uri.rkey)
        for collection in client.list_collections()
        for record in client.list_records(collection)
    )


@pytest.fixture
def bob(network: Sandbox) -> AtmosphereClient:
    return network.client("bob")


def kinds(notes: tuple[flows.Note, ...]) -> set[str]:
    return {note.kind for note in notes}


# ---- planned ------------------------------------------------------------------------------------


def test_a_plan_shows_all_that_becomes_public_and_writes_nothing(author: Author) -> None:
    plan = author.plan(license="CC-BY-4.0", description="Digits", tags=["images"])
    assert author.public() == (0, 0, 0)
    assert author.sent() == 0
    assert plan.title == "Promote digits 1.0.0"
    assert plan.confirm == "Publish 3 shards, 82 KB, publicly as author.pds0.test"
    assert [step.id for step in plan.steps] == [
        *("check", "shard-0", "shard-1", "shard-2", "schema", "record", "verify")
    ]
    assert [step.reused for step in plan.steps] == [False] * 7
    assert (plan.bytes, plan.ok, plan.is_done) == (81_920, True, False)
    assert plan.seconds is not None
    facts = dict(plan.public.facts)
    assert facts["samples"] == "50, all fields: label, image"
    assert facts["links"] == "none outside your server"
    told, _, values = facts["manifests"].partition(": ")
    assert told.startswith("of 3 shards, ")
    assert values == "where each sample is, and all values of label"
    assert [sorted(one) for one in plan.public.record["storage"]["manifests"]] == [
        ["columns", "index", "manifest"]
    ] * 3
    assert plan.public.fields == ("label", "image")
    record = plan.public.record
    assert (record["license"], record["tags"]) == ("CC-BY-4.0", ["images"])
    assert len(record["storage"]["blobs"]) == 3
    assert kinds(plan.warnings) == set()
    assert json.loads(json.dumps(plan.to_dict()))["public"]["record"] == record


def test_what_is_missing_or_looks_personal_is_warned_of(author: Author) -> None:
    @packable
    class Patient:
        first_name: str
        note: str
        score: float

    author.index.write_samples([Patient("Ada", "write to ada@example.org", 0.5)], name="people")
    plan = author.plan("people")
    assert {"license", "description", "personal"} <= kinds(plan.warnings)
    (personal,) = [note for note in plan.warnings if note.kind == "personal"]
    assert personal.text == "these fields look personal: first_name, note (by its values)"
    assert plan.ok


def test_more_shards_than_a_record_can_name_are_written_larger_by_what_the_plan_says(
    author: Author,
) -> None:
    rows = digits(1_100)
    entry = author.index.write_samples(
        rows, name="many", maxcount=1, manifests=False, tags=("images",), license="MIT"
    )
    blocked = author.plan(entry)
    (note,) = blocked.blockers
    assert note.text.startswith("one record can't name 1,100 shards (storage: the record has ")
    words, _, code = note.remedy.partition(": ")
    assert words == "write them into about 1 shard of up to 51 MB, and promote that version"
    larger = eval(code, {"index": author.index, "entry": entry})  # noqa: S307 - our own words
    assert (larger.ref, larger.tags, larger.license) == ("many@1.1.0", ("images",), "MIT")
    result = author.plan(larger).run()
    entry = author.there.get_dataset(result.uri)
    assert len(entry.data_urls) == 1
    assert [sample.label for sample in entry.dataset().ordered()] == list(range(1_100))


def test_many_shards_are_planned_by_what_is_written_down_of_them(author: Author) -> None:
    entry = author.index.write_samples(digits(300), name="many", maxcount=1)
    assert len(entry.shards) == 300
    author.server.seen.clear()
    plan = author.plan("many")
    assert len([step for step in plan.steps if step.kind == "shard"]) == 300
    # A handful of questions, however many shards there are.
    assert len(author.server.seen) < 20


# ---- carried out --------------------------------------------------------------------------------


@pytest.mark.parametrize("namespace", ["ac.foundation.dataset", ALT])
def test_what_is_promoted_is_verified_and_loaded_by_somebody_else(
    author: Author, bob: AtmosphereClient, namespace: str
) -> None:
    """TRAPS C16, C22: metadata, description and tags arrive."""
    author.index.write_samples(
        digits(),
        name="digits",
        metadata={"split": 0.8, "n": 3},
        description="Digits",
        tags=["images"],
        license="MIT",
        maxcount=20,
    )
    events: list[Event] = []
    result = author.plan(namespace=namespace).run(events.append)
    assert result.changed
    assert result.bytes == 81_920
    assert result.verdict is not None
    assert result.verdict.complete
    assert result.uri in result.code
    assert "getRecord" in result.url
    ends = {event.step: event.kind for event in events}
    assert set(ends.values()) == {"finished"}
    entry = AtmosphereIndex(bob).get_dataset(f"@{author.client.handle}/digits@1.1.0")
    assert str(entry.uri) == result.uri
    assert (entry.metadata, entry.description) == ({"split": 0.8, "n": 3}, "Digits")
    assert (entry.tags, entry.license) == (("images",), "MIT")
    assert [sample.label for sample in entry.dataset()] == list(range(50))


def test_running_a_plan_twice_changes_nothing_and_says_so(author: Author) -> None:
    plan = author.plan()
    first = plan.run()
    events: list[Event] = []
    again = plan.run(events.append)
    assert (again.uri, again.changed, again.bytes) == (first.uri, False, 0)
    assert "was there already" in repr(again)
    assert author.sent() == 3 * EACH
    told = {event.step: event.kind for event in events if event.step not in {"check", "verify"}}
    assert set(told.values()) == {"reused"}
    fresh = author.plan()
    assert fresh.is_done
    assert fresh.confirm == f"Nothing to do: it is public already, as {first.uri}"
    assert author.public() == (1, 1, 1)


def test_the_same_content_under_another_name_reuses_schema_and_blobs(author: Author) -> None:
    """TRAPS C15."""
    author.plan().run()
    plan = author.plan(name="ziffern")
    assert {step.id for step in plan.steps if step.reused} == {
        *("shard-0", "shard-1", "shard-2", "schema")
    }
    assert plan.bytes == 0
    assert plan.run().changed
    assert author.sent() == 3 * EACH
    assert author.public() == (2, 1, 2)


def test_a_new_version_reuses_the_shards_that_did_not_change(
    author: Author, bob: AtmosphereClient
) -> None:
    author.plan().run()
    author.index.write_samples(digits(60), name="digits", maxcount=20)
    plan = author.plan()
    assert [step.reused for step in plan.steps if step.kind == "shard"] == [True, True, False]
    assert plan.title == "Promote digits 1.1.0"
    (note,) = [note for note in plan.warnings if note.kind == "exists"]
    assert "this becomes version 1.1.0" in note.text
    plan.run()
    assert author.sent() == 4 * EACH
    reader = AtmosphereIndex(bob)
    handle = author.client.handle
    assert reader.get_dataset(f"@{handle}/digits").bytes == 92_160
    assert reader.get_dataset(f"@{handle}/digits@1.0.0").bytes == 81_920


def test_a_dataset_of_that_name_is_kept_replaced_or_in_the_way(author: Author) -> None:
    first = author.plan().run()
    author.index.write_samples(digits(7), name="digits")
    blocked = author.plan(on_existing="stop")
    assert kinds(blocked.blockers) == {"exists"}
    with pytest.raises(PlanBlockedError, match="choose another name"):
        blocked.run()
    replaced = author.plan(on_existing="replace").run()
    assert (replaced.uri, replaced.changed) == (first.uri, True)
    assert [sample.label for sample in replaced.entry.dataset()] == list(range(7))
    assert author.public()[0] == 1
    taken = author.plan(version="1.0.0", description="other")
    assert kinds(taken.blockers) == {"version"}


def test_without_a_face_it_is_one_call(author: Author, bob: AtmosphereClient) -> None:
    store = PDSBlobStore(author.client)
    uri = promote_to_atmosphere("digits", author.index, author.client, data_store=store)
    assert promote_to_atmosphere("digits", author.index, author.client, data_store=store) == uri
    assert len(list(AtmosphereIndex(bob).get_dataset(uri).dataset())) == 50


def test_one_of_many_that_fails_does_not_stop_the_others(author: Author) -> None:
    author.index.write_samples(digits(3), name="three")
    plans = flows.plan_promote(
        ["digits", "missing", "three"], index=author.index, client=author.client
    )
    assert [plan.ok for plan in plans] == [True, False, True]
    assert plans.confirm == "Publish 2 datasets, 92 KB, publicly as author.pds0.test"
    events: list[Event] = []
    results = plans.run(events.append)
    assert [result.changed for result in results] == [True, True]
    assert not results.ok
    assert "FAILED missing" in repr(results)
    again = flows.plan_promote(["digits", "three"], index=author.index, client=author.client)
    assert again.confirm == "Nothing to do: all are public already"
    assert {event.step for event in events} <= {step.id for step in plans.steps}
    assert author.public()[0] == 2


def test_an_index_that_only_keeps_the_protocol_can_be_promoted_from(author: Author) -> None:
    class Plain:
        def __init__(self, index: LocalIndex) -> None:
            entry = index.get_dataset("digits")
            self.name, self.schema_ref = entry.name, entry.schema_ref
            self.data_urls, self.metadata = entry.data_urls, entry.metadata

    class Index:
        data_store = None
        get_schema = author.index.get_schema

        def get_dataset(self, ref: str) -> Plain:
            if ref != "digits":
                raise DatasetNotFoundError(ref)
            return Plain(author.index)

    plan = flows.plan_promote(Plain(author.index), index=Index(), client=author.client)
    author.server.fail("applyWrites", status=400, body=b'{"error": "InvalidRequest"}')
    with pytest.raises(RefusedError):
        plan.run()
    # Its journal is that of this machine's index, which does not list the dataset.
    (elsewhere,) = flows.unfinished()
    with pytest.raises(FlowError, match=r"flows\.unfinished\(index\)"):
        elsewhere.resume(author.client)
    (left,) = flows.unfinished(Index())
    result = left.resume(author.client)
    assert author.sent() == 3 * EACH
    assert len(list(result.entry.dataset())) == 50
    assert flows.plan_promote(
        Plain(author.index), index=Index(), client=author.client
    ).run().uri == (result.uri)


def test_what_somebody_else_published_can_be_copied(author: Author, bob: AtmosphereClient) -> None:
    """TRAPS C22: shards that are blobs are read as blobs."""
    theirs = promote_to_atmosphere("digits", author.index, bob, data_store=PDSBlobStore(bob))
    entry = author.there.get_dataset(theirs)
    result = author.plan(entry).run()
    assert result.uri != theirs
    assert [sample.label for sample in result.entry.dataset()] == list(range(50))
    AtmosphereIndex(bob).delete_dataset(theirs)


# ---- what must not become public ----------------------------------------------------------------


def test_paths_of_this_machine_stay_here(author: Author) -> None:
    """TRAPS S9."""
    author.index.write_samples(
        digits(),
        name="private",
        metadata={"source_dir": "/home/ada/raw", "runs": [{"log": "file:///tmp/x"}], "n": 1},
    )
    plan = author.plan("private")
    assert plan.public.left_out == (
        "source_dir: a path of this machine",
        "runs[0].log: a path of this machine",
    )
    result = plan.run()
    assert result.entry.metadata == {"n": 1, "runs": [{}]}
    for private in (str(author.index.path), "/home/ada", "file:"):
        assert private not in json.dumps(result.entry.value)
    blocked = author.plan("private", place="urls")
    assert [note.text for note in blocked.blockers] == [
        "the shards are files of this machine, which nobody else can read"
    ]
    assert "place='blobs'" in blocked.blockers[0].remedy


def test_no_link_into_this_network_or_with_a_login_is_published(author: Author) -> None:
    urls = ["http://10.0.0.1/a.tar", "https://me:pw@example.org/a.tar", "s3://bucket/a.tar"]
    for number, url in enumerate(urls):
        ds = Dataset[Digit](url)
        author.index.insert_dataset(ds, name=f"link-{number}")
        plan = author.plan(f"link-{number}", place="urls")
        assert "urls" in kinds(plan.blockers)
        assert "pw" not in repr(plan.blockers)


def test_nobody_writes_into_somebody_elses_repository(
    author: Author, bob: AtmosphereClient
) -> None:
    """TRAPS C23."""
    plan = author.plan(name=f"@{bob.handle}/digits")
    assert kinds(plan.blockers) == {"name"}
    with pytest.raises(PlanBlockedError, match="you write into your own only"):
        plan.run()


def test_no_secret_is_in_plan_or_journal(author: Author) -> None:
    tokens = author.client.export_session().split(":::")[2:4]
    plan, kept = author.plan(), []
    plan.run(lambda _: kept.append(author.index.journal.works("head")))
    told = json.dumps(plan.to_dict()) + repr(plan) + repr(plan.action) + repr(kept)
    assert "author.pds0.test" in repr(kept)
    assert not any(token in told for token in tokens)
    assert author.index.journal.works("head") == {}


# ---- places -------------------------------------------------------------------------------------


def test_shards_larger_than_the_server_takes_are_cut_and_the_plan_says_so(author: Author) -> None:
    limit = json.dumps({"blobUploadLimit": 51_200}).encode()
    author.server.fail("describeServer", times=99, body=limit, status=200)
    author.index.write_samples(digits(100), name="large")
    plan = author.plan("large")
    assert "size" in kinds(plan.warnings)
    (shard,) = [step for step in plan.steps if step.kind == "shard"]
    assert shard.detail == "cut into about 4 blobs"
    result = plan.run()
    blobs = result.entry.value["storage"]["blobs"]
    assert len(blobs) > 1
    assert all(blob["size"] <= 51_200 for blob in blobs)
    assert [sample.label for sample in result.entry.dataset()] == list(range(100))
    sent = author.sent()
    again = author.plan("large").run()
    assert (again.uri, again.changed, author.sent()) == (result.uri, False, sent)


def test_a_server_that_does_not_say_its_limit_is_believed_when_it_refuses(author: Author) -> None:
    author.server.fail("uploadBlob", status=413)
    author.index.write_samples(digits(100), name="large")
    result = author.plan("large").run()
    assert len(result.entry.data_urls) > 1
    assert [sample.label for sample in result.entry.dataset()] == list(range(100))


def test_a_sample_that_is_larger_than_a_blob_may_be_blocks_the_plan(author: Author) -> None:
    limit = json.dumps({"blobUploadLimit": 102_400}).encode()
    author.server.fail("describeServer", times=99, body=limit, status=200)
    author.index.write_samples([Digit(1, np.zeros((400, 400), np.uint8))], name="huge")
    (note,) = author.plan("huge").blockers
    assert "a sample of shard 1 has 160," in note.text
    assert "place='s3'" in note.remedy


def test_public_shards_stay_where_they_are_and_get_checksums(
    author: Author, bob: AtmosphereClient, tmp_path: Path
) -> None:
    shard = write_shard(tmp_path / "web" / "a.tar", digits())
    with files_of(tmp_path / "web") as address:
        author.index.insert_dataset(Dataset[Digit](f"{address}/a.tar"), name="linked")
        plan = author.plan("linked", place="urls", namespace=ALT)
        assert plan.public.urls == (f"{address}/a.tar",)
        result = plan.run()
        (told,) = result.entry.value["storage"]["shards"]
        assert told["checksum"] == {"algorithm": "sha256", "digest": shard.sha256}
        entry = AtmosphereIndex(bob).get_dataset(result.uri)
        assert len(list(entry.dataset())) == 50
        assert author.sent() == 0


# ---- what goes wrong ----------------------------------------------------------------------------


def test_nobody_logged_in_is_a_blocker_that_says_how(author: Author) -> None:
    plan = flows.plan_promote("digits", index=author.index, client=AtmosphereClient())
    assert [note.kind for note in plan.blockers] == ["login"]
    assert "client.login(handle, app_password)" in plan.blockers[0].remedy
    assert plan.public.fields == ("label", "image")
    with pytest.raises(PlanBlockedError, match="nobody is logged in"):
        plan.run()


def test_no_network_is_a_blocker_that_says_so(author: Author) -> None:
    author.server.fail("listBlobs", times=99, cut_request=0)
    plan = author.plan()
    assert [note.kind for note in plan.blockers] == ["network"]
    assert "does not answer" in plan.blockers[0].text
    assert plan.blockers[0].remedy == "check the connection, then plan again"


def test_a_server_without_room_says_what_to_do_and_nothing_is_public(author: Author) -> None:
    full = author.server.fail("uploadBlob", times=99, status=507)
    with pytest.raises(BlobSpaceError, match="no room for more blobs: delete datasets"):
        author.plan().run()
    assert author.public() == (0, 0, 0)
    (left,) = flows.unfinished(author.index)
    assert "no room" in repr(left)
    full.times = 0
    assert left.resume(author.client).changed
    assert flows.unfinished(author.index) == []


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("x" * 201, "at most 200 characters"),
        ("", "a dataset needs a name"),
        ("digits@1.0.0", "ends like a version"),
        ("a\nb", "control characters"),
    ],
)
def test_an_illegal_name_is_refused_before_a_byte_is_sent(
    author: Author, name: str, told: str
) -> None:
    plan = author.plan(name=name)
    assert "name" in kinds(plan.blockers)
    assert any(told in note.text for note in plan.blockers)
    assert all(note.remedy for note in plan.blockers)


def test_what_the_namespace_cannot_carry_is_listed(author: Author) -> None:
    number = Field("n", FieldType(kind="primitive", primitive="int"))
    schema = Schema("Lossy", "1.0.0", (number,), metadata={"threshold": 0.5})
    ref = author.index.publish_schema(schema)
    entry = author.index.write_samples([{"n": 1}] and digits(1), name="lossy")
    ds = Dataset(entry.data_urls)
    author.index.insert_dataset(ds, name="lossy too", schema_ref=ref)
    plan = author.plan("lossy too")
    (loss,) = [note for note in plan.warnings if note.kind == "loss"]
    assert loss.text == "metadata.threshold is lost: records of the AT Protocol hold no floats"


def test_a_wrong_clock_is_told_and_the_record_says_the_servers_time(author: Author) -> None:
    ahead = datetime.now(UTC) + timedelta(hours=2)
    date = {"date": format_datetime(ahead, usegmt=True)}
    author.server.fail("describeServer", times=99, headers=date)
    plan = author.plan()
    (note,) = [note for note in plan.warnings if note.kind == "clock"]
    assert "ahead of this machine's" in note.text
    assert "timedatectl" in note.remedy
    made = datetime.fromisoformat(plan.run().entry.created_at)
    assert abs(made - ahead) < timedelta(minutes=10)


def test_a_shard_that_changed_or_went_is_never_published(author: Author) -> None:
    """TRAPS C25: what was cut off at a member boundary is not the dataset."""
    path = Path(author.index.get_dataset("digits").data_urls[0])
    whole = path.read_bytes()
    path.write_bytes(whole[:-10_240])
    assert kinds(author.plan().blockers) == {"shards"}
    path.write_bytes(whole.replace(b"label", b"lebal"))
    with pytest.raises(ChecksumError, match="has changed since it was written"):
        author.plan().run()
    path.unlink()
    (note,) = author.plan().blockers
    assert note.remedy.startswith("write the dataset again")
    assert author.public() == (0, 0, 0)


@pytest.fixture(params=["processes", "dask"])
def executor(request: pytest.FixtureRequest) -> Iterator[Any]:
    if request.param == "processes":
        yield request.param
        return
    from distributed import Client, LocalCluster

    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0") as cluster,
        Client(cluster) as client,
    ):
        yield client


def test_shards_are_hashed_by_workers_before_the_first_is_sent(
    author: Author, executor: Any
) -> None:
    entry = author.index.write_samples(digits(100), name="many", maxcount=20)
    last = Path(entry.shards[-1].url)
    sound = last.read_bytes()
    last.write_bytes(sound[:-9000] + b"x" + sound[-8999:])
    plan = author.plan("many", executor=executor)
    with pytest.raises(ChecksumError, match=last.name):
        plan.run()
    assert author.sent() == 0
    last.write_bytes(sound)
    result = author.plan("many", executor=executor).run()
    assert result.changed
    assert result.verdict.complete
    assert author.sent() == 5 * EACH
    assert author.plan("many", executor=executor).run().uri == result.uri
    # What travels knows nothing of who is logged in: a client alone loses it on the way.
    assert not pickle.loads(pickle.dumps(author.client)).is_authenticated


def test_what_is_blocked_when_it_runs_is_not_left_behind_as_unfinished(author: Author) -> None:
    plan = author.plan()
    Path(author.index.get_dataset("digits").data_urls[0]).unlink()
    with pytest.raises(PlanBlockedError):
        plan.run()
    assert flows.unfinished(author.index) == []


def test_a_blob_that_the_server_has_forgotten_is_sent_again(author: Author) -> None:
    entry, refused = author.index.get_dataset("digits"), author.server
    refused.fail("applyWrites", status=400, body=b'{"error": "InvalidRequest", "message": "no"}')
    with pytest.raises(RefusedError):
        author.plan().run()
    sent = author.sent()
    gone = b'{"error": "BlobNotFound", "message": "Could not find blob"}'
    refused.fail("applyWrites", status=400, body=gone)
    assert author.plan().run().changed
    assert sent == 3 * EACH
    assert author.sent() == 6 * EACH
    assert author.public() == (1, 1, 1)
    assert len(entry.shards) == 3


@pytest.fixture
def split(monkeypatch: pytest.MonkeyPatch) -> None:
    """Servers take so little at once that a schema has to go ahead of its dataset."""
    monkeypatch.setattr("atdata_nb.flows.commit.MAX_RECORD", 500)


def test_a_schema_that_went_ahead_is_taken_back_if_this_run_made_it(
    author: Author, split: None
) -> None:
    refused = b'{"error": "InvalidRequest", "message": "no"}'
    author.server.fail("applyWrites", status=400, body=refused)
    with pytest.raises(RefusedError):
        author.plan().run()
    assert author.public() == (0, 1, 0)
    (left,) = flows.unfinished(author.index)
    assert "the schema was deleted" in left.roll_back(author.client)
    assert author.public() == (0, 0, 0)


def test_a_schema_that_was_there_before_is_never_taken_back(author: Author, split: None) -> None:
    author.there.publish_schema(author.index.get_dataset("digits").schema.schema)
    author.server.fail("applyWrites", status=400, body=b'{"error": "InvalidRequest"}')
    with pytest.raises(RefusedError):
        author.plan().run()
    (left,) = flows.unfinished(author.index)
    assert "nothing of it was public" in left.roll_back(author.client)
    assert author.public() == (0, 1, 0)


def test_a_run_that_is_cut_short_between_schema_and_dataset_ends_with_one_of_each(
    author: Author, split: None
) -> None:
    author.server.fail("applyWrites", status=400, body=b'{"error": "InvalidRequest"}')
    with pytest.raises(RefusedError):
        author.plan().run()
    (left,) = flows.unfinished(author.index)
    assert left.resume(author.client).changed
    assert author.public() == (1, 1, 1)
    assert author.sent() == 3 * EACH


# ---- beside everything else ---------------------------------------------------------------------


def test_a_run_goes_on_by_itself_and_is_found_again(author: Author) -> None:
    run = flows.start(author.plan())
    assert run in flows.running() or run.state == "done"
    seen: list[Event] = []
    result = run.wait(60)
    run.listen(seen.append)
    assert seen == run.events
    assert (run.state, run.result) == ("done", result)
    assert run not in flows.running()


class StopsAt:
    """Is set as soon as something has happened."""

    def __init__(self, step: str) -> None:
        self._step, self._signal = step, Signal()

    def __call__(self, event: Event) -> None:
        if event.step == self._step and event.kind == "started":
            self._signal.set()

    def is_set(self) -> bool:
        return self._signal.is_set()


@pytest.mark.parametrize("step", ["check", "shard-0", "schema"])
def test_a_run_that_is_cancelled_leaves_nothing_public_and_can_be_resumed(
    author: Author, step: str
) -> None:
    stop = StopsAt(step)
    with pytest.raises(FlowCancelledError, match="run it again to go on"):
        author.plan().run(stop, cancel=stop)
    assert author.public() == (0, 0, 0)
    (left,) = flows.unfinished(author.index)
    assert left.why == "it was cancelled"
    assert left.resume(author.client).changed
    assert author.public() == (1, 1, 1)


def test_a_thing_is_not_done_twice_at_once(author: Author) -> None:
    plan, told = author.plan(), []

    def again(event: Event) -> None:
        if event.step == "record" and event.kind == "started":
            with pytest.raises(FlowError, match="being done already"):
                plan.run()
            told.append(flows.unfinished(author.index))

    assert plan.run(again).changed
    assert told == [[]]


def test_memory_does_not_grow_with_the_shards(author: Author, bob: AtmosphereClient) -> None:
    rows = [Digit(n, np.full((1000, 1000), n, np.uint8)) for n in range(24)]
    author.index.write_samples(rows, name="heavy", maxcount=6)
    # Not through the proxy, which keeps what passes.
    plan = flows.plan_promote("heavy", index=author.index, client=bob)
    tracemalloc.start()
    plan.run()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert plan.bytes is not None
    assert plan.bytes > 24_000_000
    assert peak < 12_000_000
