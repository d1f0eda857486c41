"""Answers: what the browser's page is told of a dataset, one method a kind of request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from atdata_nb.views.entries import entry_facts
from atdata_nb.widgets.actions import ACTIONS, actions_of
from atdata_nb.widgets.checking import Check
from atdata_nb.widgets.code import opening_lines
from atdata_nb.widgets.following import Follower
from atdata_nb.widgets.jobs import Jobs
from atdata_nb.widgets.opening import code_for, open_dataset
from atdata_nb.widgets.records import record_wire
from atdata_nb.widgets.requests import (
    ActRequest,
    DiffRequest,
    FollowRequest,
    OverviewRequest,
    RecordRequest,
    SchemaRequest,
    ShardsRequest,
    VerifyRequest,
    VersionsRequest,
)
from atdata_nb.widgets.rows import Row, SchemaEntry
from atdata_nb.widgets.samples import SampleSession
from atdata_nb.widgets.schema_tab import diff_wire, schema_tab
from atdata_nb.widgets.shard_list import shard_list
from atdata_nb.widgets.wire import (
    check_wire,
    overview_wire,
    row_wire,
    shards_wire,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from atdata_nb.protocols import AbstractIndex
    from atdata_nb.widgets.channel import Answer
    from atdata_nb.widgets.known import Found, Known
    from atdata_nb.widgets.requests import AnyRequest
    from atdata_nb.widgets.shard_list import ShardFacts

# Of so many datasets what was read of the samples is kept.
_MOST_SESSIONS: Final = 4
_MOST_VERSIONS: Final = 200
_SPLITS: Final = 3


class Answers:
    """Answers about what the page knows; what waits for a server is done aside.

    Args:
        known: entries by their keys.
        indexes: those that are browsed.
    """

    def __init__(self, known: Known, indexes: Sequence[AbstractIndex]) -> None:
        self._known = known
        self._jobs = Jobs()
        self._checks: dict[str, Check] = {}
        self._sessions: dict[str, SampleSession] = {}
        self._shards: tuple[str, list[ShardFacts]] = ("", [])
        self._follower = Follower(indexes, known)

    def refresh(self) -> None:
        """Forget what was found out about entries."""
        self._shards = ("", [])
        self._sessions.clear()

    def samples(self, request: dict[str, Any]) -> Answer:
        """Return the answer to a request about the samples of one dataset."""
        key = str(request.get("key"))
        session = self._sessions.pop(key, None) or self._session(self._known[key])
        # The one that was asked last is the last to go.
        self._sessions[key] = session
        while len(self._sessions) > _MOST_SESSIONS:
            del self._sessions[next(iter(self._sessions))]
        return session.answer(request)

    def answer(self, asked: AnyRequest) -> dict[str, Any]:
        """Return the answer to a request about one dataset."""
        match asked:
            case OverviewRequest():
                return self._overview(self._known[asked.key])
            case VersionsRequest():
                found = self._known[asked.key]
                return self._aside(found, "versions", lambda: self._versions(found))
            case SchemaRequest():
                found = self._known[asked.key]
                return self._aside(found, "schema", lambda: schema_tab(found))
            case DiffRequest():
                found, other = self._known[asked.key], asked.other
                return self._aside(found, f"diff {other}", lambda: diff_wire(found, other))
            case ShardsRequest():
                return self._shard_page(asked)
            case RecordRequest():
                found = self._known[asked.key]
                return {**record_wire(found.entry), "follows": self._follower.can_ask}
            case FollowRequest():
                return self._follow(asked.target)
            case VerifyRequest():
                return self._verify(self._known[asked.key], asked.act)
            case ActRequest():
                return self.act(self._known[asked.key], asked.name)
        message = f"a dataset has no {type(asked).__name__}"
        raise TypeError(message)

    def act(self, found: Found, name: str) -> dict[str, Any]:
        """Do an action; return what it tells the page.

        Raises:
            KeyError: there is no such action.
        """
        return ACTIONS[name].run(found)

    def _overview(self, found: Found) -> dict[str, Any]:
        if isinstance(found.entry, SchemaEntry):
            return {"item": row_wire(Row(found.entry), found.key)}
        lines = opening_lines(found.index, code_for(found.entry))
        facts = overview_wire(entry_facts(found.entry), lines, found.key)
        return {**facts, "actions": actions_of(found)}

    def _versions(self, found: Found) -> dict[str, Any]:
        index: Any = found.index
        source = self._known.source_of(found.entry)
        each: list[Any] = []
        if callable(getattr(index, "versions", None)):
            each = [(entry.version, entry) for entry in reversed(index.versions(found.entry.name))]
        elif hasattr(found.entry, "did") and hasattr(index, "get_dataset"):
            each = list(_labelled(found.entry))
        return {
            "versions": [
                [self._known.add(entry, source), version]
                for version, entry in each[:_MOST_VERSIONS]
            ],
            "count": len(each),
        }

    @staticmethod
    def _session(found: Found) -> SampleSession:
        lines = opening_lines(found.index, code_for(found.entry))
        return SampleSession(lambda: open_dataset(found.entry, found.index), source=lines)

    def _shard_page(self, asked: ShardsRequest) -> dict[str, Any]:
        if self._shards[0] != asked.key or not asked.offset:
            self._shards = (asked.key, shard_list(self._known[asked.key].entry))
        state = self._check(self._known[asked.key]).state
        return shards_wire(self._shards[1], asked.offset, asked.limit, state)

    def _follow(self, target: str) -> dict[str, Any]:
        found: dict[str, Any] = self._jobs.ask(
            ("follow", target), lambda: self._follower.follow(target), aside=True
        )
        return found

    def _verify(self, found: Found, act: str) -> dict[str, Any]:
        check = self._check(found)
        if act == "begin" or (not act and check.state.name == "unchecked" and check.is_cheap):
            check.begin()
        elif act == "cancel":
            check.cancel()
        else:
            check.wait()
        return check_wire(check.state)

    def _check(self, found: Found) -> Check:
        if found.key not in self._checks:
            self._checks[found.key] = Check(found.entry, found.index)
        return self._checks[found.key]

    def _aside(self, found: Found, what: str, work: Any) -> dict[str, Any]:
        told: dict[str, Any] = self._jobs.ask((what, found.key), work, aside=found.is_remote)
        return told


def _labelled(entry: Any) -> list[tuple[str, Any]]:
    """Return the versions that an author has given labels for a name, highest first."""
    from atdata_nb.schemas.versions import Version

    found = [
        (label.version, label.dataset_uri)
        for _, label in entry.index.labels.of(entry.did)
        if label.name == entry.name and (label.version or "").count(".") == _SPLITS - 1
    ]
    found.sort(key=lambda pair: Version.parse(pair[0]), reverse=True)
    return [(version, entry.index.get_dataset(uri)) for version, uri in found[:_MOST_VERSIONS]]
