from __future__ import annotations

import io
import json
import logging
import os
import pickle
import socket
import subprocess
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path

import keyring
import keyring.backend
import pytest
from services.faults import FaultyProxy, in_front_of

from atdata_nb.atmosphere import AtmosphereClient, AtUri, Create, Delete, Retry, Update
from atdata_nb.cid import blob_cid
from atdata_nb.errors import (
    BlobNotFoundError,
    BlobTooLargeError,
    IdentityError,
    IntegrityError,
    LoginError,
    RateLimitedError,
    RecordError,
    RecordNotFoundError,
    UnreachableError,
    UnsafeUrlError,
    WriteConflictError,
)
from atdata_nb.sandbox import Sandbox

pytestmark = pytest.mark.service

NOTES = "org.example.note"
MIB = 1 << 20


@pytest.fixture
def alice(network: Sandbox) -> AtmosphereClient:
    return network.client("alice")


@pytest.fixture
def bob(network: Sandbox) -> AtmosphereClient:
    return network.client("bob")


class Faulty:
    """Alice behind a server that fails on demand, and somebody who reads her through it."""

    def __init__(self, network: Sandbox, server: FaultyProxy, plc: FaultyProxy) -> None:
        self.server, self.waits = server, list[float]()
        alice = network.account("alice")
        options = {"plc_url": plc.url, "retry": Retry(sleep=self.waits.append), "timeout": 20}
        self.alice = AtmosphereClient(server.url, **options).login(alice.handle, alice.password)
        self.reader = AtmosphereClient(network.servers[1].url, **options)


@pytest.fixture
def faulty(network: Sandbox) -> Iterator[Faulty]:
    with in_front_of(network.account("alice").pds, network.plc_url) as (server, plc):
        yield Faulty(network, server, plc)


# ---- records ------------------------------------------------------------------------------------


def test_somebody_on_another_server_reads_what_was_written(
    alice: AtmosphereClient, network: Sandbox
) -> None:
    made = alice.create_record(NOTES, {"text": "hello"})
    nobody = AtmosphereClient(network.servers[1].url, plc_url=network.plc_url)
    read = nobody.get_record(f"at://alice.pds0.test/{NOTES}/{made.uri.rkey}")
    assert read == made
    assert read.value == {"$type": NOTES, "text": "hello"}
    assert read.uri.authority == alice.did


def test_all_of_250_records_are_listed_the_newest_first(network: Sandbox) -> None:
    carol = network.client("carol")
    carol.apply_writes(Create(NOTES, {"n": n}) for n in range(250))
    listed = [record.value["n"] for record in carol.list_records(NOTES)]
    assert listed == list(reversed(range(250)))
    assert len(list(carol.list_records(NOTES, limit=130))) == 130
    assert [r.value["n"] for r in carol.list_records(NOTES, limit=2, reverse=True)] == [0, 1]


def test_a_record_is_replaced_only_if_it_is_as_expected(alice: AtmosphereClient) -> None:
    first = alice.create_record(NOTES, {"text": "1"}, rkey="swap")
    second = alice.put_record(NOTES, "swap", {"text": "2"}, swap_record=first.cid)
    with pytest.raises(WriteConflictError):
        alice.put_record(NOTES, "swap", {"text": "3"}, swap_record=first.cid)
    with pytest.raises(WriteConflictError):
        alice.create_record(NOTES, {"text": "4"}, rkey="swap")
    assert alice.get_record(second.uri).value["text"] == "2"
    alice.delete_record(second.uri)
    alice.delete_record(second.uri)
    with pytest.raises(RecordNotFoundError):
        alice.get_record(second.uri)


def test_writes_happen_all_or_not_at_all(alice: AtmosphereClient) -> None:
    (one,) = alice.apply_writes([Create(NOTES, {"n": 1})])
    alice.apply_writes([Update(NOTES, {"n": 2}, one.rkey), Create(NOTES, {"n": 3}, "together")])
    with pytest.raises(WriteConflictError):
        alice.apply_writes([Delete(NOTES, one.rkey)], swap_commit=blob_cid(b"").replace("k", "y"))
    assert alice.get_record(one).value["n"] == 2
    alice.apply_writes([Delete(NOTES, one.rkey), Delete(NOTES, "together")])
    with pytest.raises(RecordNotFoundError):
        alice.get_record(one)


