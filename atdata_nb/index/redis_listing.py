"""RedisListing: entries on their way into Redis, as changes to be made in one transaction."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from atdata_nb.errors import IndexError_
from atdata_nb.index.draft import Known, fingerprint, version_of
from atdata_nb.index.redis_facets import plan_facets
from atdata_nb.index.redis_plan import OWN, Plan, until_done
from atdata_nb.index.redis_rows import frame, from_frame, parts_of, to_frame
from atdata_nb.index.redis_schemas import RedisSchemas
from atdata_nb.index.redis_words import MOST_IDS, postings, words_of
from atdata_nb.index.rows import entry_of
from atdata_nb.index.search import document
from atdata_nb.schemas.versions import Version

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from atdata_nb.index.draft import Draft
    from atdata_nb.index.entry import LocalEntry
    from atdata_nb.index.redis_server import RedisServer

ENTRIES: Final = f"{OWN}entries"
VERSIONS: Final = f"{OWN}versions"
NEWEST: Final = f"{OWN}newest"
LIVE: Final = f"{OWN}live"
NAMES: Final = f"{OWN}names"
DATES: Final = f"{OWN}dates"
SIZES: Final = f"{OWN}sizes"
CIDS: Final = f"{OWN}cids"
URLS: Final = f"{OWN}urls"
WORDS: Final = f"{OWN}words"
STATE: Final = f"{OWN}state"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_BLOCK: Final = 500


class Versions:
    """The versions of one name: how they are kept, and which the highest is."""

    def __init__(self, kept: bytes | None) -> None:
        self.kept = kept or None
        parts = [part or b"" for part in parts_of(kept or b"")]
        texts = (part.decode() for part in parts[::3])
        ids = (part.decode() for part in parts[1::3])
        self.ids = dict(zip(texts, ids, strict=True))
        self.contents = dict(zip(self.ids, parts[2::3], strict=True))

    @property
    def newest(self) -> str | None:
        """Number of the entry with the highest version."""
        return self.ids[max(self.ids, key=Version.parse)] if self.ids else None

    @property
    def known(self) -> list[Known]:
        """What is listed, for the rule that gives a version."""
        return [Known(Version.parse(v), content) for v, content in self.contents.items()]

    def framed(self) -> bytes:
        """Return them as they are kept."""
        triples = ((v, self.ids[v], content) for v, content in self.contents.items())
        return frame(part for triple in triples for part in triple)


class RedisListing:
    """Drafts being listed: first all is read and decided, then the plan is carried out."""

    def __init__(self, server: RedisServer, drafts: Sequence[Draft]) -> None:
        self.plan = Plan()
        self._server = server
        self._schemas = RedisSchemas(server, self.plan)
        self._versions = dict(self._read_versions({draft.name for draft in drafts}))
        self._shown = {name: versions.newest for name, versions in self._versions.items()}
        self._made: dict[str, LocalEntry] = {}
        self._found: list[str] = []
        self._ids: Iterator[int] = iter(())
        self._left = len(drafts)
        self._schema_words: dict[str, str] = {}

    def add(self, draft: Draft) -> None:
        """Plan to list one draft, if nothing says the same already."""
        ref = draft.schema if isinstance(draft.schema, str) else self._schemas.put(draft.schema)
        versions = self._versions[draft.name]
        content = fingerprint(draft, ref)
        number, is_new = version_of(draft.name, draft.version, content, versions.known)
        version = str(number)
        if is_new:
            id_ = self._next_id()
            versions.ids[version] = f"{id_:010d}"
            versions.contents[version] = content
            self._write(id_, entry_of(draft, version, ref), draft.metadata)
        self._found.append(versions.ids[version])
        self._left -= 1

    def finish(self) -> list[LocalEntry] | None:
        """Make the changes and return the entry of each draft; None if somebody was faster."""
        touched = {entry.name for entry in self._made.values()}
        for name in touched:
            self._rename(name)
        if self.plan and not self.plan.commit(self._server):
            return None
        there = dict.fromkeys(id_ for id_ in self._found if id_ not in self._made)
        listed = {**self._made, **read_entries(self._server, list(there))}
        # Removed by somebody else in this very moment: not there, so it is listed again.
        return None if len(listed) < len(set(self._found)) else [listed[i] for i in self._found]

    def _read_versions(self, names: set[str]) -> Iterator[tuple[str, Versions]]:
        wanted = sorted(names)
        for start in range(0, len(wanted), _BLOCK):
            block = wanted[start : start + _BLOCK]
            _, kept = self._server.run("read", "known", *block)
            yield from zip(block, map(Versions, kept), strict=True)

    def _next_id(self) -> int:
        id_ = next(self._ids, None)
        if id_ is None:
            with self._server.errors():
                last = self._server.client.hincrby(STATE, "last", self._left)
            if last >= MOST_IDS:
                raise IndexError_(f"{self._server.label} has had {MOST_IDS:,} entries: it is full")
            self._ids = iter(range(last - self._left + 1, last + 1))
            id_ = next(self._ids)
        return id_

    def _write(self, id_: int, entry: LocalEntry, metadata: bytes | None) -> None:
        key = f"{id_:010d}"
        self._made[key] = entry
        self.plan.set_field(ENTRIES, key, to_frame(entry, metadata))
        self.plan.set_score(CIDS, f"{entry.cid}\0{key}", 0)
        self.plan.ids[key] = None
        for url in dict.fromkeys(entry.data_urls):
            self.plan.do("HINCRBY", URLS, url, 1)
        for where, text, posting in postings(id_, words_of(entry, self._words(entry.schema_ref))):
            self.plan.append(f"{OWN}{where}:".encode() + text, posting)
            if where == "word":
                self.plan.set_score(WORDS, text, 0)
        plan_facets(self.plan, id_, entry)

    def _rename(self, name: str) -> None:
        """Plan what changes with a name that has got versions."""
        versions, before = self._versions[name], self._shown[name]
        self.plan.expect(versions.kept, "HGET", VERSIONS, name)
        self.plan.set_field(VERSIONS, name, versions.framed())
        newest = versions.newest
        if newest is None or newest == before:
            return
        if before is not None:
            self.plan.do("SETBIT", LIVE, int(before), 0)
            self.plan.ids[before] = None
        show(self.plan, newest, self._made[newest])

    def _words(self, schema_ref: str) -> str:
        if schema_ref not in self._schema_words:
            self._schema_words[schema_ref] = document(self._schemas.texts(schema_ref))
        return self._schema_words[schema_ref]


def insert(
    server: RedisServer, drafts: Sequence[Draft], relief: Callable[[], object] | None = None
) -> list[LocalEntry]:
    """List all drafts or none; what is there already comes back as it is."""

    def once() -> list[LocalEntry] | None:
        listing = RedisListing(server, drafts)
        for draft in drafts:
            listing.add(draft)
        return listing.finish()

    return until_done(server, once, relief)


def add_facets(server: RedisServer) -> bool | None:
    """Give an index of layout 1 its facets; None if somebody was faster."""
    with server.errors():
        kept = server.client.hmget(STATE, "layout", "last")
    if kept[0] != b"1":
        return True
    plan = Plan()
    plan.expect(b"1", "HGET", STATE, "layout")
    plan.do("HSET", STATE, "layout", 2)
    keys = [f"{number:010d}" for number in range(1, int(kept[1] or 0) + 1)]
    for key, entry in read_entries(server, keys).items():
        plan_facets(plan, int(key), entry)
    return plan.commit(server) or None


def show(plan: Plan, id_: str, entry: LocalEntry) -> None:
    """Plan to let an entry stand for its name."""
    plan.do("SETBIT", LIVE, int(id_), 1)
    plan.set_field(NEWEST, entry.name, id_)
    plan.set_score(NAMES, entry.name, 0)
    plan.set_score(DATES, entry.name, _microseconds(entry.created_at))
    # Of unknown size come first, as in SQLite.
    plan.set_score(SIZES, entry.name, -1 if entry.bytes is None else entry.bytes)
    plan.ids[id_] = None
    plan.names[entry.name] = None


def read_entries(server: RedisServer, ids: Sequence[str]) -> dict[str, LocalEntry]:
    """Return the entries with these numbers, as far as they are there."""
    found: dict[str, LocalEntry] = {}
    for start in range(0, len(ids), _BLOCK):
        block = ids[start : start + _BLOCK]
        _, rows = server.run("read", "rows", *block)
        pairs = zip(block, rows, strict=True)
        found.update((id_, from_frame(row)) for id_, row in pairs if row is not None)
    return found


def _microseconds(created_at: str) -> int:
    try:
        moment = datetime.fromisoformat(created_at)
    except ValueError:
        return 0
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - _EPOCH) // timedelta(microseconds=1)
