"""S3Server: a real S3 server on this machine: Ceph's object gateway over one store in memory.

It checks signatures, presigned URLs, ranges and conditional writes, as the large ones do.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
import urllib.request
import uuid
from contextlib import ExitStack
from pathlib import Path
from typing import Final, Self

from atdata_nb.errors import ServiceError
from atdata_nb.sandbox.ports import free_port

PACKAGES: Final = ("radosgw", "ceph-mon", "ceph-osd", "ceph-mgr", "ceph-common")
ACCESS_KEY: Final = "ATDATALOCAL"
SECRET_KEY: Final = "atdata-local-secret"  # noqa: S105 - of a server that only this machine reaches
_PROGRAMS: Final = ("radosgw", "ceph-mon", "ceph-osd", "ceph", "ceph-authtool", "monmaptool")
_READY_SECONDS: Final = 60
_STEP_SECONDS: Final = 60
_STOP_SECONDS: Final = 10
_TOLD: Final = 2000

# One monitor, one store in memory, one copy of everything: nothing here waits for a second machine.
_CONFIGURATION: Final = """\
[global]
fsid = {cluster}
mon_host = 127.0.0.1:{monitor}
public_addr = 127.0.0.1
cluster_addr = 127.0.0.1
ms_bind_ipv6 = false
keyring = {folder}/keyring
run_dir = {folder}/run
crash_dir = {folder}/log
exporter_sock_dir = {folder}/run
log_file = {folder}/log/$name.log
pid_file = {folder}/run/$name.pid
admin_socket = {folder}/run/$name.asok
paxos_propose_interval = 0.05
paxos_min_wait = 0.02
osd_heartbeat_interval = 1
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 1
osd_pool_default_pgp_num = 1
osd_pool_default_pg_autoscale_mode = off
osd_crush_chooseleaf_type = 0
mon_allow_pool_size_one = true
mon_osd_prime_pg_temp = false
mon_data_avail_crit = 1
mon_data_avail_warn = 2
osd_objectstore = memstore
memstore_device_bytes = {size}
osd_max_object_name_len = 460
osd_max_object_namespace_len = 64
[mon.a]
mon_data = {folder}/mon
[osd.0]
osd_data = {folder}/osd
[client.rgw]
rgw_frontends = beast endpoint=127.0.0.1:{port} tcp_nodelay=1
rgw_data = {folder}/rgw
rgw_dns_name = localhost
rgw_enable_usage_log = false
"""

# Standard input is the leash: it closes when the process that holds it dies, even by a signal.
# The gateway waits for ever for a store that ended before it, so gentleness has an end too.
_LEASH: Final = """\
trap "" INT
"$@" </dev/null & child=$!
read -r _
kill $child
{ sleep 10; kill -9 $child; } 2>/dev/null & timer=$!
wait $child
kill $timer
"""


class S3Server:
    """An S3 server on loopback; ends when it is stopped, and when this process ends.

    Args:
        port: where it listens; any free one by default.
        size: bytes that it can hold; they are in memory, and gone when it stops.

    Raises:
        ServiceError: Ceph is not installed, or does not start.

    Example:
        >>> S3Server()
        S3Server(not running)
    """

    access_key = ACCESS_KEY
    secret_key = SECRET_KEY

    def __init__(self, *, port: int | None = None, size: int = 4 << 30) -> None:
        self._port, self._size = port, size
        self._children: list[subprocess.Popen[bytes]] = []
        self._cleanup = ExitStack()
        self.endpoint = ""

    @property
    def is_running(self) -> bool:
        """Whether all its processes are there."""
        return bool(self._children) and all(child.poll() is None for child in self._children)

    def start(self) -> Self:
        """Start it and wait until it answers."""
        missing = [name for name in _PROGRAMS if shutil.which(name) is None]
        if missing:
            raise ServiceError(
                f"an S3 server needs Ceph, and {', '.join(missing)} is not installed; on Debian or "
                f"Ubuntu: apt-get install --no-install-recommends {' '.join(PACKAGES)}"
            )
        # Ceph's sockets lie in it, and their paths may have 107 bytes: not below TMPDIR.
        folder = Path(tempfile.mkdtemp(prefix="atdata-s3-", dir="/tmp"))
        self._cleanup.callback(shutil.rmtree, folder, ignore_errors=True)
        try:
            self._start(folder)
        except BaseException:
            self.stop()
            raise
        return self

    def _start(self, folder: Path) -> None:
        for name in ("mon", "osd", "run", "log", "rgw"):
            (folder / name).mkdir()
        port = self._port or free_port()
        cluster, monitor = str(uuid.uuid4()), free_port()
        told = {"cluster": cluster, "monitor": monitor, "port": port, "size": self._size}
        (folder / "ceph.conf").write_text(_CONFIGURATION.format(folder=folder, **told))
        ceph = _Ceph(folder)
        for name in ("mon.", "client.admin", "client.rgw", "osd.0"):
            new = [] if (folder / "keyring").exists() else ["--create-keyring"]
            caps = [part for kind in ("mon", "osd", "mgr") for part in ("--cap", kind, "allow *")]
            ceph.run("ceph-authtool", "keyring", *new, "--gen-key", "-n", name, *caps)
        address = ["--add", "a", f"127.0.0.1:{monitor}"]
        ceph.run("monmaptool", "--create", *address, "--fsid", cluster, "monmap")
        ceph.run("ceph-mon", "--mkfs", "-i", "a", "--monmap", "monmap", "--keyring", "keyring")
        self._spawn(ceph, "ceph-mon", "-i", "a", "-f")
        store = str(uuid.uuid4())
        ceph.run("ceph", "osd", "new", store, "0")
        ceph.run("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", store)
        self._spawn(ceph, "ceph-osd", "-i", "0", "-f")
        self._spawn(ceph, "radosgw", "-n", "client.rgw", "-f")
        self.endpoint = f"http://127.0.0.1:{port}"
        self._wait(ceph)
        keys = ["--access-key", ACCESS_KEY, "--secret", SECRET_KEY]
        user = ["--uid", "atdata", "--display-name", "atdata", *keys]
        ceph.run("radosgw-admin", "user", "create", *user)

    def _spawn(self, ceph: _Ceph, *command: str) -> None:
        self._children.append(ceph.start(*command))

    def _wait(self, ceph: _Ceph) -> None:
        end = time.monotonic() + _READY_SECONDS
        while time.monotonic() < end:
            if not self.is_running:
                break
            try:
                with urllib.request.urlopen(self.endpoint, timeout=5):  # noqa: S310 - loopback
                    return
            except OSError:
                time.sleep(0.05)
        raise ServiceError(f"the S3 server did not start:\n{ceph.last_words()}")

    def stop(self) -> None:
        """End it, gently first; a second time does nothing."""
        for child in reversed(self._children):
            if child.stdin is not None:
                child.stdin.close()
        for child in reversed(self._children):
            try:
                child.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                # The shell that holds the server is the leader of their group.
                os.killpg(child.pid, 9)
                child.wait()
        self._children.clear()
        self._cleanup.close()
        self.endpoint = ""

    @property
    def credentials(self) -> dict[str, str]:
        """What ``S3DataStore`` and ``S3Source.from_credentials`` take."""
        return {
            "AWS_ENDPOINT": self.endpoint,
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": self.secret_key,
        }

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def __repr__(self) -> str:
        return f"S3Server({self.endpoint if self.is_running else 'not running'})"


class _Ceph:
    """Ceph's programs, all with one configuration."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._environment = {**os.environ, "CEPH_CONF": str(folder / "ceph.conf")}

    def run(self, *command: str) -> None:
        done = subprocess.run(  # noqa: S603 - our own words
            command,
            cwd=self._folder,
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=_STEP_SECONDS,
            check=False,
        )
        if done.returncode:
            said = (done.stderr or done.stdout).strip()[-_TOLD:]
            raise ServiceError(f"{' '.join(command[:2])} failed:\n{said}")

    def start(self, *command: str) -> subprocess.Popen[bytes]:
        log = self._folder / "log" / f"{command[0]}.out"
        with log.open("wb") as output:
            return subprocess.Popen(  # noqa: S603 - our own words
                ["/bin/sh", "-c", _LEASH, "leash", *command],
                cwd=self._folder,
                env=self._environment,
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def last_words(self) -> str:
        logs = sorted((self._folder / "log").glob("*.out"))
        return "\n".join(log.read_text("utf-8", "replace")[-_TOLD:].strip() for log in logs)
