"""RedisStorage: entries and schemas in one database of a Redis server.

Layout. The published package's keys are written as it writes them and read back by it:
``LocalDatasetEntry:{cid}`` shows the entry listed last with that CID (under ``name``, or
``name@version`` where a higher version has the name), ``Label:{name}@`` the newest version of a
name, ``LocalSchema:{name}@{version}`` a schema, ``LocalLens:{name}@{version}`` a lens. All else is
under ``atdata_nb:``:

=========== ====== =================================================================
state       hash   layout; last number given; number of keys when last walked through
entries     hash   number -> entry (`redis_rows.py`)
versions    hash   name -> version, number and content of each
newest      hash   name -> number of the highest version
names       zset   names, to be listed by the bytes of their text
dates       zset   names by microseconds since 1970
sizes       zset   names by bytes, -1 where unknown
cids        zset   CID and number, joined by a zero byte
urls        hash   URL -> how many entries have it
live        bitmap numbers that stand for a name
words       zset   all words
word:…      string postings of a word (`redis_words.py`)
start:…     string postings of all words with that beginning
work        hash   what long work has done already (`journal.py`)
facets:…    string records of a kind of facet (`redis_facets.py`)
facet_values hash  what the digests in them stand for
LocalSchema zset   name and version of each schema, joined by a zero byte
LocalLens   zset   the same of lenses
=========== ====== =================================================================
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from atdata_nb.errors import IndexFormatError
from atdata_nb.index.journal import RedisJournal
from atdata_nb.index.redis_adoption import Adoption
from atdata_nb.index.redis_facets import Narrowing
from atdata_nb.index.redis_listing import STATE, add_facets, insert, read_entries
from atdata_nb.index.redis_plan import DoneT, Plan, until_done
from atdata_nb.index.redis_records import Kind, pairs, readable
from atdata_nb.index.redis_removal import remove
from atdata_nb.index.redis_rows import from_frame
from atdata_nb.index.redis_schemas import RedisSchemas, content_of
from atdata_nb.index.redis_server import RedisServer
from atdata_nb.index.redis_words import best
from atdata_nb.index.search import words
from atdata_nb.protocols import Page
from atdata_nb.schemas.versions import Version

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from atdata_nb.index.draft import Draft, LensDraft, SchemaDraft
    from atdata_nb.index.entry import LocalEntry
    from atdata_nb.lenses import StoredLens

LAYOUT: Final = 2
# So many keys are walked through whenever an index is opened; that takes a tenth of a second.
_FEW_KEYS: Final = 20_000
_MOST_SIMILAR: Final = 300
_SHARING_A_WORD: Final = 200
_BLOCK: Final = 500


class RedisStorage:
    """The keys of one Redis database, behind the interface of a Storage.

    Args:
        redis: a URL, or a client of the ``redis`` package.

    Raises:
        IndexFormatError: the index there is of a newer version of this package.
        ServiceError: the server does not answer.
        UrlError: that is no URL of a Redis server.
    """

    def __init__(self, redis: Any) -> None:
        self._server = RedisServer(redis)
        self._adoption = Adoption(self._server)
        self._open()

    @property
    def label(self) -> str:
        """The server's address, without a login."""
        return self._server.label

    @property
    def journal(self) -> RedisJournal:
        """What long work has done already."""
        return RedisJournal(self._server)

    def _open(self) -> None:
        _, layout, size = self._server.run_together(
            [("HSETNX", STATE, "layout", LAYOUT), ("HGET", STATE, "layout"), ("DBSIZE",)]
        )
        if int(layout) > LAYOUT:
            raise IndexFormatError(
                f"{self.label} has layout {int(layout)}, this version of atdata_nb knows layouts "
                f"up to {LAYOUT}: update atdata_nb"
            )
        if int(layout) < LAYOUT:
            until_done(self._server, lambda: add_facets(self._server))
        if size <= _FEW_KEYS:
            self._adoption.run()
        else:
            self._ask("count")

    def refresh(self) -> int:
        """Look at every key for what another program wrote; return how many were taken in."""
        return self._adoption.run()

    # Entries

    def insert(self, drafts: Sequence[Draft]) -> list[LocalEntry]:
        """List all drafts or none; what is there already comes back as it is."""
        if not drafts:
            return []
        self._ask("count")
        return insert(self._server, drafts, self._adoption.run)

    def remove(self, name: str, version: str | None = None) -> list[LocalEntry]:
        """Forget a version of a name, or all; return what was removed."""
        self._ask("count")
        return until_done(self._server, lambda: remove(self._server, name, version))

    def newest(self, name: str) -> LocalEntry | None:
        """The highest version of a name."""
        return _first(self._ask("newest", name))

    def version(self, name: str, version: str) -> LocalEntry | None:
        """One version of a name."""
        return _first(self._ask("version", name, version))

    def versions(self, name: str) -> list[LocalEntry]:
        """All versions of a name, the highest last."""
        _, rows = self._ask("versions", name)
        return sorted(_entries(rows), key=lambda entry: Version.parse(entry.version))

    def by_cid(self, cid: str) -> LocalEntry | None:
        """The entry listed last with that CID."""
        return _first(self._ask("cid", cid))

    def similar(self, name: str) -> list[str]:
        """Names that begin alike, and names with a word of this one."""
        start = name[:2] if self.count() > _MOST_SIMILAR else ""
        alike = [found.decode() for found in self._ask("names", start, _MOST_SIMILAR)]
        looked_for = list(dict.fromkeys(words(name)))
        if looked_for:
            live, *found = self._ask("postings", *looked_for)
            _, ids = best(found, live, _SHARING_A_WORD, every=False)
            alike += [entry.name for entry in self._read(ids)]
        return list(dict.fromkeys(alike))

    def page(self, order: str, limit: int, offset: int) -> Page[LocalEntry]:
        """Newest versions in an order."""
        if limit == 0:
            return Page([], self.count(), offset)
        command = "ZREVRANGE" if order.startswith("-") else "ZRANGE"
        key = f"{order.removeprefix('-')}s"
        total, rows = self._ask("page", command, key, offset, offset + limit - 1)
        return Page(_entries(rows), total, offset)

    def after(self, name: str, limit: int) -> list[LocalEntry]:
        """The next newest versions by name."""
        return _entries(self._ask("after", name, limit))

    def search(self, query: str, limit: int, offset: int) -> Page[LocalEntry]:
        """Newest versions with words that begin with all words of the query, best first."""
        return self.select(query, {}, "", limit, offset)

    def select(
        self, query: str, facets: Mapping[str, str], order: str, limit: int, offset: int
    ) -> Page[LocalEntry]:
        """Newest versions that match a query and all facets, best first or in an order."""
        if not facets and not words(query):
            return self.page(order or "name", limit, offset)
        narrowing = Narrowing(self._ask, query, facets)
        return narrowing.page(order, limit, offset, self._read)

    def facet_counts(
        self, query: str, facets: Mapping[str, str], most: int
    ) -> dict[str, list[tuple[str, int]]]:
        """Of each kind the commonest values, counted among what else matches."""
        return Narrowing(self._ask, query, facets).counts(most)

    def count(self) -> int:
        """Number of names."""
        return int(self._ask("count"))

    def unused(self, urls: Sequence[str]) -> list[str]:
        """Those URLs that no entry of any version has."""
        found: list[str] = []
        for start in range(0, len(urls), _BLOCK):
            block = urls[start : start + _BLOCK]
            counts = self._ask("urls", *block)
            found += [url for url, count in zip(block, counts, strict=True) if count is None]
        return found

    # Schemas and lenses

    def put_schema(self, draft: SchemaDraft) -> str:
        """Store a schema; return its reference."""
        return self._put(lambda schemas: schemas.put(draft))

    def schema(self, name: str, version: str | None) -> dict[str, Any] | None:
        """The stored record of a schema; without a version, the highest one."""
        return self._record(Kind.SCHEMA, name, version)

    def schema_versions(self, name: str | None = None) -> list[tuple[str, str, str]]:
        """Name, version and CID of the content of all schemas, or of all of one name."""
        kind = Kind.SCHEMA
        found = self._all(kind) if name is None else pairs(self._ask("records", kind.value, name))
        return [(name, version, content_of(record)) for (name, version), record in found]

    def schemas_after(self, name: str, version: str, limit: int) -> list[dict[str, Any]]:
        """The next records by name and version."""
        return self._after(Kind.SCHEMA, name, version, limit)

    def put_lens(self, draft: LensDraft) -> StoredLens:
        """Store a lens, with the schemas of its ends, and return it as it is stored."""
        return self._put(lambda schemas: schemas.put_lens(draft))

    def lens(self, name: str, version: str | None) -> dict[str, Any] | None:
        """The stored record of a lens; without a version, the highest one."""
        return self._record(Kind.LENS, name, version)

    def lenses_after(self, name: str, version: str, limit: int) -> list[dict[str, Any]]:
        """The next records by name and version."""
        return self._after(Kind.LENS, name, version, limit)

    def lenses_between(
        self, sources: Sequence[str] | None, views: Sequence[str] | None
    ) -> list[dict[str, Any]]:
        """Records of lenses with one of these references at their ends; None stands for any."""
        ends = (("source_schema", sources), ("view_schema", views))
        return [
            lens
            for lens in (_said(*found) for found in self._all(Kind.LENS))
            if all(refs is None or lens.get(end) in refs for end, refs in ends)
        ]

    def _put(self, plan_it: Callable[[RedisSchemas], DoneT]) -> DoneT:
        self._ask("count")

        def once() -> DoneT | None:
            plan = Plan()
            made = plan_it(RedisSchemas(self._server, plan))
            return made if not plan or plan.commit(self._server) else None

        return until_done(self._server, once, self._adoption.run)

    def _record(self, kind: Kind, name: str, version: str | None) -> dict[str, Any] | None:
        if version is None:
            there = pairs(self._ask("records", kind.value, name))
            version = max((each for (_, each), _ in there), key=Version.parse, default="")
        record = self._ask("record", kind.value, name, version)
        return _said((name, version), record) if record and readable(record) else None

    def _after(self, kind: Kind, name: str, version: str, limit: int) -> list[dict[str, Any]]:
        found = pairs(self._ask("records_after", kind.value, f"{name}\0{version}", limit))
        return [_said(*pair) for pair in found]

    def _all(self, kind: Kind) -> Iterator[tuple[tuple[str, str], bytes]]:
        last = "\0"
        while block := pairs(self._ask("records_after", kind.value, last, _BLOCK)):
            yield from block
            last = "\0".join(block[-1][0])

    def close(self) -> None:
        """Let go of connections."""
        self._server.close()

    def _ask(self, *question: Any) -> Any:
        stale, answer = self._server.run("read", *question)
        if stale and self._adoption.is_due:
            self._adoption.run()
            _, answer = self._server.run("read", *question)
        return answer

    def _read(self, ids: Iterable[int]) -> list[LocalEntry]:
        keys = [f"{number:010d}" for number in ids]
        there = read_entries(self._server, keys)
        return [there[key] for key in keys if key in there]


def _entries(rows: Iterable[bytes | None]) -> list[LocalEntry]:
    return [from_frame(row) for row in rows if row is not None]


def _first(rows: Iterable[bytes | None]) -> LocalEntry | None:
    return next(iter(_entries(rows)), None)


def _said(key: tuple[str, str], record: bytes) -> dict[str, Any]:
    # The key says which it is, whatever another package has written into it.
    return {**readable(record), "name": key[0], "version": key[1]}
