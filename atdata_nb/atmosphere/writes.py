"""Writes: what ``apply_writes`` does to the records of a repository."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final, TypeAlias, TypeVar

from atdata_nb.atmosphere.data_model import check_record
from atdata_nb.atmosphere.names import check_collection, check_rkey, new_tid

# https://docs.bsky.app: com.atproto.repo.applyWrites takes at most 200.
BATCH: Final = 200
_METHOD: Final = "com.atproto.repo.applyWrites"


@dataclass(frozen=True, slots=True)
class Create:
    """Add a record; without a key it gets one."""

    collection: str
    value: dict[str, Any]
    key: str = ""

    def ready(self) -> Create:
        """Return it with a key and a type, checked."""
        made = replace(self, key=self.key or new_tid(), value=_typed(self.collection, self.value))
        return _checked(made)


@dataclass(frozen=True, slots=True)
class Update:
    """Replace a record."""

    collection: str
    value: dict[str, Any]
    key: str

    def ready(self) -> Update:
        """Return it with a type, checked."""
        return _checked(replace(self, value=_typed(self.collection, self.value)))


@dataclass(frozen=True, slots=True)
class Delete:
    """Delete a record."""

    collection: str
    key: str

    def ready(self) -> Delete:
        """Return it, checked."""
        check_collection(self.collection)
        check_rkey(self.key)
        return self


Write: TypeAlias = Create | Update | Delete
ValueT = TypeVar("ValueT", Create, Update)


def plain(write: Write) -> dict[str, Any]:
    """Return a write as the server takes it."""
    kind = type(write).__name__.lower()
    told = {"$type": f"{_METHOD}#{kind}", "collection": write.collection, "rkey": write.key}
    return told if isinstance(write, Delete) else told | {"value": write.value}


def _typed(collection: str, value: dict[str, Any]) -> dict[str, Any]:
    return {"$type": collection} | value


def _checked(write: ValueT) -> ValueT:
    check_collection(write.collection)
    check_rkey(write.key)
    check_record(write.value)
    return write
