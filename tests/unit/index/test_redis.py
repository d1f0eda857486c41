"""What only the Redis back end can get wrong: the published layout, others beside, the server."""

from __future__ import annotations

import contextlib
import logging
import pickle
import shutil
import socket
import subprocess
import sys
import threading
import traceback
import warnings
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
import redis as redis_package

from atdata_nb import Dataset, LocalIndex, packable
from atdata_nb.cid import generate_cid
from atdata_nb.errors import (
    IndexClosedError,
    IndexFormatError,
    IndexWarning,
    SchemaNotFoundError,
    ServiceError,
    UrlError,
)
from atdata_nb.index import redis_plan, redis_storage
from atdata_nb.index.redis_rows import frame, parts_of
from atdata_nb.index.redis_server import RedisServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Rows = Callable[..., list[Any]]
    LoadRedis = Callable[[str], dict[str, Any]]

pack = msgspec.msgpack.encode
ENTRY = b"LocalDatasetEntry:"


@packable
class Row:
    """A row."""

    n: int


@pytest.fixture
def client(empty_redis: str) -> Iterator[redis_package.Redis]:
    """A client of the database that the index is in."""
    with closing(redis_package.Redis.from_url(empty_redis)) as made:
        yield made


@pytest.fixture
def index(empty_redis: str, tmp_path: Path) -> Iterator[LocalIndex]:
    with LocalIndex(tmp_path / "home", redis=empty_redis) as made:
        yield made


def ds(name: str = "a") -> Dataset[Row]:
    return Dataset(f"https://example.org/{name}.tar", sample_type=Row)


def their_insert(client: redis_package.Redis, name: str, url: str, **metadata: Any) -> str:
    """List a dataset as the published package does: one HSET, which merges."""
    facts = {"schema_ref": "local://schemas/m.Row@1.0.0", "data_urls": [url]}
    cid = generate_cid(facts)
    said = {"metadata": pack(metadata)} if metadata else {}
    client.hset(
        f"LocalDatasetEntry:{cid}",
        mapping={
            "name": name,
            "schema_ref": facts["schema_ref"],
            "data_urls": pack(facts["data_urls"]),
            "cid": cid,
            **said,
        },
    )
    return cid


def published(client: redis_package.Redis) -> dict[str, dict[str, bytes]]:
    """What the published package sees, by name."""
    found = {}
    for key in client.scan_iter(match=ENTRY + b"*"):
        facts = {name.decode(): part for name, part in client.hgetall(key).items()}
        found[facts["name"].decode()] = facts
    return found


# ---- the published layout ------------------------------------------------------------------------


def test_an_entry_is_written_as_the_other_package_reads_it(
    index: LocalIndex, client: redis_package.Redis
) -> None:
    entry = index.insert_dataset(ds(), name="winter", metadata={"k": 1, "s": "é"})
    facts = client.hgetall(f"LocalDatasetEntry:{entry.cid}")
    assert facts.pop(b"atdata_nb")
    assert facts == {
        b"name": b"winter",
        b"schema_ref": b"atdata://local/sampleSchema/Row@1.0.0",
        b"data_urls": pack(["https://example.org/a.tar"]),
        b"cid": entry.cid.encode(),
        b"metadata": pack({"k": 1, "s": "é"}),
    }
    label = client.hgetall("Label:winter@")
    assert label.pop(b"atdata_nb")
    assert label == {b"name": b"winter", b"cid": entry.cid.encode(), b"version": b""}
    assert b'"name": "Row"' in client.get("LocalSchema:Row@1.0.0")


def test_older_versions_do_not_stand_for_the_name_there(
    index: LocalIndex, client: redis_package.Redis
) -> None:
    """TRAPS C7, C24."""
    index.insert_dataset(ds("a"), name="winter")
    new = index.insert_dataset(ds("b"), name="winter")
    assert sorted(published(client)) == ["winter", "winter@1.0.0"]
    assert published(client)["winter"]["cid"] == new.cid.encode()
    assert client.hget("Label:winter@", "cid") == new.cid.encode()
    index.remove("winter@1.1.0")
    assert sorted(published(client)) == ["winter"]
    index.remove("winter")
    assert not list(client.scan_iter(match="Label*"))
    assert published(client) == {}


