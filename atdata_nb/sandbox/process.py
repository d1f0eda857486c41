"""Process: the Node process that all servers of a sandbox run in."""

from __future__ import annotations

import json
import subprocess
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from atdata_nb.errors import ServiceError
from atdata_nb.sandbox.install import install
from atdata_nb.sandbox.node import find_node

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_READY_SECONDS: Final = 120
_STOP_SECONDS: Final = 10
_TOLD: Final = 2000


@dataclass(frozen=True, slots=True)
class Server:
    """One personal data server: its address, and what the handles of its accounts end in."""

    url: str
    domain: str


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where a running network is.

    Attributes:
        plc: the did:plc directory.
        relay: the relay.
        servers: the personal data servers.
        pid: the process of all of them.
    """

    plc: str
    relay: str
    servers: tuple[Server, ...]
    pid: int

    @classmethod
    def read(cls, line: str) -> Addresses:
        """Return what the line says that the network prints when it is ready."""
        told = json.loads(line)
        servers = tuple(Server(one["url"], one["domain"]) for one in told["pds"])
        return cls(told["plc"], told["relay"], servers, told["pid"])


class NetworkProcess:
    """A running network; ends when it is stopped, and when this process ends, however it does.

    Args:
        folder: where the network keeps its data.
        pds: number of personal data servers.
        blob_limit: largest blob that the servers take, in bytes.
        detached: let it live on when this process ends.

    Raises:
        ServiceError: it can't be installed or does not start.
    """

    def __init__(self, folder: Path, *, pds: int, blob_limit: int, detached: bool = False) -> None:
        home = install()
        log = folder / "network.log"
        options = ["--dir", str(folder), "--pds", str(pds), "--blob-limit", str(blob_limit)]
        command = [find_node().path, "-r", "./sqlite.cjs", "main.mjs", *options]
        with log.open("ab") as errors:
            # Standard input is the leash: it closes when this process dies, even by a signal.
            self._process = _start(command, home, errors, detached=detached)
        try:
            self.addresses = Addresses.read(self._ready_line(log))
        except BaseException:
            self.stop()
            raise

    def _ready_line(self, log: Path) -> str:
        assert self._process.stdout is not None  # noqa: S101 - it was asked for
        timer = threading.Timer(_READY_SECONDS, self._process.kill)
        timer.start()
        try:
            line = self._process.stdout.readline()
        finally:
            timer.cancel()
        if not line:
            said = log.read_text("utf-8", "replace").strip()[-_TOLD:]
            raise ServiceError(f"the sandbox did not start:\n{said or 'it said nothing'}")
        return line

    @property
    def is_running(self) -> bool:
        """Whether the process is there."""
        return self._process.poll() is None

    def stop(self) -> None:
        """End the process, gently first; a second time does nothing."""
        process = self._process
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _start(
    command: Sequence[str], home: Path, errors: Any, *, detached: bool
) -> subprocess.Popen[str]:
    return subprocess.Popen(  # noqa: S603 - our own script
        [*command, "--detached"] if detached else command,
        cwd=home,
        stdin=subprocess.DEVNULL if detached else subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=errors,
        text=True,
        start_new_session=detached,
    )