def test_what_no_record_can_say_is_refused_before_anything_is_sent(
    alice: AtmosphereClient,
) -> None:
    with pytest.raises(RecordError, match=r"rows\[1\].share: records hold no floats"):
        alice.create_record(NOTES, {"rows": [{}, {"share": 0.5}]})
    with pytest.raises(RecordError, match=r"count: .* 2\*\*53"):
        alice.apply_writes([Create(NOTES, {"count": 2**53})])


def test_nobody_writes_into_somebody_elses_repository(
    alice: AtmosphereClient, bob: AtmosphereClient
) -> None:
    made = bob.create_record(NOTES, {"text": "bob's"})
    with pytest.raises(LoginError, match="not in the repository of alice"):
        alice.delete_record(made.uri)
    assert alice.get_record(made.uri).value["text"] == "bob's"


# ---- identities ---------------------------------------------------------------------------------


def test_a_handle_nobody_has_is_an_error_that_says_so(alice: AtmosphereClient) -> None:
    with pytest.raises(IdentityError, match=r"nobody is called nobody\.pds1\.test"):
        alice.resolve("nobody.pds1.test")
    with pytest.raises(IdentityError, match="not registered"):
        alice.resolve("did:plc:aaaaaaaaaaaaaaaaaaaaaaaa")


def test_did_web_is_resolved_like_any_other(network: Sandbox, bob: AtmosphereClient) -> None:
    made = bob.create_record(NOTES, {"text": "from the web"})
    with FaultyProxy(network.plc_url) as web:
        did = f"did:web:localhost%3A{web.url.rpartition(':')[2]}"
        document = (
            f'{{"id": "{did}", "alsoKnownAs": ["at://web.test"], "service": [{{"id": '
            f'"#atproto_pds", "type": "AtprotoPersonalDataServer", "serviceEndpoint": '
            f'"{network.servers[1].url}"}}]}}'
        )
        web.fail("did.json", status=200, body=document.encode())
        found = network.client().resolve(did)
    assert (found.did, found.handle, found.pds) == (did, "web.test", network.servers[1].url)
    assert made.uri.authority == bob.did


def test_a_public_network_is_not_led_to_this_machine(network: Sandbox) -> None:
    public = AtmosphereClient(retry=Retry(attempts=1))
    with pytest.raises(IdentityError, match="this machine or network"):
        public.resolve("did:web:localhost%3A1234")
    with pytest.raises(UnsafeUrlError):
        public.query(network.plc_url, "com.atproto.server.describeServer")


# ---- logging in ---------------------------------------------------------------------------------


def test_reading_needs_no_login_and_writing_says_that_it_does(network: Sandbox) -> None:
    nobody = network.client()
    assert not nobody.is_authenticated
    assert list(nobody.list_records("org.example.empty", repo="bob.pds1.test")) == []
    with pytest.raises(LoginError, match=r"client\.login"):
        nobody.create_record(NOTES, {"text": "?"})


def test_a_session_goes_on_elsewhere_and_ends(network: Sandbox, alice: AtmosphereClient) -> None:
    again = network.client().login_with_session(alice.export_session())
    assert (again.did, again.handle) == (alice.did, "alice.pds0.test")
    again.create_record(NOTES, {"text": "again"})
    again.logout()
    again.logout()
    assert repr(again) == "AtmosphereClient(nobody is logged in)"