def test_metadata_that_is_not_said_again_is_gone(
    index: LocalIndex, client: redis_package.Redis
) -> None:
    """TRAPS C26: HSET merges, so the old metadata stayed."""
    index.insert_dataset(ds(), name="winter", metadata={"k": 1}, description="cold")
    entry = index.insert_dataset(ds(), name="winter")
    assert entry.metadata is None
    assert index.get_dataset("winter").metadata is None
    assert "metadata" not in published(client)["winter"]
    assert client.hget("Label:winter@", "description") is None
    index.remove("winter@1.1.0")
    assert published(client)["winter"]["metadata"] == pack({"k": 1})
    assert client.hget("Label:winter@", "description") == b"cold"


def test_of_two_names_for_one_content_the_other_package_sees_both(
    index: LocalIndex, client: redis_package.Redis
) -> None:
    """TRAPS C6."""
    entry = index.insert_dataset(ds(), name="first")
    index.insert_dataset(ds(), name="second")
    assert list(published(client)) == ["second"]
    assert client.hget("Label:first@", "cid") == entry.cid.encode()
    index.remove("second")
    assert list(published(client)) == ["first"]


# ---- others beside -------------------------------------------------------------------------------


@pytest.mark.parametrize("release", ["0.2.3b1", "0.7.0b1"])
def test_an_index_that_is_there_already_is_ours_as_it_is(
    load_redis: LoadRedis, redis_url: str, tmp_path: Path, release: str
) -> None:
    truth = load_redis(release)
    with LocalIndex(tmp_path, redis=redis_url) as index:
        found = {(entry.name, entry.schema_ref, tuple(entry.data_urls)): entry for entry in index}
        assert len(found) == len(truth["entries"])
        for said in truth["entries"]:
            key = (said["name"], said["schema_ref"], tuple(said["data_urls"]))
            assert found[key].metadata == said["metadata"]
            assert found[key].cid == said["cid"]
            assert found[key].schema["name"] in {"BasicSample", "ArraySample"}
        assert [schema["version"] for schema in index.schemas] == [
            "1.0.0",
            "1.1.0",
            "1.0.0",
            "1.0.0",
        ]
        assert index.search("basic").total == 1
        assert index.refresh() == 0


def test_what_the_other_package_lists_meanwhile_is_noticed(
    index: LocalIndex, client: redis_package.Redis
) -> None:
    index.insert_dataset(ds(), name="ours")
    cid = their_insert(client, "theirs", "b.tar", made="there")
    assert [entry.name for entry in index] == ["ours", "theirs"]
    assert index.get_dataset(cid).metadata == {"made": "there"}
    assert index.search("theirs").total == index.count() - 1 == 1
    their_insert(client, "more", "c.tar")
    assert index.get_dataset("more").version == "1.0.0"
    their_insert(client, "theirs", "d.tar")
    assert index.get_dataset("theirs").data_urls == ["d.tar"]
    assert [entry.version for entry in index.versions("theirs")] == ["1.0.0", "1.1.0"]


def test_what_the_other_package_writes_over_is_noticed(
    index: LocalIndex, client: redis_package.Redis
) -> None:
    their_insert(client, "first", "a.tar", k=1)
    assert index.get_dataset("first").metadata == {"k": 1}
    # No key more than before: only a look at all of them tells.
    their_insert(client, "second", "a.tar", k=2)
    assert index.refresh() == 1
    assert index.get_dataset("first").metadata == {"k": 1}
    assert index.get_dataset("second").metadata == {"k": 2}
    assert index.refresh() == 0


def test_labels_and_schemas_of_the_other_package_are_noticed(
    index: LocalIndex, client: redis_package.Redis
) -> None:
    cid = their_insert(client, "plain", "a.tar")
    for version, described in (("2.0.0", "second"), ("1.0.0", "first"), ("draft", "third")):
        label = {"cid": cid, "name": "named", "version": version, "description": described}
        client.hset(f"Label:named@{version}", mapping=label)
    record = {"name": "Theirs", "version": "1.0.0", "fields": []}
    client.set("LocalSchema:mod.ule.Theirs@1.0.0", msgspec.json.encode(record))
    client.set("LocalSchema:Other@1.2.0", msgspec.json.encode({**record, "name": "Other"}))
    found = {entry.version: entry.description for entry in index.versions("named")}
    assert found == {"1.0.0": "first", "2.0.0": "second", "2.1.0": "third"}
    assert [entry.name for entry in index] == ["named", "plain"]
    assert [schema["$ref"] for schema in index.schemas] == [
        "atdata://local/sampleSchema/Other@1.2.0",
        "atdata://local/sampleSchema/Theirs@1.0.0",
    ]
    assert index.refresh() == 0


