"""Plan: changes to a Redis index, and what has to be as it was for them to be made."""

from __future__ import annotations

import secrets
from collections import defaultdict
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, TypeVar

from atdata_nb.errors import ServiceError
from atdata_nb.index.redis_rows import frame
from atdata_nb.index.redis_server import script

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from atdata_nb.index.redis_server import RedisServer

OWN: Final = "atdata_nb:"
# So much at once that nobody else waits long, as the server does one thing at a time.
_PIECE: Final = 500
_PIECE_BYTES: Final = 4 << 20
_ATTEMPTS: Final = 300

Value = bytes | str | int
DoneT = TypeVar("DoneT")


class Plan:
    """Changes that are made together, or not at all if somebody else was faster."""

    def __init__(self) -> None:
        self._checks: list[bytes] = []
        self._commands: list[bytes] = []
        self._fields: defaultdict[tuple[str, str], dict[Value, Value]] = defaultdict(dict)
        self._appended: defaultdict[bytes, bytearray] = defaultdict(bytearray)
        self.unlinked: list[str] = []
        self.ids: dict[str, None] = {}
        self.cids: dict[str, None] = {}
        self.names: dict[str, None] = {}

    def expect(self, answer: bytes | str | int | None, *question: Value) -> None:
        """Let nothing happen unless a command still has that answer."""
        self._checks.append(frame([answer, *question]))

    def do(self, *command: Value) -> None:
        """Run a command."""
        self._commands.append(frame(command))

    def set_field(self, key: str, field: Value, value: Value) -> None:
        """Set a field of a hash; the last value of a field counts."""
        self._fields["HSET", key][field] = value

    def set_score(self, key: str, member: Value, score: int) -> None:
        """Put a member into a sorted set, or move it there."""
        self._fields["ZADD", key][member] = score

    def append(self, key: bytes, data: bytes) -> None:
        """Append to a value."""
        self._appended[key] += data

    def __bool__(self) -> bool:
        changes = (self._commands, self._fields, self._appended, self.unlinked)
        shown = (self.ids, self.cids, self.names)
        return any(changes) or any(shown)

    def commit(self, server: RedisServer) -> bool:
        """Make the changes; return whether everything was as expected."""
        lists: list[list[bytes]] = [
            self._checks,
            [*self._commands, *self._gathered()],
            *(
                [text.encode() for text in texts]
                for texts in (self.unlinked, self.ids, self.cids, self.names)
            ),
        ]
        if all(len(one) <= _PIECE for one in lists) and sum(map(len, lists[1])) < _PIECE_BYTES:
            return bool(server.run("commit", "", *map(frame, lists)))
        flag = f"{OWN}flag:{secrets.token_hex(8)}"
        pieces = [("EVAL", script("commit"), 0, flag, *framed) for framed in _pieces(lists)]
        *_, stopped, _ = server.run_together(
            [*pieces, ("EXISTS", flag), ("DEL", flag)], atomic=True
        )
        return not stopped

    def _gathered(self) -> Iterator[bytes]:
        for (command, key), fields in self._fields.items():
            for block in _blocks(fields.items(), _PIECE):
                # A sorted set wants the score in front of the member.
                pairs = ((v, f) if command == "ZADD" else (f, v) for f, v in block)
                yield frame([command, key, *(value for pair in pairs for value in pair)])
        for word, data in self._appended.items():
            yield frame(["APPEND", word, bytes(data)])


def until_done(
    server: RedisServer,
    attempt: Callable[[], DoneT | None],
    relief: Callable[[], object] | None = None,
) -> DoneT:
    """Repeat what returns None whenever somebody else was faster.

    Args:
        server: where.
        attempt: reads, decides and commits.
        relief: called when it did not help to try again, as something may be in the way that
            was never read.

    Raises:
        ServiceError: somebody else was faster every time.
    """
    for number in range(_ATTEMPTS):
        done = attempt()
        if done is not None:
            return done
        if relief is not None and number == _ATTEMPTS // 10:
            relief()
    raise ServiceError(f"{server.label} is being changed all the time: try again later")


def _pieces(lists: list[list[bytes]]) -> Iterator[list[bytes]]:
    """Cut lists into rounds, one list after the other: all checks come before any change."""
    for place, whole in enumerate(lists):
        for block in _blocks(whole, _PIECE):
            yield [frame(block if at == place else ()) for at in range(len(lists))]


def _blocks(items: Iterable[Any], size: int) -> Iterator[list[Any]]:
    rest = iter(items)
    while block := list(islice(rest, size)):
        yield block
