"""Leash: ends the local services of a folder when the process that holds it has ended."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

# Whoever drops one of these lets go of the leash.
_HELD: list[subprocess.Popen[bytes]] = []


def hold(folder: Path) -> int:
    """Let the services of a folder end, and the folder go, when this process ends, however it does.

    Returns:
        The number of the process that waits for it.
    """
    process = subprocess.Popen(  # noqa: S603 - this interpreter, and a folder of ours
        # Safe path: what lies in the folder one works in is not imported.
        [sys.executable, "-P", "-m", "atdata_nb.sandbox.leash", str(folder)],
        # It closes when this process dies, even by a signal.
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        # Ctrl-C is meant for this process.
        start_new_session=True,
    )
    _HELD.append(process)
    return process.pid


def _wait(folder: Path) -> None:
    from atdata_nb.sandbox.local_services import LocalServices

    sys.stdin.buffer.read()
    LocalServices(folder).down()
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    _wait(Path(sys.argv[1]))
