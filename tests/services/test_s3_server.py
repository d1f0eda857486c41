"""The S3 server that tests and people start on their own machine."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from atdata_nb.errors import ServiceError
from atdata_nb.sandbox.s3_server import S3Server

pytestmark = pytest.mark.service

HOLDER = """
import sys
from atdata_nb.sandbox.s3_server import S3Server
server = S3Server().start()
print(server.endpoint, flush=True)
sys.stdin.read()
"""


def test_it_starts_answers_and_leaves_nothing() -> None:
    server = S3Server()
    with server:
        assert server.is_running
        assert repr(server) == f"S3Server({server.endpoint})"
        with urlopen(server.endpoint) as answer:  # noqa: S310 - our own
            assert b"ListAllMyBuckets" in answer.read()
        folder = Path(f"/proc/{server._children[0].pid}/cwd").readlink()
        endpoint = server.endpoint
    assert repr(server) == "S3Server(not running)"
    assert not folder.exists()
    with pytest.raises(URLError):
        urlopen(endpoint)  # noqa: S310
    server.stop()


def test_it_dies_with_the_process_that_holds_it() -> None:
    command = [sys.executable, "-c", HOLDER]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        endpoint = holder.stdout.readline().decode().strip()
        with urlopen(endpoint):  # noqa: S310
            pass
        holder.kill()
    end = time.monotonic() + 30
    while time.monotonic() < end:
        try:
            urlopen(endpoint, timeout=5).close()  # noqa: S310
        except OSError:
            return
    pytest.fail(f"{endpoint} still answers")


def test_without_ceph_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(ServiceError, match=r"apt-get install .*radosgw"):
        S3Server().start()
