"""Background: a sandbox that stays when the command that started it has ended."""

from __future__ import annotations

import json
import os
import signal
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import httpx

from atdata_nb.errors import ServiceError
from atdata_nb.sandbox.local_network import ACCOUNTS, BLOB_LIMIT, open_accounts
from atdata_nb.sandbox.process import Addresses, NetworkProcess, Server

if TYPE_CHECKING:
    from pathlib import Path

    from atdata_nb.sandbox.accounts import Account

_ANSWER_SECONDS: Final = 5
_STOP_SECONDS: Final = 15
_STEP_SECONDS: Final = 0.1


@dataclass(frozen=True, slots=True)
class Background:
    """The sandbox that lives in a folder, running or not.

    Attributes:
        folder: where its data is kept between runs.
    """

    folder: Path

    def up(self, *, pds: int = 1, blob_limit: int = BLOB_LIMIT) -> dict[str, Account]:
        """Start it, where it does not run yet; return its accounts.

        Raises:
            ServiceError: it does not start.
        """
        addresses = self.status()
        if addresses is None:
            self.folder.mkdir(parents=True, exist_ok=True)
            process = NetworkProcess(self.folder, pds=pds, blob_limit=blob_limit, detached=True)
            addresses = process.addresses
            self._note.write_text(json.dumps(_plain(addresses)), "utf-8")
        return open_accounts(addresses, ACCOUNTS)

    def status(self) -> Addresses | None:
        """Return where it runs, or None where it does not."""
        try:
            told = json.loads(self._note.read_text("utf-8"))
            servers = tuple(Server(**server) for server in told.pop("servers"))
            addresses = Addresses(**told, servers=servers)
        except (OSError, ValueError, TypeError, KeyError):
            return None
        return addresses if _answers(addresses) else None

    def down(self) -> bool:
        """Stop it; return whether it ran.

        Raises:
            ServiceError: it does not stop.
        """
        addresses = self.status()
        if addresses is None:
            return False
        # The directory itself has just told its process number: nobody else's is ended here.
        os.kill(addresses.pid, signal.SIGTERM)
        deadline = time.monotonic() + _STOP_SECONDS
        while _answers(addresses):
            if time.monotonic() > deadline:
                raise ServiceError(f"the sandbox (process {addresses.pid}) does not stop")
            time.sleep(_STEP_SECONDS)
        self._note.unlink(missing_ok=True)
        return True

    @property
    def _note(self) -> Path:
        return self.folder / "running.json"


def default_folder() -> Path:
    """Return the folder of the one background sandbox of this user."""
    from atdata_nb.index.local import default_home

    return default_home() / "sandbox"


def _answers(addresses: Addresses) -> bool:
    try:
        health = httpx.get(
            f"{addresses.plc}/_health", timeout=_ANSWER_SECONDS, trust_env=False
        ).json()
    except (httpx.HTTPError, ValueError):
        return False
    return isinstance(health, dict) and health.get("pid") == addresses.pid


def _plain(addresses: Addresses) -> dict[str, object]:
    return {
        "plc": addresses.plc,
        "relay": addresses.relay,
        "pid": addresses.pid,
        "servers": [{"url": one.url, "domain": one.domain} for one in addresses.servers],
    }
