from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path

import keyring
import keyring.backend
import pytest

from atdata_nb import Dataset, packable
from atdata_nb.atmosphere import AtmosphereIndex, PDSBlobStore
from atdata_nb.cli.app import run
from atdata_nb.sandbox import Sandbox
from atdata_nb.shards import write_shard

pytestmark = pytest.mark.service


@packable
class Row:
    n: int


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


@pytest.fixture(autouse=True)
def here(network: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("ATDATA_NB_PLC_URL", network.plc_url)
    monkeypatch.setenv("ATDATA_NB_PDS_URL", network.servers[0].url)
    before = keyring.get_keyring()
    keyring.set_keyring(Ring())
    yield
    keyring.set_keyring(before)


def test_a_session_is_kept_between_commands_until_logout(
    network: Sandbox, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    alice = network.account("alice")
    assert run(["whoami"]) == 1
    monkeypatch.setattr("typer.prompt", lambda *_, **__: alice.password)
    assert run(["login", alice.handle]) == 0
    capsys.readouterr()
    assert run(["whoami", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"handle": alice.handle, "did": alice.did}
    assert run(["logout"]) == 0
    assert run(["whoami"]) == 1
    monkeypatch.setattr("typer.prompt", lambda *_, **__: "wrong")
    capsys.readouterr()
    assert run(["login", alice.handle, "--json"]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert "Invalid identifier or password" in said.err


def test_programs_read_who_logged_in_and_who_left(
    network: Sandbox, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    alice = network.account("alice")
    account = {"handle": alice.handle, "did": alice.did}
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{alice.password}\n"))
    assert run(["login", alice.handle, "--password-stdin", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == account
    assert run(["logout", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == account
    assert run(["logout", "--json"]) == 1
    assert capsys.readouterr().out == ""


def test_a_published_dataset_is_verified_and_its_schema_shown(
    network: Sandbox, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    client = network.client("alice")
    ds = Dataset[Row](write_shard(tmp_path / "a.tar", [Row(1)]).url)
    index = AtmosphereIndex(client, data_store=PDSBlobStore(client))
    made = index.insert_dataset(ds, name="commanded")
    assert run(["verify", str(made.uri)]) == 0
    said = capsys.readouterr()
    assert "verified" in said.out
    assert said.err == "\r1 of 1 shards\n"
    assert run(["schema", made.schema_ref, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["name"] == "Row"
    assert run(["show", f"@{client.handle}/commanded"]) == 0
    assert "AtmosphereEntry 'commanded'" in capsys.readouterr().out
    assert run(["ls", f"@{client.handle}", "--limit", "1", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["uri"] == str(made.uri)
    assert run(["show", str(made.uri), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["cid"], told["handle"], told["schema"]["name"]) == (made.cid, client.handle, "Row")
    assert run(["verify", str(made.uri), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["ok"], told["complete"], len(told["steps"])) == (True, True, 7)
    index.delete_dataset(str(made.uri))
    assert run(["verify", str(made.uri)]) == 1


def test_the_sandbox_is_started_told_of_and_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ATDATA_NB_HOME", str(tmp_path))
    assert run(["sandbox", "status"]) == 1
    try:
        assert run(["sandbox", "up"]) == 0
        assert "alice.test  password: sandbox-alice" in capsys.readouterr().out
        assert run(["sandbox", "status", "--json"]) == 0
        assert "localhost" in json.loads(capsys.readouterr().out)["ATDATA_NB_PLC_URL"]
    finally:
        capsys.readouterr()
        assert run(["sandbox", "down", "--json"]) == 0
        assert json.loads(capsys.readouterr().out) == {"stopped": True}
    assert run(["sandbox", "down", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"stopped": False}
    assert run(["sandbox", "status"]) == 1
