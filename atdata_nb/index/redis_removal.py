"""Removal: entries on their way out of Redis."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atdata_nb.index.redis_listing import (
    CIDS,
    DATES,
    ENTRIES,
    LIVE,
    NAMES,
    NEWEST,
    SIZES,
    VERSIONS,
    Versions,
    show,
)
from atdata_nb.index.redis_plan import Plan
from atdata_nb.index.redis_rows import from_frame

if TYPE_CHECKING:
    from atdata_nb.index.entry import LocalEntry
    from atdata_nb.index.redis_server import RedisServer


def remove(server: RedisServer, name: str, version: str | None) -> list[LocalEntry] | None:
    """Forget a version of a name, or all; None if somebody else was faster."""
    _, (kept, rows) = server.run("read", "versions", name)
    versions = Versions(kept)
    entries = {
        id_: from_frame(row)
        for id_, row in zip(versions.ids.values(), rows, strict=True)
        if row is not None
    }
    gone = {id_: entry for id_, entry in entries.items() if version in {None, entry.version}}
    if not gone:
        return []
    plan = Plan()
    plan.expect(kept, "HGET", VERSIONS, name)
    for id_, entry in gone.items():
        _forget(plan, id_, entry)
    before = versions.newest
    for entry in gone.values():
        del versions.ids[entry.version], versions.contents[entry.version]
    if versions.ids:
        plan.set_field(VERSIONS, name, versions.framed())
    else:
        _forget_name(plan, name)
    if versions.newest not in {None, before}:
        newest = str(versions.newest)
        show(plan, newest, entries[newest])
    return list(gone.values()) if plan.commit(server) else None


def _forget(plan: Plan, id_: str, entry: LocalEntry) -> None:
    plan.do("HDEL", ENTRIES, id_)
    plan.do("ZREM", CIDS, f"{entry.cid}\0{id_}")
    plan.do("SETBIT", LIVE, int(id_), 0)
    plan.unlinked += dict.fromkeys(entry.data_urls)
    plan.cids[entry.cid] = None


def _forget_name(plan: Plan, name: str) -> None:
    for key in (VERSIONS, NEWEST):
        plan.do("HDEL", key, name)
    for key in (NAMES, DATES, SIZES):
        plan.do("ZREM", key, name)
    plan.names[name] = None
