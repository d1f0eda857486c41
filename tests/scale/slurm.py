"""A real Slurm of one node on loopback, for the tests: controller, node and their munge."""

from __future__ import annotations

import contextlib
import getpass
import os
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Self

PROGRAMS = ("munged", "slurmctld", "slurmd", "sinfo", "sbatch")
_PATIENCE_SECONDS = 30
_CONF = """\
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller_port}
SlurmdPort={node_port}
SlurmctldParameters=enable_configless
AuthType=auth/munge
AuthInfo=socket={root}/munge.sock
CryptoType=crypto/munge
SlurmUser={user}
SlurmdUser={user}
StateSaveLocation={root}/state
SlurmdSpoolDir={root}/spool
SlurmctldPidFile={root}/controller.pid
SlurmdPidFile={root}/node.pid
SlurmctldLogFile={root}/controller.log
SlurmdLogFile={root}/node.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=sched_interval=1
MpiDefault=none
ReturnToService=2
SlurmdParameters=config_overrides
KillWait=1
NodeName={host} NodeAddr=127.0.0.1 CPUs=4 RealMemory=4000 State=UNKNOWN
PartitionName=cpu Nodes={host} Default=YES State=UP OverSubscribe=NO
"""


class Slurm:
    """Started by ``with``; everything it started is ended, by handle, behind it.

    Args:
        root: an empty folder for its state; its path is short, as it holds a socket.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._running: list[subprocess.Popen[bytes]] = []

    @property
    def environment(self) -> Mapping[str, str]:
        """What its commands need to find it."""
        return {"SLURM_CONF": str(self._root / "slurm.conf")}

    def __enter__(self) -> Self:
        missing = [name for name in PROGRAMS if _program(name) is None]
        assert not missing, (
            f"Debian's slurmctld slurmd slurm-client munge are needed: {missing} not found"
        )
        for name in ("state", "spool"):
            (self._root / name).mkdir()
        key = self._root / "key"
        key.write_bytes(secrets.token_bytes(1024))
        key.chmod(0o600)
        self._root.chmod(0o755)  # munge serves no socket from a folder that others can't enter
        host = socket.gethostname()
        (self._root / "slurm.conf").write_text(
            _CONF.format(
                root=self._root,
                host=host,
                user=getpass.getuser(),
                controller_port=_free_port(),
                node_port=_free_port(),
            )
        )
        try:
            self._start_all(host)
        except BaseException:
            self._stop_all()
            raise
        return self

    def _start_all(self, host: str) -> None:
        root = self._root
        self._start(
            ["munged", "--force", "--foreground", "--num-threads=2"]
            + [f"--{name}={root}/munge.{name}" for name in ("pid-file", "log-file", "seed-file")]
            + [f"--key-file={root}/key", f"--socket={root}/munge.sock"]
        )
        self._wait_until((root / "munge.sock").is_socket)
        self._start(["slurmctld", "-D", "-f", f"{root}/slurm.conf"])
        self._start(["slurmd", "-D", "-f", f"{root}/slurm.conf", "-N", host])
        self._wait_until(self._is_idle)

    def _start(self, command: Sequence[str]) -> None:
        program = _program(command[0])
        assert program is not None
        log = (self._root / f"{command[0]}.out").open("wb")
        with log:
            self._running.append(
                subprocess.Popen(
                    [program, *command[1:]],
                    env={**os.environ, **self.environment},
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                )
            )

    def _is_idle(self) -> bool:
        asked = subprocess.run(
            ["sinfo", "-h", "-o", "%t"],
            env={**os.environ, **self.environment},
            capture_output=True,
            text=True,
            check=False,
        )
        return "idle" in asked.stdout

    def _wait_until(self, ready: object) -> None:
        assert callable(ready)
        end = time.monotonic() + _PATIENCE_SECONDS
        while not ready():
            gone = [one.args for one in self._running if one.poll() is not None]
            assert not gone, f"{gone} ended: {self._logs()}"
            assert time.monotonic() < end, f"Slurm did not start: {self._logs()}"
            # None of them says when it is ready.
            time.sleep(0.1)

    def _logs(self) -> str:
        return "\n".join(
            f"--- {path.name}\n{path.read_text(errors='replace')[-1500:]}"
            for path in sorted(self._root.glob("*.out")) + sorted(self._root.glob("*.log"))
        )

    def _stop_all(self) -> None:
        for one in reversed(self._running):
            one.terminate()
            try:
                one.wait(10)
            except subprocess.TimeoutExpired:
                one.kill()
                one.wait()
        self._running.clear()

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(subprocess.SubprocessError, OSError):
            # Jobs are processes of the node: they go first, and by Slurm's own word.
            subprocess.run(
                ["scancel", "--user", getpass.getuser()],
                env={**os.environ, **self.environment},
                check=False,
                timeout=10,
                capture_output=True,
            )
        self._stop_all()


def _program(name: str) -> str | None:
    # Debian keeps the servers where a user's path does not lead.
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")


def _free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
