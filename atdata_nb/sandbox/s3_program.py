"""S3Program: the S3 server of this machine that keeps its buckets in a folder."""

from __future__ import annotations

import json
import shutil
import sys
import time
from typing import TYPE_CHECKING, Any, Final

from atdata_nb.errors import ServiceError
from atdata_nb.sandbox.handles import start_detached
from atdata_nb.sandbox.kept_s3 import NOTE
from atdata_nb.sandbox.s3_server import _PROGRAMS, PACKAGES
from atdata_nb.shards.web import Web

if TYPE_CHECKING:
    from pathlib import Path

    from atdata_nb.sandbox.handles import Handle

_READY_SECONDS: Final = 180.0
_ANSWER_SECONDS: Final = 5.0
_STEP_SECONDS: Final = 0.05
_TOLD: Final = 1000


class S3Program:
    """Ceph's object gateway on loopback, in a process of its own that holds all of Ceph's.

    Args:
        folder: where it keeps data, keys and log.
    """

    name: Final = "s3"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "s3.log"

    def check(self) -> None:
        """Say so if it can't be started here.

        Raises:
            ServiceError: Ceph is not installed.
        """
        missing = [name for name in _PROGRAMS if shutil.which(name) is None]
        if missing:
            raise ServiceError(
                f"an S3 server needs Ceph, and {', '.join(missing)} is not installed; on Debian or "
                f"Ubuntu: apt-get install --no-install-recommends {' '.join(PACKAGES)}"
            )

    def start(self, port: int) -> Handle:
        """Start it; do not wait for it."""
        program = [sys.executable, "-m", "atdata_nb.sandbox.kept_s3", str(self.folder), str(port)]
        return start_detached(program, self.log)

    def wait(self, handle: Handle, port: int) -> None:
        """Wait until it answers.

        Raises:
            ServiceError: it ends, or takes too long; the message has what it said last.
        """
        limit = time.monotonic() + _READY_SECONDS
        while handle.is_running and time.monotonic() < limit:
            if self._note().get("pid") == handle.pid and self.answers(handle, port):
                return
            time.sleep(_STEP_SECONDS)
        said = self.log.read_text("utf-8", "replace").strip()[-_TOLD:]
        raise ServiceError(f"the S3 server did not start:\n{said or 'it said nothing'}")

    def answers(self, handle: Handle, port: int) -> bool:
        """Whether this very server answers there."""
        if self._note().get("pid") != handle.pid:
            return False
        try:
            with Web(timeout=_ANSWER_SECONDS).open(self.url(port), {}) as answer:
                return bool(answer.status == 200)  # noqa: PLR2004 - HTTP's "OK"
        except (OSError, ValueError):
            return False

    def url(self, port: int) -> str:
        """Its address."""
        return f"http://127.0.0.1:{port}"

    def variables(self, port: int) -> dict[str, str]:
        """What a program needs to know to use it, secrets among them."""
        note = self._note()
        return {
            "AWS_ENDPOINT": self.url(port),
            "AWS_REGION": "us-east-1",
            **{name: note[name] for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")},
        }

    def _note(self) -> dict[str, Any]:
        try:
            note = json.loads((self.folder / NOTE).read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        return note if isinstance(note, dict) else {}