def test_lenses_of_the_other_package_are_noticed(
    index: LocalIndex, client: redis_package.Redis
) -> None:
    code = {"kind": "code_reference", "module": "m", "qualname": "f"}
    ends = {"source_schema": "local://schemas/A@1.0.0", "view_schema": "local://schemas/B@1.0.0"}
    lens = {"name": "theirs", "version": "1.0.0", **ends, "getter": code, "putter": code}
    client.set("LocalLens:theirs@1.0.0", msgspec.json.encode(lens))
    client.set("LocalLens:bad@1.0.0", b'{"getter": {"kind": "unheard of"}}')
    with pytest.warns(IndexWarning, match="LocalLens:bad"):
        assert [(found.name, found.version) for found in index.lenses] == [("theirs", "1.0.0")]
    assert index.get_lens("theirs").source_schema == ends["source_schema"]
    assert index.refresh() == 0


def test_a_schema_that_the_other_package_stored_is_not_written_over(
    index: LocalIndex, client: redis_package.Redis
) -> None:
    """TRAPS C8."""
    record = {"name": "Row", "version": "1.0.0", "fields": []}
    client.set("LocalSchema:Row@1.0.0", msgspec.json.encode(record))
    # As if somebody else had made and removed a key: nothing shows that there is something new.
    client.hincrby("atdata_nb:state", "base", 1)
    assert index.publish_schema(Row).endswith("Row@2.0.0")
    assert index.get_schema("Row@1.0.0")["fields"] == []