def test_the_environment_says_who_logs_in(
    network: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    bob = network.account("bob")
    monkeypatch.setenv("ATDATA_HANDLE", bob.handle)
    monkeypatch.setenv("ATDATA_NB_PASSWORD", bob.password)
    monkeypatch.setenv("ATDATA_NB_PDS_URL", bob.pds)
    assert AtmosphereClient(plc_url=network.plc_url).login_from_env().did == bob.did
    monkeypatch.delenv("ATDATA_NB_PASSWORD")
    with pytest.raises(LoginError, match="ATDATA_NB_PASSWORD"):
        AtmosphereClient(plc_url=network.plc_url).login_from_env()


class Ring(keyring.backend.KeyringBackend):
    priority = 1

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


def test_the_key_ring_keeps_a_session_but_no_password(network: Sandbox) -> None:
    ring, before = Ring(), keyring.get_keyring()
    keyring.set_keyring(ring)
    try:
        bob = network.account("bob")
        network.client("bob")
        assert ring.kept == {}
        AtmosphereClient(bob.pds, plc_url=network.plc_url).login(
            bob.handle, bob.password, remember=True
        )
        assert bob.password not in str(ring.kept)
        again = network.client().login_from_keyring()
        assert again.did == bob.did
        again.logout()
        assert ring.kept == {}
        with pytest.raises(LoginError, match="remember=True"):
            network.client().login_from_keyring()
    finally:
        keyring.set_keyring(before)


def test_secrets_are_in_no_repr_log_traceback_or_pickle(
    network: Sandbox, alice: AtmosphereClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    password = "correct-horse-battery"  # noqa: S105 - nobody's
    with pytest.raises(LoginError) as caught:
        network.client().login("alice.pds0.test", password)
    told = "".join(
        traceback.TracebackException.from_exception(caught.value, capture_locals=True).format()
    )
    # The test's own frame and the call in it know the password; nothing below may.
    inside = told.partition("in login")[2]
    network.client("alice").create_record(NOTES, {"text": "log"})
    tokens = alice.export_session().split(":::")[2:4]
    shown = "\n".join([inside, caplog.text, repr(alice), str(vars(alice)), repr(alice._sessions)])
    assert password not in inside + caplog.text
    assert not any(token in shown for token in [*tokens, network.account("alice").password])
    pickled = pickle.dumps(alice)
    assert not any(token.encode() in pickled for token in tokens)
    assert not pickle.loads(pickled).is_authenticated


# ---- blobs --------------------------------------------------------------------------------------


def test_a_blob_is_read_back_as_soon_as_a_record_refers_to_it(
    alice: AtmosphereClient, bob: AtmosphereClient, tmp_path: Path
) -> None:
    data = os.urandom(3 * MIB + 5)
    (tmp_path / "a.tar").write_bytes(data)
    told: list[tuple[int, int | None]] = []
    blob = alice.upload_blob(
        tmp_path / "a.tar", "application/x-tar", progress=lambda *now: told.append(now)
    )
    assert (blob["mimeType"], blob["size"]) == ("application/x-tar", len(data))
    assert blob["ref"]["$link"] == blob_cid(data)
    assert told[-1] == (len(data), len(data))
    with pytest.raises(BlobNotFoundError):
        bob.open_blob(alice.did, blob_cid(data))
    alice.create_record(NOTES, {"blob": blob})
    assert bob.get_blob("alice.pds0.test", blob_cid(data)) == data
    told.clear()
    bob.get_blob(
        alice.did, blob_cid(data), to=tmp_path / "b", progress=lambda *now: told.append(now)
    )
    assert (tmp_path / "b").read_bytes() == data
    assert told[-1] == (len(data), len(data))
    assert alice.upload_blob(io.BytesIO(data)) == blob | {"mimeType": "application/octet-stream"}


def test_a_blob_larger_than_the_server_takes_says_what_to_do(tmp_path: Path) -> None:
    with Sandbox(accounts=["ada"], blob_limit=MIB) as small:
        ada = small.client("ada")
        with pytest.raises(BlobTooLargeError, match=r"1,048,577 bytes; cut it"):
            ada.upload_blob(bytes(MIB + 1))


def test_memory_stays_flat_whatever_the_size_of_a_blob(network: Sandbox, tmp_path: Path) -> None:
    session = network.client("alice").export_session()
    code = f"""
import resource, sys
from atdata_nb.atmosphere import AtmosphereClient
client = AtmosphereClient({network.servers[0].url!r}, plc_url={network.plc_url!r})
client.login_with_session(sys.stdin.read())
def cycle(path):
    blob = client.upload_blob(path, "application/x-tar")
    client.create_record({NOTES!r}, {{"blob": blob}})
    client.get_blob(client.did, blob["ref"]["$link"], to=path + ".back")
def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
cycle({str(tmp_path / "small")!r})
before = peak()
cycle({str(tmp_path / "large")!r})
print(peak() - before)
"""
    (tmp_path / "small").write_bytes(os.urandom(MIB))
    (tmp_path / "large").write_bytes(os.urandom(MIB) * 95)
    done = subprocess.run(
        [sys.executable, "-c", code], input=session, capture_output=True, text=True, check=True
    )
    assert int(done.stdout) < 40 * 1024
    assert (tmp_path / "large.back").stat().st_size == 95 * MIB


def test_other_bytes_under_a_cid_are_caught(faulty: Faulty, tmp_path: Path) -> None:
    """TRAPS S6."""
    data = os.urandom(MIB)
    blob = faulty.alice.upload_blob(data)
    faulty.alice.create_record(NOTES, {"blob": blob})
    faulty.server.fail("getBlob", times=2, change=lambda body: b"\0" + body[1:])
    with pytest.raises(IntegrityError, match="not the bytes that the CID names"):
        faulty.reader.get_blob(faulty.alice.did, blob_cid(data))
    with pytest.raises(IntegrityError):
        faulty.reader.get_blob(faulty.alice.did, blob_cid(data), to=tmp_path / "x")
    assert list(tmp_path.iterdir()) == []
    assert faulty.reader.get_blob(faulty.alice.did, blob_cid(data)) == data


# ---- faults -------------------------------------------------------------------------------------


def test_an_upload_survives_a_connection_that_drops_in_the_middle(faulty: Faulty) -> None:
    data = os.urandom(40 * MIB)
    faulty.server.fail("uploadBlob", cut_request=20 * MIB)
    blob = faulty.alice.upload_blob(data)
    faulty.alice.create_record(NOTES, {"blob": blob})
    assert blob["ref"]["$link"] == blob_cid(data)
    assert faulty.server.count("uploadBlob") == 2
    assert len(faulty.waits) == 1


def test_a_download_survives_connections_that_drop_in_the_middle(faulty: Faulty) -> None:
    data = os.urandom(40 * MIB)
    faulty.alice.create_record(NOTES, {"blob": faulty.alice.upload_blob(data)})
    faulty.server.fail("getBlob", cut_answer=10 * MIB)
    faulty.server.fail("getBlob", cut_answer=25 * MIB)
    assert faulty.reader.get_blob(faulty.alice.did, blob_cid(data)) == data
    assert faulty.server.count("getBlob") == 3


def test_a_download_goes_on_where_it_broke_if_the_server_can(faulty: Faulty) -> None:
    data = os.urandom(MIB)
    faulty.alice.create_record(NOTES, {"blob": faulty.alice.upload_blob(data)})
    faulty.server.fail("getBlob", cut_answer=PART)
    faulty.server.fail("getBlob", status=206, body=data[PART:])
    assert faulty.reader.get_blob(faulty.alice.did, blob_cid(data)) == data


PART = 1 << 17


def test_a_rate_limit_is_waited_for_on_the_servers_clock(faulty: Faulty) -> None:
    # The server's clock is an hour behind ours: it says 2001, and the wait is 10 s all the same.
    date = {"Date": "Sun, 09 Sep 2001 01:46:40 GMT", "RateLimit-Reset": "1000000010"}
    faulty.server.fail("putRecord", status=429, headers=date)
    faulty.alice.create_record(NOTES, {"text": "late"})
    assert faulty.waits == [11.0]


def test_a_rate_limit_of_an_hour_is_told_rather_than_waited_for(faulty: Faulty) -> None:
    faulty.server.fail("putRecord", status=429, headers={"Retry-After": "3600"})
    with pytest.raises(RateLimitedError, match="3,600 s"):
        faulty.alice.create_record(NOTES, {"text": "never"})


def test_a_server_error_that_passes_is_not_noticed(faulty: Faulty) -> None:
    faulty.server.fail("putRecord", times=2, status=500)
    made = faulty.alice.create_record(NOTES, {"text": "third time"})
    assert faulty.reader.get_record(made.uri).value["text"] == "third time"
    assert len(faulty.waits) == 2
    assert faulty.waits[0] < 2 * faulty.waits[1] + 1


def test_an_answer_that_is_lost_doubles_nothing(network: Sandbox, faulty: Faulty) -> None:
    before = len(list(faulty.alice.list_records("org.example.once")))
    faulty.server.fail("putRecord", lose_answer=True)
    faulty.server.fail("applyWrites", lose_answer=True)
    faulty.alice.create_record("org.example.once", {"text": "once"})
    faulty.alice.apply_writes([Create("org.example.once", {"text": "batch"})])
    assert len(list(faulty.alice.list_records("org.example.once"))) == before + 2


def test_a_refused_record_is_not_sent_again(faulty: Faulty) -> None:
    faulty.alice.create_record(NOTES, {"text": "1"}, rkey="refused")
    before = faulty.server.count("putRecord")
    with pytest.raises(WriteConflictError):
        faulty.alice.create_record(NOTES, {"text": "2"}, rkey="refused")
    assert faulty.server.count("putRecord") == before + 1
    assert faulty.waits == []


def test_an_expired_token_is_renewed_once_without_the_caller_noticing(faulty: Faulty) -> None:
    expired = b'{"error": "ExpiredToken", "message": "Token has expired"}'
    before = faulty.alice.export_session()
    faulty.server.fail("putRecord", status=400, body=expired)
    faulty.alice.create_record(NOTES, {"text": "fresh"})
    assert faulty.server.count("refreshSession") == 1
    assert faulty.alice.export_session() != before
    faulty.server.fail("uploadBlob", status=401, body=expired)
    assert faulty.alice.upload_blob(b"x" * 100)["size"] == 100


def test_a_session_that_is_over_says_to_log_in_again(faulty: Faulty) -> None:
    expired = b'{"error": "ExpiredToken", "message": "Token has expired"}'
    faulty.server.fail("putRecord", status=400, body=expired)
    faulty.server.fail("refreshSession", status=400, body=expired)
    with pytest.raises(LoginError, match=r"session of alice\.pds0\.test is over: log in again"):
        faulty.alice.create_record(NOTES, {"text": "stale"})


def test_a_server_that_is_gone_for_good_is_named(network: Sandbox) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        url = f"http://localhost:{held.getsockname()[1]}"
    waits: list[float] = []
    client = AtmosphereClient(url, plc_url=network.plc_url, retry=Retry(sleep=waits.append))
    with pytest.raises(UnreachableError, match=f"{url[7:]} does not answer: ConnectError"):
        client.login("alice.pds0.test", "x")
    assert len(waits) == 4
    assert sum(waits) < 10


def test_a_server_that_says_nothing_is_given_up_after_the_timeout(network: Sandbox) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://localhost:{silent.getsockname()[1]}"
        client = AtmosphereClient(url, plc_url=network.plc_url, timeout=0.2)
        with pytest.raises(UnreachableError, match="ReadTimeout"):
            client.login("alice.pds0.test", "x")


def test_a_listing_that_never_ends_ends(faulty: Faulty) -> None:
    made = faulty.alice.create_record("org.example.loop", {"text": "again"})
    one = {"uri": str(made.uri), "cid": made.cid, "value": made.value}
    page = json.dumps({"cursor": "again", "records": [one]}).encode()
    faulty.server.fail("listRecords", times=1000, change=lambda _: page)
    assert len(list(faulty.reader.list_records("org.example.loop", repo=faulty.alice.did))) == 2


def test_a_record_of_somebody_else_in_an_answer_is_refused(faulty: Faulty) -> None:
    made = faulty.alice.create_record(NOTES, {"text": "mine"})
    other = AtUri("did:plc:aaaaaaaaaaaaaaaaaaaaaaaa", NOTES, made.uri.rkey)
    body = f'{{"uri": "{other}", "cid": "{made.cid}", "value": {{"text": "theirs"}}}}'.encode()
    faulty.server.fail("getRecord", change=lambda _: body)
    with pytest.raises(Exception, match="no record"):
        faulty.reader.get_record(made.uri)
