"""RedisRecords: schemas or lenses of a Redis index, as one transaction sees and changes them.

A record is one JSON text under the key that the published package gives it, which stays the only
place it is kept; a sorted set beside says which there are.
"""

from __future__ import annotations

import json
from enum import Enum
from typing import TYPE_CHECKING, Any

from atdata_nb.index.redis_plan import OWN

if TYPE_CHECKING:
    from atdata_nb.index.redis_plan import Plan
    from atdata_nb.index.redis_server import RedisServer


class Kind(Enum):
    """What records there are: the beginning of their keys."""

    SCHEMA = "LocalSchema"
    LENS = "LocalLens"

    @property
    def members(self) -> str:
        """Key of the sorted set of their names and versions."""
        return f"{OWN}{self.value}"

    def key(self, name: str, version: str) -> str:
        """Return the key of a record, which is the published package's."""
        return f"{self.value}:{name}@{version}"


class RedisRecords:
    """Records of one kind by name and version: those in the server, and those a plan adds."""

    def __init__(self, kind: Kind, server: RedisServer, plan: Plan) -> None:
        self._kind, self._server, self._plan = kind, server, plan
        self._records: dict[str, dict[str, bytes]] = {}
        self._checked: set[str] = set()

    def of(self, name: str) -> dict[str, bytes]:
        """Return the records of a name by version."""
        if name not in self._records:
            _, found = self._server.run("read", "records", self._kind.value, name)
            self._records[name] = {version: record for (_, version), record in pairs(found)}
        return self._records[name]

    def add(self, name: str, version: str, record: dict[str, Any]) -> None:
        """Plan to store a record that is not there."""
        data = json.dumps(record).encode()
        known = self.of(name)
        # A stored version never changes, so their number says whether there is another. All
        # checks come before all changes, so it is the number before the first.
        if name not in self._checked:
            self._checked.add(name)
            members = self._kind.members
            self._plan.expect(len(known), "ZLEXCOUNT", members, f"[{name}\0", f"({name}\1")
        self._plan.expect(0, "EXISTS", self._kind.key(name, version))
        self._plan.do("SET", self._kind.key(name, version), data)
        self._plan.set_score(self._kind.members, f"{name}\0{version}", 0)
        known[version] = data


def pairs(found: list[bytes | None]) -> list[tuple[tuple[str, str], bytes]]:
    """Return name and version, and the record, of what the server found."""
    read: list[tuple[tuple[str, str], bytes]] = []
    for member, record in zip(found[::2], found[1::2], strict=True):
        name, _, version = (member or b"").decode().partition("\0")
        if record:
            read.append(((name, version), record))
    return read


def readable(record: bytes) -> dict[str, Any]:
    """Return what a stored record says; nothing where it is no JSON object."""
    try:
        found = json.loads(record)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
