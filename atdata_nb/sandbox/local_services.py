"""LocalServices: a Redis and an S3 server on this machine that stay until they are told to go."""

from __future__ import annotations

import json
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol, Self

from atdata_nb.errors import AtdataError, ServiceError
from atdata_nb.sandbox.handles import Handle
from atdata_nb.sandbox.kept_s3 import BUCKET
from atdata_nb.sandbox.ports import check_free, free_port, is_free
from atdata_nb.sandbox.redis_program import REDIS_VARIABLE, RedisProgram, write_privately
from atdata_nb.sandbox.s3_program import S3Program

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

__all__ = ["BUCKET", "REDIS_VARIABLE", "LocalServices", "Service"]

State = Literal["running", "silent", "stopped"]
NAMES: Final = ("redis", "s3")
_STOP_SECONDS: Final = 30.0


class _Program(Protocol):
    folder: Path
    log: Path

    @property
    def name(self) -> str: ...
    def check(self) -> None: ...
    def start(self, port: int) -> Handle: ...
    def wait(self, handle: Handle, port: int) -> None: ...
    def answers(self, handle: Handle, port: int) -> bool: ...
    def url(self, port: int) -> str: ...
    def variables(self, port: int) -> dict[str, str]: ...


@dataclass(frozen=True, slots=True)
class Service:
    """How one service is.

    Attributes:
        name: ``redis`` or ``s3``.
        state: ``running``; ``silent``, where its process is there and does not answer; ``stopped``.
        url: its address, without any secret; None where it is stopped.
        pid: its process.
        log: the file with what it says.
        variables: names of what the file of credentials says of it.
        fault: why it could not be started.
    """

    name: str
    state: State
    url: str | None
    pid: int | None
    log: str
    variables: tuple[str, ...] = ()
    fault: str | None = None