def test_one_malformed_hash_is_named_and_all_others_are_listed(
    client: redis_package.Redis, empty_redis: str, tmp_path: Path
) -> None:
    """TRAPS C26."""
    their_insert(client, "good", "a.tar")
    client.hset("LocalDatasetEntry:bafyempty", "name", "no more")
    client.hset("LocalDatasetEntry:bafybad", mapping={"name": b"\xff", "schema_ref": "x"})
    client.set("LocalDatasetEntry:bafystring", "no hash")
    client.set("LocalSchema:Bad@1.0.0", "{")
    client.set("LocalSchema:Bad@1.0", "{}")
    client.hset("Label:lost@", mapping={"name": "lost", "cid": "bafynone", "version": ""})
    client.hset(b"Label:\xff@", mapping={"name": "x"})
    with pytest.warns(IndexWarning) as warned:
        index = LocalIndex(tmp_path, redis=empty_redis)
    assert [entry.name for entry in index] == ["good"]
    told = [str(warning.message).split(" in ")[0] for warning in warned]
    assert sorted(told) == [
        "Label:lost@",
        "Label:\ufffd@",
        "LocalDatasetEntry:bafybad",
        "LocalDatasetEntry:bafyempty",
        "LocalDatasetEntry:bafystring",
        "LocalSchema:Bad@1.0",
        "LocalSchema:Bad@1.0.0",
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert index.refresh() == 0
        index.insert_dataset(ds(), name="more")
        assert [entry.name for entry in index] == ["good", "more"]
    assert client.hget("LocalDatasetEntry:bafyempty", "name") == b"no more"
    index.close()


def test_a_name_that_cannot_be_listed_is_left_as_it_is(
    index: LocalIndex, client: redis_package.Redis
) -> None:
    cid = their_insert(client, "a\nb", "a.tar")
    client.hset("Label:x@1.0.0@", mapping={"name": "x@1.0.0", "cid": cid, "version": ""})
    with pytest.warns(IndexWarning) as warned:
        assert len(index) == 0
    assert "control characters" in str(warned[0].message)
    assert "ends like a version" in str(warned[1].message)
    assert client.hget(f"LocalDatasetEntry:{cid}", "name") == b"a\nb"
    assert client.hget("Label:x@1.0.0@", "cid") == cid.encode()


def test_keys_of_other_programs_do_not_keep_it_walking(
    index: LocalIndex, client: redis_package.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    index.insert_dataset(ds(), name="ours")
    walks = []
    adoption = index._storage._adoption  # type: ignore[attr-defined]
    walk = adoption._unknown
    monkeypatch.setattr(adoption, "_unknown", lambda: walks.append(1) or walk())
    monkeypatch.setattr("atdata_nb.index.redis_adoption._REST", 1e9)
    for number in range(20):
        client.set(f"session:{number}", "x")
        assert len(index) == 1
    assert len(walks) <= 4


def test_emptying_the_server_empties_the_index(
    index: LocalIndex, client: redis_package.Redis
) -> None:
    index.insert_dataset(ds(), name="winter")
    client.flushdb()
    assert index.list_datasets() == []
    assert index.insert_dataset(ds(), name="winter").version == "1.0.0"
    assert [entry.name for entry in index] == ["winter"]


# ---- clients, passwords, layouts -----------------------------------------------------------------


@pytest.mark.parametrize("decode", [True, False])
def test_a_client_is_taken_whether_it_decodes_or_not(
    empty_redis: str,
    tmp_path: Path,
    decode: bool,  # noqa: FBT001
) -> None:
    with closing(redis_package.Redis.from_url(empty_redis, decode_responses=decode)) as given:
        index = LocalIndex(tmp_path, redis=given)
        entry = index.insert_dataset(ds(), name="winter", metadata={"b": b"\xff"})
        assert index.get_dataset("winter") == entry
        copy = pickle.loads(pickle.dumps(index))
        assert copy.get_dataset("winter") == entry
        copy.close()
        index.close()
        with pytest.raises(IndexClosedError):
            index.get_dataset("winter")
        assert given.ping()


@pytest.mark.parametrize(
    "url", ["http://x", "redis://me:se/cret@h:1/0", "redis://:secret@h:port", "redis:secret"]
)
def test_a_url_that_is_none_is_refused_without_showing_it(url: str, tmp_path: Path) -> None:
    with pytest.raises(UrlError, match="redis://") as caught:
        LocalIndex(tmp_path, redis=url)
    assert "cret" not in "".join(traceback.format_exception(caught.value)).replace(repr(url), "")
    assert caught.value.__cause__ is None


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[str]:
    """A server that wants a login; its URL has none."""
    with _serve(tmp_path, "--requirepass", "hunter2") as port:
        yield f"127.0.0.1:{port}/0"


@contextlib.contextmanager
def _serve(folder: Path, *options: str, port: int = 0) -> Iterator[int]:
    program = shutil.which("redis-server")
    assert program
    if port == 0:
        with closing(socket.socket()) as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
    fixed = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    with subprocess.Popen([program, *fixed, *options], stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        assert any("Ready to accept connections" in line for line in server.stdout)
        try:
            yield port
        finally:
            server.terminate()
            server.communicate()


def test_a_password_is_used_and_never_shown(
    guarded: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    index = LocalIndex(tmp_path, redis=f"redis://:hunter2@{guarded}")
    entry = index.insert_dataset(ds(), name="winter")
    pickled = pickle.dumps(index)
    shown = [repr(index), repr(entry), repr(vars(index)), repr(vars(index._storage)), str(pickled)]
    shown += [repr(index._storage._server), repr(vars(index._storage._server))]  # type: ignore[attr-defined]
    copy = pickle.loads(pickled)
    assert copy.get_dataset("winter") == entry
    shown.append(repr(vars(copy._storage._server)))
    for wrong in ("redis://:hunter3@", "redis://"):
        with pytest.raises(ServiceError, match="login") as caught:
            LocalIndex(tmp_path, redis=f"{wrong}{guarded}")
        shown += traceback.format_exception(caught.value)
    assert "hunter2" not in "".join([*shown, caplog.text]).replace("redis://:hunter2@{", "")
    assert "hunter3" not in "".join([*shown, caplog.text])
    copy.close()
    index.close()


def test_a_client_that_asks_for_its_password_each_time_is_taken(
    guarded: str, tmp_path: Path
) -> None:
    provider = redis_package.UsernamePasswordCredentialProvider(password="hunter2")  # noqa: S106
    host, _, rest = guarded.partition(":")
    given = redis_package.Redis(
        host,
        int(rest.partition("/")[0]),
        credential_provider=provider,
        decode_responses=True,
    )
    with LocalIndex(tmp_path, redis=given) as index:
        assert index.insert_dataset(ds(), name="winter").version == "1.0.0"


def test_a_layout_of_a_newer_version_is_left_alone(
    client: redis_package.Redis, empty_redis: str, tmp_path: Path
) -> None:
    client.hset("atdata_nb:state", "layout", redis_storage.LAYOUT + 1)
    with pytest.raises(IndexFormatError, match="update atdata_nb"):
        LocalIndex(tmp_path, redis=empty_redis)
    assert client.dbsize() == 1


# ---- the server goes away ------------------------------------------------------------------------


def test_a_server_that_is_away_is_told_and_used_again_when_it_is_back(
    tmp_path: Path, rows: Rows
) -> None:
    with _serve(tmp_path) as port:
        index = LocalIndex(tmp_path / "home", redis=f"redis://127.0.0.1:{port}/0")
        index.insert_dataset(ds(), name="winter")
    with pytest.raises(ServiceError, match="atdata-nb local up"):
        index.get_dataset("winter")
    with pytest.raises(ServiceError):
        index.write_samples(rows(3), name="summer")
    with pytest.raises(ServiceError, match=f"127.0.0.1:{port}"):
        LocalIndex(tmp_path, redis=f"redis://127.0.0.1:{port}/0")
    assert repr(index) == f"LocalIndex redis 127.0.0.1:{port}/0 (does not answer)"
    with _serve(tmp_path, port=port):
        assert index.list_datasets() == []
        assert index.insert_dataset(ds(), name="winter").version == "1.0.0"
        index.close()


def test_a_server_that_hangs_does_not_hold_up_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("atdata_nb.index.redis_server._ANSWER_SECONDS", 0.1)
    with closing(socket.socket()) as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        port = silent.getsockname()[1]
        with pytest.raises(ServiceError, match="does not answer"):
            LocalIndex(tmp_path, redis=f"redis://127.0.0.1:{port}/0")


def test_a_server_without_memory_is_told_and_nothing_is_half_done(tmp_path: Path) -> None:
    with _serve(tmp_path) as port:
        url = f"redis://127.0.0.1:{port}/0"
        with (
            LocalIndex(tmp_path, redis=url) as index,
            closing(redis_package.Redis.from_url(url)) as client,
        ):
            index.insert_dataset(ds(), name="before")
            client.config_set("maxmemory", 1)
            for datasets in (
                [(ds("b"), {"name": "b"})],
                [(ds(), {"name": f"n{i}"}) for i in range(2_000)],
            ):
                with pytest.raises(ServiceError, match="maxmemory"):
                    index.insert_datasets(datasets)
            client.config_set("maxmemory", 0)
            assert [entry.name for entry in index] == ["before"]
            assert index.refresh() == 0
            index.insert_dataset(ds("b"), name="b")
            assert len(index) == 2


def test_scripts_that_the_server_forgot_are_sent_again(
    index: LocalIndex, client: redis_package.Redis
) -> None:
    index.insert_dataset(ds(), name="winter")
    client.script_flush()
    assert index.get_dataset("winter").name == "winter"
    assert index.insert_dataset(ds("b"), name="winter").version == "1.1.0"


# ---- several at once -----------------------------------------------------------------------------

SCRIPT = """
import sys
from atdata_nb import Dataset, LocalIndex, packable
url, home, number = sys.argv[1], sys.argv[2], int(sys.argv[3])
def row(fields):
    return packable(type("Row", (), {"__annotations__": fields, "__doc__": "A row."}))
ds = Dataset("https://example.org/a.tar", sample_type=row({"n": int}))
index = LocalIndex(home, redis=url)
sys.stdin.readline()
"""


def run_at_once(script: str, url: str, home: Path, processes: int) -> None:
    command = [sys.executable, "-W", "error", "-c", SCRIPT + script, url, str(home)]
    running = [
        subprocess.Popen([*command, str(number)], stdin=subprocess.PIPE, text=True)
        for number in range(processes)
    ]
    for process in running:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in running:
        process.communicate()
    assert [process.returncode for process in running] == [0] * processes


@pytest.mark.slow
def test_two_processes_that_insert_five_thousand_each_lose_nothing(
    index: LocalIndex, empty_redis: str, tmp_path: Path
) -> None:
    script = """
for i in range(5_000):
    index.insert_dataset(ds, name=f"p{number}-{i:04d}")
"""
    run_at_once(script, empty_redis, tmp_path, 2)
    names = [f"p{number}-{i:04d}" for number in range(2) for i in range(5_000)]
    assert [entry.name for entry in index] == names
    assert index.count() == index.search("row").total == 10_000
    assert index.refresh() == 0


@pytest.mark.slow
def test_processes_that_use_one_name_give_each_content_a_version(
    index: LocalIndex, empty_redis: str, tmp_path: Path
) -> None:
    """TRAPS C9."""
    script = """
for i in range(100):
    index.insert_dataset(ds, name="shared", metadata={"p": number, "i": i})
    index.publish_schema(row({f"f{i}": int}))
"""
    run_at_once(script, empty_redis, tmp_path, 3)
    versions = index.versions("shared")
    assert [entry.version for entry in versions] == [f"1.{n}.0" for n in range(300)]
    assert len(index.list_schemas()) == 101
    assert index.get_dataset("shared") == versions[-1]
    assert len(index) == 1


def test_a_forked_child_uses_connections_of_its_own(
    index: LocalIndex, empty_redis: str, tmp_path: Path
) -> None:
    script = """
import os
index.insert_dataset(ds, name="parent")
for child in range(4):
    if os.fork() == 0:
        for i in range(20):
            index.insert_dataset(ds, name=f"child{child}-{i}")
        os._exit(0 if "parent" in index else 1)
codes = [os.wait()[1] for _ in range(4)]
assert codes == [0] * 4, codes
assert len(index) == 81
"""
    run_at_once(script, empty_redis, tmp_path, 1)
    assert len(index) == 81


def test_many_threads_use_one_index(index: LocalIndex) -> None:
    failed: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for i in range(20):
                index.insert_dataset(ds(f"{number}-{i}"), name=f"t{number}-{i}")
                assert index.search(f"t{number}").total == i + 1
        except BaseException as error:  # noqa: BLE001 - told below
            failed.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert len(index) == 80


def test_a_transaction_in_pieces_is_whole_or_not_at_all(
    index: LocalIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis_plan, "_PIECE", 7)
    names = [f"n{number:03d}" for number in range(100)]
    index.insert_datasets((ds(name), {"name": name}) for name in names)
    assert [entry.name for entry in index] == names
    assert index.refresh() == 0
    plan = redis_plan.Plan()
    for name in names:
        plan.expect(name, "HGET", "atdata_nb:newest", name)
        plan.do("HDEL", "atdata_nb:newest", name)
    assert not plan.commit(index._storage._server)  # type: ignore[attr-defined]
    assert [entry.name for entry in index] == names


# ---- what is in it -------------------------------------------------------------------------------


def test_a_look_up_asks_the_server_once_however_many_entries_there_are(
    index: LocalIndex, client: redis_package.Redis
) -> None:
    """TRAPS 4.3: a look-up by name read every entry."""
    index.insert_datasets((ds(), {"name": f"d{i:04d}", "tags": ["all"]}) for i in range(3_000))

    def commands(action: Callable[[], object]) -> int:
        before = client.info("stats")["total_commands_processed"]
        action()
        return int(client.info("stats")["total_commands_processed"] - before)

    assert commands(lambda: index.get_dataset("d1500")) < 10
    assert commands(lambda: index.page(offset=1_500, limit=20)) < 10
    assert commands(lambda: index.page(order="-date", offset=2_900, limit=20)) < 10
    assert commands(lambda: index.search("d1500")) < 20
    assert commands(lambda: index.search("all", limit=20)) < 20
    assert commands(index.count) < 10
    assert commands(lambda: index.publish_schema(Row)) < 20


def test_a_search_finds_long_beginnings_in_every_script(index: LocalIndex) -> None:
    for name in ("temperature", "tempest", "temps", "температура", "日本の気温"):
        index.insert_dataset(ds(), name=name)

    def found(query: str) -> list[str]:
        return sorted(entry.name for entry in index.search(query).items)

    assert found("t") == found("tem") == found("temp") == ["temperature", "tempest", "temps"]
    assert found("tempe") == ["temperature", "tempest"]
    assert found("т") == found("те") == found("температ") == ["температура"]
    assert found("気") == ["日本の気温"]
    assert found("temp row") == ["temperature", "tempest", "temps"]


def test_unknown_sizes_come_before_known_ones(index: LocalIndex, rows: Rows) -> None:
    index.write_samples(rows(3), name="known")
    index.insert_dataset(ds(), name="unknown")
    assert [entry.name for entry in index.page(order="size").items] == ["unknown", "known"]


def test_a_missing_schema_is_a_key_error(index: LocalIndex, client: redis_package.Redis) -> None:
    cid = their_insert(client, "theirs", "a.tar")
    with pytest.raises(SchemaNotFoundError, match=r"Row@1\.0\.0"):
        _ = index.get_dataset(cid).schema


def test_frames_keep_every_list() -> None:
    parts = [b"", None, b"\x00\xff\xff\xff\xff", "é".encode(), b"7" * 300]
    assert parts_of(frame(parts)) == parts
    assert parts_of(frame([])) == []


def test_a_server_is_told_by_its_address() -> None:
    assert repr(RedisServer("redis://me:secret@db.example.org/2")) == (
        "RedisServer redis db.example.org:6379/2"
    )
    assert RedisServer("unix://:secret@/run/redis.sock?db=1").label == "redis /run/redis.sock/1"
