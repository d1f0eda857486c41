"""Narrowing: lists and counts of the entries in SQLite that match a query and facets."""

# ruff: noqa: S608 - only constants of this module are pasted into statements; values never are.

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from atdata_nb.index.facets import KINDS

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

# Ranking reads every match; past so many the newest come first, which reads one page.
MOST_RANKED: Final = 5_000
# A word in the name says most.
RANK: Final = "bm25(words, 8, 4, 2, 1)"
_OWNER: Final = {"entry": "f", "id": "entries", "rowid": "words"}


class Narrowed:
    """The newest versions that match an expression of words, and facets.

    Args:
        db: the database, in one transaction.
        expression: what FTS5 takes; None for everything.
        facets: a value of each kind that counts.
    """

    def __init__(
        self, db: sqlite3.Connection, expression: str | None, facets: Mapping[str, str]
    ) -> None:
        self.db = db
        self.expression, self.facets = expression, dict(facets)

    def count(self) -> int:
        """Return how many there are."""
        matching, values = self._matching()
        return int(self.db.execute(f"SELECT count(*) {matching}", values).fetchone()[0])

    def ids(self, order: str, limit: int, offset: int, total: int) -> list[int]:
        """Return the numbers of some entries.

        Args:
            order: an ``ORDER BY`` of the table of entries; without it, what fits best first.
            limit: how many.
            offset: how many to leave out before.
            total: how many there are.
        """
        if not order:
            conditions, values = self._conditions("rowid", self.facets)
            where = " AND ".join(["words MATCH ?", *conditions])
            best = f"{RANK}, rowid DESC" if total <= MOST_RANKED else "rowid DESC"
            statement = f"SELECT rowid FROM words WHERE {where} ORDER BY {best} LIMIT ? OFFSET ?"
            found = self.db.execute(statement, (self.expression, *values, limit, offset))
            return [row[0] for row in found]
        if total <= MOST_RANKED:
            matching, values = self._matching()
            where = f"id IN (SELECT entry {matching})"
        else:
            conditions, values = self._conditions("id", self.facets)
            where = " AND ".join(["newest", *conditions])
        statement = f"SELECT id FROM entries WHERE {where} ORDER BY {order} LIMIT ? OFFSET ?"
        return [row[0] for row in self.db.execute(statement, (*values, limit, offset))]

    def counts(self, most: int) -> dict[str, list[tuple[str, int]]]:
        """Return the commonest values of each kind, and how many entries have them."""
        return {kind: self._counts(kind, most) for kind in KINDS}

    def _counts(self, kind: str, most: int) -> list[tuple[str, int]]:
        others = {name: value for name, value in self._dividing.items() if name != kind}
        conditions, values = self._conditions("entry", others)
        where = " AND ".join(["kind = ?", *conditions])
        statement = (
            f"SELECT value, count(*) AS n FROM facets AS f WHERE {where} "
            "GROUP BY value ORDER BY n DESC, value LIMIT ?"
        )
        return self.db.execute(statement, (kind, *values, most)).fetchall()

    @cached_property
    def _dividing(self) -> dict[str, str]:
        """The facets that not every entry has: looking the others up is in vain, and takes long."""
        (names,) = self.db.execute("SELECT names FROM totals").fetchone()
        held = "SELECT count(*) FROM facets WHERE kind = ? AND value = ?"
        return {
            kind: value
            for kind, value in self.facets.items()
            if self.db.execute(held, (kind, value)).fetchone()[0] != names
        }

    def _matching(self) -> tuple[str, list[Any]]:
        """Return the end of a statement over the numbers, as ``entry``, of what matches."""
        if not self.facets:
            return "FROM (SELECT rowid AS entry FROM words WHERE words MATCH ?)", [self.expression]
        (kind, value), *rest = self.facets.items()
        conditions, values = self._conditions("entry", dict(rest))
        where = " AND ".join(["kind = ?", "value = ?", *conditions])
        return f"FROM facets AS f WHERE {where}", [kind, value, *values]

    def _conditions(self, entry: str, facets: Mapping[str, str]) -> tuple[list[str], list[Any]]:
        has = f"EXISTS (SELECT 1 FROM facets WHERE kind = ? AND value = ? AND entry = %s.{entry})"
        conditions = [has % _OWNER[entry] for _ in facets]
        values: list[Any] = [part for pair in facets.items() for part in pair]
        if self.expression is not None and entry != "rowid":
            conditions.append(f"{entry} IN (SELECT rowid FROM words WHERE words MATCH ?)")
            values.append(self.expression)
        return conditions, values
