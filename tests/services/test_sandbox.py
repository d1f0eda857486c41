from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

import atdata_nb.sandbox
from atdata_nb.errors import ServiceError
from atdata_nb.sandbox import Sandbox
from atdata_nb.sandbox.background import Background

pytestmark = pytest.mark.service


def is_there(pid: int) -> bool:
    try:
        # A process that ended and was not waited for is a zombie, and gone for our purpose.
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False


def listening(pid: int) -> set[str]:
    """Addresses on which a process listens, as /proc has them."""
    sockets = {str(fd.readlink()) for fd in Path(f"/proc/{pid}/fd").iterdir()}
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and f"socket:[{fields[9]}]" in sockets:
                found.add(fields[1].partition(":")[0])
    return found


def test_everybody_has_an_account_on_the_next_server(network: Sandbox) -> None:
    alice, bob = network.accounts["alice"], network.accounts["bob"]
    assert (alice.handle, bob.handle) == ("alice.pds0.test", "bob.pds1.test")
    assert alice.pds != bob.pds
    assert alice.password not in repr(alice) + repr(network)


def test_nothing_listens_beyond_this_machine(network: Sandbox) -> None:
    loopback = f"{int.from_bytes(socket.inet_aton('127.0.0.1'), sys.byteorder):08X}"
    assert listening(network.addresses.pid) == {loopback}


def test_the_relay_lists_the_repositories_of_all_servers(network: Sandbox) -> None:
    listed = httpx.get(f"{network.relay_url}/xrpc/com.atproto.sync.listRepos").json()["repos"]
    assert {one.did for one in network.accounts.values()} <= {repo["did"] for repo in listed}


def test_a_kept_network_is_found_again_with_its_people(tmp_path: Path) -> None:
    with Sandbox(keep=tmp_path, accounts=["ada"]) as first:
        did, url = first.account("ada").did, first.plc_url
    with Sandbox(keep=tmp_path, accounts=["ada"]) as again:
        assert (again.account("ada").did, again.plc_url) == (did, url)
        document = httpx.get(f"{url}/{did}").json()
    assert document["alsoKnownAs"] == ["at://ada.test"]


def test_nothing_is_left_when_it_stops() -> None:
    net = Sandbox(accounts=[]).start()
    pid, port = net.addresses.pid, urlsplit(net.plc_url).port
    net.stop()
    net.stop()
    assert not is_there(pid)
    assert repr(net) == "Sandbox(not running)"
    with pytest.raises(ServiceError, match="does not run"):
        _ = net.addresses
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"http://127.0.0.1:{port}/_health")


def test_it_does_not_outlive_a_python_that_was_killed() -> None:
    code = (
        "import sys, time; from atdata_nb.sandbox import Sandbox\n"
        "net = Sandbox(accounts=[]).start(); print(net.addresses.pid, flush=True); time.sleep(600)"
    )
    child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    node = int(child.stdout.readline())
    watch = os.pidfd_open(node)
    child.send_signal(signal.SIGKILL)
    child.wait()
    # Readable as soon as the process ends; without an end, the test would say so here.
    import select

    ended, _, _ = select.select([watch], [], [], 30)
    os.close(watch)
    assert ended
    assert not is_there(node)


def test_a_background_sandbox_stays_until_it_is_told_to_stop(tmp_path: Path) -> None:
    background = Background(tmp_path)
    assert background.status() is None
    assert background.down() is False
    accounts = background.up()
    try:
        addresses = Background(tmp_path).status()
        assert addresses is not None
        assert background.up() == accounts
        assert accounts["alice"].handle == "alice.test"
    finally:
        assert background.down() is True
    assert background.status() is None
    assert not is_there(addresses.pid)


def test_the_module_is_called_like_a_function() -> None:
    assert repr(atdata_nb.sandbox(pds=2)) == "Sandbox(not running)"
