"""The commands that publish, promote and resume, as somebody types them."""

from __future__ import annotations

import hashlib
import json
import os
import pty
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

import pytest
from services.buckets import open_to_all

import atdata_nb as at
from atdata_nb.cli.app import run
from atdata_nb.errors import FlowCancelledError
from atdata_nb.sandbox import Sandbox
from atdata_nb.sandbox.s3_server import S3Server

pytestmark = pytest.mark.service

GONE = "http://localhost:9"
COMMAND = [sys.executable, "-c", "from atdata_nb.cli import main; main()"]


@at.packable
class Row:
    n: int


@dataclass(frozen=True)
class Said:
    status: int
    out: str
    err: str


class Shell:
    """The real command, in an environment that names the sandbox and somebody in it."""

    def __init__(self, network: Sandbox, home: Path) -> None:
        self.home = home
        someone = network.account("alice")
        self.environment = os.environ | {
            "ATDATA_NB_HOME": str(home),
            "ATDATA_NB_PLC_URL": network.plc_url,
            "ATDATA_NB_PDS_URL": someone.pds,
            "ATDATA_NB_HANDLE": someone.handle,
            "ATDATA_NB_PASSWORD": someone.password,
            "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
        }

    def __call__(self, *arguments: str, **environment: str) -> Said:
        done = subprocess.run(
            [*COMMAND, *arguments],
            env=self.environment | environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        return Said(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def shell(network: Sandbox, tmp_path: Path) -> Shell:
    return Shell(network, tmp_path / "home")


class Here:
    """The same command in this process, which is faster."""

    def __init__(
        self, shell: Shell, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self._shell, self._monkeypatch, self._capsys = shell, monkeypatch, capsys
        self.home = shell.home

    def __call__(self, *arguments: str, **environment: str) -> Said:
        for name, value in (self._shell.environment | environment).items():
            self._monkeypatch.setenv(name, value)
        self._capsys.readouterr()
        status = run(arguments)
        return Said(status, *self._capsys.readouterr())


@pytest.fixture
def here(shell: Shell, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Here:
    return Here(shell, monkeypatch, capsys)


@pytest.fixture
def index(shell: Shell) -> at.LocalIndex:
    return at.LocalIndex(shell.home)


@pytest.fixture
def entry(index: at.LocalIndex, tmp_path: Path) -> at.IndexEntry:
    # Samples of its own: what another test has sent would be reused.
    first = int.from_bytes(hashlib.sha256(tmp_path.name.encode()).digest()[:4], "big")
    rows = [Row(first + n) for n in range(20)]
    return index.write_samples(rows, name=tmp_path.name, description="Rows", license="MIT")


def test_publish_and_promote_go_from_a_shard_to_an_address(
    shell: Shell, network: Sandbox, tmp_path: Path
) -> None:
    other = at.LocalIndex(tmp_path / "other")
    shard = other.write_samples([Row(n) for n in range(20)], name="x").data_urls[0]
    said = shell("publish", shard, "--name", "rows", "--license", "MIT", "--tag", "a", "--yes")
    assert (said.status, said.out.splitlines()[0]) == (0, "Published rows@1.0.0")
    assert "Write the samples: done" in said.err
    planned = shell("promote", "rows", "--dry-run", "--json")
    assert planned.status == 0
    plan = json.loads(planned.out)["plan"]
    assert plan["confirm"].endswith(f"publicly as {network.account('alice').handle}")
    assert plan["public"]["record"]["tags"] == ["a"]
    done = shell("promote", "rows", "--yes", "--json")
    assert done.status == 0
    result = json.loads(done.out)["result"]
    found = at.AtmosphereIndex(network.client("bob")).get_dataset(result["uri"])
    assert (found.name, result["verified"]) == ("rows", True)
    again = shell("promote", "rows", "--json")
    assert again.status == 0
    assert json.loads(again.out)["result"] == result | {"changed": False, "bytes": 0}


def test_a_log_has_plain_lines_and_no_escape_codes(shell: Shell, entry: at.IndexEntry) -> None:
    said = shell("promote", entry.name, "--yes")
    assert said.status == 0
    assert "\x1b" not in said.out + said.err
    assert "\r" not in said.err
    assert "Shard 1 of 1: done" in said.err.splitlines()
    assert f"Promote {entry.name} 1.0.0" in said.err.splitlines()


def test_in_a_terminal_it_asks_and_draws_bars(shell: Shell, entry: at.IndexEntry) -> None:
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [*COMMAND, "promote", entry.name],
        env=shell.environment | {"TERM": "xterm", "COLUMNS": "100"},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    ) as command:
        os.close(theirs)
        os.write(ours, b"y\n")
        said = b""
        while True:
            try:
                part = os.read(ours, 65_536)
            except OSError:
                break  # that is how the end of a terminal reads
            if not part:
                break
            said += part
        command.wait(60)
    os.close(ours)
    text = said.decode()
    assert command.returncode == 0
    assert "publicly as" in text
    assert "[y/N]" in text
    assert "✓ Shard 1 of 1" in text
    assert "\x1b[" in text


@pytest.mark.parametrize(
    ("arguments", "environment", "sentence"),
    [
        (["promote", "{name}"], {}, "nobody is there to confirm it: --yes does it"),
        (["promote", "nothing", "--yes"], {}, "nothing"),
        (["promote", "{name}", "--yes"], {"ATDATA_NB_PASSWORD": "wrong"}, "Invalid identifier"),
        (["promote", "{name}", "--yes"], {"ATDATA_NB_HANDLE": ""}, "atdata-nb login"),
        (["promote", "{name}", "--yes", "--as", "n" * 300], {}, "name"),
        (["publish", "/no/such/folder", "--name", "x", "--yes"], {}, "no such file or folder"),
        (["promote", "{name}", "--yes", "--place", "s3"], {}, "bucket"),
        (["promote", "{name}", "--yes"], {"ATDATA_NB_PDS_URL": GONE}, "does not answer"),
    ],
)
def test_each_failure_is_one_sentence_and_an_exit_status(
    here: Here,
    entry: at.IndexEntry,
    arguments: list[str],
    environment: dict[str, str],
    sentence: str,
) -> None:
    said = here(*(word.format(name=entry.name) for word in arguments), **environment)
    assert said.status == 1
    last = said.err.splitlines()[-1]
    assert last.startswith("atdata-nb: ")
    assert sentence in last
    assert "Traceback" not in said.err


def test_what_was_cut_short_is_resumed_or_rolled_back(
    here: Here, network: Sandbox, index: at.LocalIndex, entry: at.IndexEntry
) -> None:
    def cut_short() -> None:
        stop = threading.Event()
        plan = at.plan_promote(entry, client=network.client("alice"))
        with pytest.raises(FlowCancelledError):
            plan.run(lambda _: stop.set(), cancel=stop)

    assert here("resume").out == "No promotion was cut short.\n"
    cut_short()
    told = json.loads(here("resume", "--dry-run", "--json").out)["unfinished"]
    assert [one["title"] for one in told] == [f"Promote {entry.name} 1.0.0"]
    assert here("resume", "--roll-back").status == 0
    assert at.flows.unfinished(index) == []
    cut_short()
    refused = here("resume", ATDATA_NB_HANDLE="")
    assert (refused.status, len(at.flows.unfinished(index))) == (1, 1)
    said = here("resume", "--json")
    assert said.status == 0
    assert json.loads(said.out)["results"][0]["verified"] is True
    assert at.flows.unfinished(index) == []


def test_what_goes_into_a_bucket_is_resumed_with_its_credentials(
    here: Here, network: Sandbox, entry: at.IndexEntry, s3_server: S3Server, bucket: str
) -> None:
    keys = here.home / "bucket.env"
    keys.write_text("".join(f"{name}={value}\n" for name, value in s3_server.credentials.items()))
    into = ("--place", "s3", "--bucket", bucket, "--credentials", str(keys))
    refused = here("promote", entry.name, *into, "--yes")
    assert refused.status == 1
    assert "let everybody read the bucket" in refused.err
    open_to_all(s3_server, bucket)
    without = here("resume")
    assert without.status == 1
    assert f"into the bucket {bucket}" in without.out
    assert "pass store=S3DataStore" in without.err
    said = here("resume", "--credentials", str(keys))
    assert said.status == 0
    uri = said.out.splitlines()[-1].removeprefix("Published ")
    found = at.AtmosphereIndex(network.client("alice")).get_dataset(uri)
    assert found.data_urls[0].startswith(f"{s3_server.endpoint}/{bucket}/")
    assert s3_server.secret_key not in refused.out + refused.err + said.out + said.err