class LocalServices:
    """The Redis and the S3 server of one folder, running or not.

    They listen on loopback only, behind secrets that are made up at random, keep their data in the
    folder, and live on when this process ends.

    Args:
        folder: where all of it is kept; without it, ``services`` beside the index.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> home = tempfile.TemporaryDirectory()
        >>> services = LocalServices(Path(home.name))
        >>> [service.state for service in services.status()]
        ['stopped', 'stopped']
        >>> services.down()
        ()
        >>> home.cleanup()
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = (default_folder() if folder is None else folder).absolute()
        redis, s3 = (self.folder / name for name in NAMES)
        self._programs: tuple[_Program, ...] = (RedisProgram(redis), S3Program(s3))

    @classmethod
    def temporary(cls) -> Self:
        """Return services in a new folder: both go when this process ends, however it does."""
        from atdata_nb.sandbox.leash import hold

        folder = Path(tempfile.mkdtemp(prefix="atdata-nb-services-"))
        hold(folder)
        return cls(folder)

    @property
    def credentials(self) -> Path:
        """File that has what programs need to be let in; ``S3DataStore`` takes it as it is."""
        return self.folder / "local.env"

    @property
    def redis_url(self) -> str:
        """Address of the Redis server with its password, for ``LocalIndex(redis=…)``.

        Raises:
            ServiceError: it does not run.
        """
        program = self._programs[0]
        note = _Note.read(program.folder)
        if note.handle is None or not note.handle.is_running:
            raise ServiceError("Redis does not run: start it with `atdata-nb local up`")
        return program.variables(note.port)[REDIS_VARIABLE]

    def up(
        self, names: Iterable[str] = NAMES, *, ports: Mapping[str, int] | None = None
    ) -> tuple[Service, ...]:
        """Start those that do not run yet, and wait until they answer; return how all are.

        What can't be started is no error here, so that one does not keep the other from starting:
        its ``fault`` says why.

        Args:
            names: which ones.
            ports: where they listen; without it, where they did before, else anywhere free.
        """
        wanted = set(names)
        if unknown := wanted - set(NAMES):
            raise ServiceError(f"there is no service {min(unknown)!r}, only {' and '.join(NAMES)}")
        faults: dict[str, str] = {}
        with self._locked():
            for program in self._programs:
                if program.name in wanted:
                    try:
                        self._start(program, (ports or {}).get(program.name))
                    except AtdataError as error:
                        faults[program.name] = str(error)
            self._write_credentials()
        return self._all(faults)

    def status(self) -> tuple[Service, ...]:
        """Return how all are."""
        return self._all({})

    def down(self) -> tuple[str, ...]:
        """End those that run, and wait until they have; return which they were.

        Raises:
            ServiceError: one does not end.
        """
        if not self.folder.exists():
            return ()
        with self._locked():
            ended = tuple(one.name for one in reversed(self._programs) if _end(one))
            self.credentials.unlink(missing_ok=True)
        return ended

    def _start(self, program: _Program, port: int | None) -> None:
        note = _Note.read(program.folder)
        handle, known = note.handle, note.port
        if handle is None or not handle.is_running:
            program.check()
            program.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            known = _choose(port, known)
            handle = program.start(known)
            # Before it is ready: whatever happens now, `down` can end it.
            _Note(known, handle).write(program.folder)
        try:
            program.wait(handle, known)
        except BaseException:
            # What does not answer must not stay around as if it did.
            _end(program)
            raise

    def _write_credentials(self) -> None:
        lines = []
        for program in self._programs:
            note = _Note.read(program.folder)
            if note.handle is not None and program.answers(note.handle, note.port):
                lines += [f"{name}={text}\n" for name, text in program.variables(note.port).items()]
        write_privately(self.credentials, "".join(lines))

    def _all(self, faults: Mapping[str, str]) -> tuple[Service, ...]:
        return tuple(_service(program, faults.get(program.name)) for program in self._programs)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Keep other calls out that start or end services of this folder."""
        import fcntl

        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self.folder / "lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def __repr__(self) -> str:
        told = ", ".join(f"{service.name} {service.state}" for service in self.status())
        return f"LocalServices({told})"


@dataclass(frozen=True, slots=True)
class _Note:
    """What is remembered of a service: its port for ever, its process while it runs."""

    port: int = 0
    handle: Handle | None = None

    @classmethod
    def read(cls, folder: Path) -> _Note:
        try:
            told: dict[str, Any] = json.loads((folder / "note.json").read_text("utf-8"))
            handle = Handle(told["pid"], told["started"]) if "pid" in told else None
            return cls(int(told["port"]), handle)
        except (OSError, ValueError, KeyError, TypeError):
            return cls()

    def write(self, folder: Path) -> None:
        told: dict[str, Any] = {"port": self.port}
        if self.handle is not None:
            told.update(pid=self.handle.pid, started=self.handle.started)
        write_privately(folder / "note.json", json.dumps(told))


def default_folder() -> Path:
    """Return the folder of this user's services."""
    from atdata_nb.index.local import default_home

    return default_home() / "services"


def _end(program: _Program) -> bool:
    note = _Note.read(program.folder)
    if note.handle is None:
        return False
    ran = note.handle.end(_STOP_SECONDS)
    _Note(note.port).write(program.folder)
    return ran


def _service(program: _Program, fault: str | None) -> Service:
    note = _Note.read(program.folder)
    if note.handle is None or not note.handle.is_running:
        return Service(program.name, "stopped", None, None, str(program.log), fault=fault)
    answers = program.answers(note.handle, note.port)
    return Service(
        program.name,
        "running" if answers else "silent",
        program.url(note.port),
        note.handle.pid,
        str(program.log),
        tuple(program.variables(note.port)) if answers else (),
        fault,
    )


def _choose(wanted: int | None, known: int) -> int:
    if wanted is not None:
        return check_free(wanted)
    return known if known and is_free(known) else free_port()
