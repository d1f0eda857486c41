"""KeptS3Server: the S3 server with its data on disk, there again when it is started again.

``python -m atdata_nb.sandbox.kept_s3 FOLDER PORT`` runs one until it is told to end.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Final

from atdata_nb.errors import AtdataError, MissingExtraError, ServiceError
from atdata_nb.sandbox.ports import free_port
from atdata_nb.sandbox.s3_server import _CONFIGURATION, S3Server, _Ceph

BUCKET: Final = "atdata"
NOTE: Final = "ready.json"
_USER: Final = "atdata"
_STEP_SECONDS: Final = 60
_MOST: Final = 64 << 30
_SHARE: Final = 0.8
# Behind what the server for tests says, because the last word counts. The store is one sparse file,
# which grows with what is in it. When it is started again, it waits for a lease to run out that
# only a second store could hold: let that be 2 s, not 16.
_ON_DISK: Final = """
[global]
keyring = {kept}/keyring
osd_objectstore = bluestore
bluestore_block_size = {size}
bluestore_cache_autotune = false
bluestore_cache_size = 67108864
osd_pool_default_read_lease_ratio = 0.1
[mon.a]
mon_data = {kept}/mon
[osd.0]
osd_data = {kept}/osd
"""


class KeptS3Server(S3Server):
    """An S3 server on loopback whose buckets stay.

    Access key and secret key are chosen by it at random when it is first started, and stay too.

    Args:
        folder: where it keeps its data.
        port: where it listens.

    Raises:
        ServiceError: Ceph is not installed, or does not start.
    """

    def __init__(self, folder: Path, *, port: int) -> None:
        super().__init__(port=port)
        self._kept = folder

    def _start(self, folder: Path) -> None:
        # The given folder is a new one below /tmp: sockets, and logs that nobody needs later.
        for name in ("run", "log", "rgw"):
            (folder / name).mkdir()
        made = self._kept / "cluster"
        is_new = not made.exists()
        if is_new:
            # What a first start that failed has left is no whole store.
            shutil.rmtree(self._kept, ignore_errors=True)
            for name in ("mon", "osd"):
                (self._kept / name).mkdir(mode=0o700, parents=True)
        cluster = str(uuid.uuid4()) if is_new else made.read_text("ascii")
        ceph = self._configured(folder, cluster)
        if is_new:
            self._make(ceph)
        else:
            # The monitor's port may be somebody else's by now; it is told its new one.
            ceph.run("ceph-mon", "-i", "a", "--inject-monmap", "monmap")
            self._spawn(ceph, "ceph-mon", "-i", "a", "-f")
        self._spawn(ceph, "ceph-osd", "-i", "0", "-f")
        self._spawn(ceph, "radosgw", "-n", "client.rgw", "-f")
        self.endpoint = f"http://127.0.0.1:{self._port}"
        self._wait(ceph)
        self._open_account(ceph)
        made.write_text(cluster, "ascii")

    def _configured(self, folder: Path, cluster: str) -> _Answering:
        monitor = free_port()
        size = min(_MOST, int(shutil.disk_usage(self._kept).free * _SHARE)) >> 20 << 20
        told = {"cluster": cluster, "monitor": monitor, "port": self._port, "size": size}
        text = _CONFIGURATION.format(folder=folder, **told)
        text += _ON_DISK.format(kept=self._kept, size=size)
        (folder / "ceph.conf").write_text(text, "utf-8")
        ceph = _Answering(folder)
        place = ["--add", "a", f"127.0.0.1:{monitor}"]
        ceph.run("monmaptool", "--create", *place, "--fsid", cluster, "monmap")
        return ceph

    def _make(self, ceph: _Answering) -> None:
        keyring = str(self._kept / "keyring")
        for name in ("mon.", "client.admin", "client.rgw", "osd.0"):
            new = [] if Path(keyring).exists() else ["--create-keyring"]
            caps = [part for kind in ("mon", "osd", "mgr") for part in ("--cap", kind, "allow *")]
            ceph.run("ceph-authtool", keyring, *new, "--gen-key", "-n", name, *caps)
        ceph.run("ceph-mon", "--mkfs", "-i", "a", "--monmap", "monmap", "--keyring", keyring)
        self._spawn(ceph, "ceph-mon", "-i", "a", "-f")
        store = str(uuid.uuid4())
        ceph.run("ceph", "osd", "new", store, "0")
        ceph.run("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", store)

    def _open_account(self, ceph: _Answering) -> None:
        """Learn the keys; the server makes them up, so that no command line ever has them."""
        who = ("--uid", _USER)
        if _USER not in json.loads(ceph.answer("radosgw-admin", "user", "list")):
            ceph.run("radosgw-admin", "user", "create", *who, "--display-name", _USER)
        told = json.loads(ceph.answer("radosgw-admin", "user", "info", *who))
        (keys,) = told["keys"]
        self.access_key, self.secret_key = keys["access_key"], keys["secret_key"]

    def make_bucket(self, name: str) -> None:
        """Make a bucket, where it is not there yet."""
        try:
            import boto3
        except ImportError as error:
            raise MissingExtraError(
                "a bucket is made by boto3: pip install 'atdata-nb[local]'"
            ) from error
        client = boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            aws_access_key_id=self.access_key,
            aws_secret_access_key=self.secret_key,
            region_name="us-east-1",
        )
        client.create_bucket(Bucket=name)


class _Answering(_Ceph):
    """Ceph's programs, asked for what they know."""

    def answer(self, *command: str) -> str:
        # What it says may be a secret: it is in no message.
        done = subprocess.run(  # noqa: S603 - our own words
            command,
            cwd=self._folder,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            timeout=_STEP_SECONDS,
            check=False,
        )
        if done.returncode:
            raise ServiceError(f"{' '.join(command)} failed with status {done.returncode}")
        return done.stdout


def serve(folder: Path, port: int) -> None:
    """Run the server until this process is told to end; note its address and keys when ready.

    The note is ``ready.json`` in the folder, for nobody else's eyes.
    """
    note = folder / NOTE
    note.unlink(missing_ok=True)
    with KeptS3Server(folder / "data", port=port) as server:
        server.make_bucket(BUCKET)
        told = {"pid": os.getpid(), **server.credentials}
        draft = note.with_suffix(".new")
        draft.unlink(missing_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(told, file)
        ended = _told_to_end()
        draft.replace(note)
        os.read(ended, 1)


def _told_to_end() -> int:
    """Return a descriptor that has something to read as soon as this process is told to end."""
    ended, tell = os.pipe()
    os.set_blocking(tell, False)
    signal.set_wakeup_fd(tell)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    return ended


if __name__ == "__main__":
    try:
        serve(Path(sys.argv[1]), int(sys.argv[2]))
    except AtdataError as error:
        sys.exit(str(error))
